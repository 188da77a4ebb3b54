"""One thing the doctor found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What is wrong and how to mend it. `serious`: the line does not work, or a promise may be broken."""

    serious: bool
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{'WRONG' if self.serious else 'Unwise'}: {self.what}\n  -> {self.mend}"
