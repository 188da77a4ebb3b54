"""What is asked, and how an answer is read. Pure.

The wording stands in the catalogue, that of the programme's questionnaire of 2016 (770 answers): trends compare only
while both ask the same. What it found then stands beside the figures (`figures.definitions`).
"""

from collections.abc import Mapping
from enum import StrEnum


class Question(StrEnum):
    """What a town doctor is, or is not, satisfied with; and expects, or does not, of the hospital."""

    ACCESS = "access"  # reaching a senior by telephone
    ADMISSION = "admission"  # having a patient admitted to a ward directly
    DOCUMENT = "document"  # a document on the day of discharge


_SAID = {"yes": 1, "no": 0}


def fields(question: Question) -> tuple[str, str]:
    """The names of its two answers, on the page as in the table: satisfied with it, expecting it."""
    return question.value, f"{question}_wanted"


FIELDS = tuple(field for question in Question for field in fields(question))


def answers(form: Mapping[str, str]) -> Mapping[str, int]:
    """What a form says, by field: 1 yes, 0 no. What it leaves open, or says otherwise, is left open."""
    return {field: _SAID[said] for field in FIELDS if (said := form.get(field, "")) in _SAID}
