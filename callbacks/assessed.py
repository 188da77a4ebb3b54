"""What was asked, what came of it, what would have been done without the line (domain.md 1.5). Pure.

The three are counted together: request × answer is the table that published studies print. Each is one tap, from either
side, and none is owed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from callbacks.kinds.kind import Code


class Side(StrEnum):
    """Who says it."""

    HOSPITAL = "hospital"
    PRACTICE = "practice"


class How(StrEnum):
    """Where he said it last."""

    PAGE = "page"
    PHONE = "phone"
    POLL = "poll"


class Asked(StrEnum):
    """What the GP wanted (B)."""

    AVIS_DIAG = "AVIS_DIAG"
    AVIS_TT = "AVIS_TT"
    ADMISSION = "ADMISSION"
    HOSPIT_PROG = "HOSPIT_PROG"
    CONSULT = "CONSULT"
    EVAL_DOMICILE = "EVAL_DOMICILE"
    SUIVI = "SUIVI"
    LETTRE = "LETTRE"
    ADMIN = "ADMIN"


class Otherwise(StrEnum):
    """What would have been done without this line (D)."""

    URGENCES = "URGENCES"
    SAMU = "SAMU"
    CONSULT = "CONSULT"
    HOSPIT_PROG = "HOSPIT_PROG"
    RIEN = "RIEN"
    AUTRE = "AUTRE"


# What these kinds of request say by themselves: nobody is asked again.
ASKED_OF: Mapping[str, Asked] = MappingProxyType(
    {Code.ADMISSION: Asked.ADMISSION, Code.LETTER: Asked.LETTRE, Code.APPOINTMENT: Asked.CONSULT}
)
# The kinds in which a GP wanted something for a patient: the others have no counterfactual.
ASSESSED = frozenset({Code.ADVICE, *ASKED_OF})
# How contact ended, where nothing was answered (A); JOINT: the call that put them through says the rest.
UNANSWERED = frozenset({"JOINT", "NON_JOINT", "RETIRE", "DOUBLON", "HORS_CHAMP"})
TO_THE_EMERGENCY = frozenset({"URGENCES", "SAMU"})


@dataclass(frozen=True)
class Said:
    """What one side has said so far."""

    asked: str | None = None
    outcome: str | None = None  # a code of `states.OUTCOMES`
    otherwise: str | None = None


def avoided(said: Said) -> bool | None:
    """Whether an emergency visit was avoided, as declared (indicator 15); None: one of the two was not said."""
    if said.outcome is None or said.otherwise is None:
        return None
    return said.otherwise in TO_THE_EMERGENCY and said.outcome not in TO_THE_EMERGENCY
