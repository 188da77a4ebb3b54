"""What is asked of a directory, and what is found: fifty at a time."""

import re
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from scheduling.folding import fold

PAGE: Final = 50
FEWEST_DIGITS: Final = 4  # with fewer, a number finds half of the house

Line = TypeVar("Line")


@dataclass(frozen=True)
class Found(Generic[Line]):
    """One page of what was found."""

    lines: tuple[Line, ...]
    total: int
    page: int  # from 1

    @property
    def pages(self) -> int:
        """How many there are; one even when nothing was found."""
        return max(1, -(-self.total // PAGE))


def words_of(asked: str) -> list[str]:
    """The words to find, each anywhere."""
    return fold(asked).split()


def is_number(asked: str) -> str:
    """The digits to find in E.164 numbers (`06 39 98` is in `+33639981234`); empty when it is not a number."""
    digits = re.sub(r"[\s.()/-]", "", asked)
    if re.fullmatch(r"\+?\d+", digits) is None or len(digits) < FEWEST_DIGITS:
        return ""
    return re.sub(r"^(\+|00?)", "", digits)
