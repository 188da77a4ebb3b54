"""Cells of a spreadsheet that we hand out."""


def harmless(cell: str) -> str:
    """The same cell, such that no spreadsheet takes it for a formula: what people typed is in it."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
