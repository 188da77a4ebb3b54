"""What a spreadsheet would take for a formula is written with an apostrophe in front, and read without it. Pure.

A cell that begins with = + - @ is worked out by the program that opens the file, whoever wrote it (OWASP, CSV
injection). A tab or a line break in front hides such a beginning.
"""

_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded(text: str) -> str:
    """The text as a cell that stays a text."""
    return f"'{text}" if text.startswith(_BEGINNINGS) else text


def bare(text: str) -> str:
    """What was guarded; any other text as it is."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_BEGINNINGS) else text
