"""Whether two entries of the directory are about one doctor: by RPPS, by number, by name and place. Pure.

Lists are kept by many hands: « DR FONTAINE Odile » and « Odile Fontaine » are one name, `06 39 98 90 01` and its E.164
one number. Nothing is joined here: who looks decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from scheduling.folding import fold
from scheduling.store import Practitioner

_TITLES: Final = frozenset({"dr", "docteur", "doctor", "pr", "professeur", "prof", "mme", "mr", "m", "mlle"})


class Sign(StrEnum):
    """What two entries have in common; the surest first."""

    RPPS = "rpps"
    NAME_AND_POSTCODE = "name_and_postcode"
    NAME_AND_PHONE = "name_and_phone"
    PHONE = "phone"  # two doctors of one practice have that in common too
    NAME = "name"


_ORDER: Final = tuple(Sign)


@dataclass(frozen=True)
class Traits:
    """What an entry is known by; `rpps` None and `postcode` "": not said."""

    name: str
    phones: frozenset[str]  # E.164
    rpps: str | None = None
    postcode: str = ""

    @classmethod
    def of(cls, one: Practitioner) -> "Traits":
        """Of somebody on file."""
        return cls(one.name, frozenset(one.phones), one.rpps, one.postcode)


@dataclass(frozen=True)
class Alike:
    """Somebody on file who may be the same doctor, and by what."""

    one: Practitioner
    sign: Sign


def bare(name: str) -> tuple[str, ...]:
    """The words of a name without titles, in an order of their own: surnames come first or last."""
    words = fold(name).split()
    return tuple(sorted(word for word in words if word not in _TITLES) or sorted(words))


def sign(a: Traits, b: Traits) -> Sign | None:
    """The surest thing that two entries have in common. Two RPPS numbers are two doctors, whatever else is the same."""
    if a.rpps and b.rpps:
        return Sign.RPPS if a.rpps == b.rpps else None
    same_name, same_phone = bare(a.name) == bare(b.name), not a.phones.isdisjoint(b.phones)
    held = {
        Sign.NAME_AND_POSTCODE: same_name and bool(a.postcode) and a.postcode == b.postcode,
        Sign.NAME_AND_PHONE: same_name and same_phone,
        Sign.PHONE: same_phone,
        Sign.NAME: same_name,
    }
    return next((each for each, holds in held.items() if holds), None)


def alike(traits: Traits, known: Iterable[Practitioner]) -> list[Alike]:
    """Who on file may be the same doctor, the likeliest first."""
    found = ((one, sign(traits, Traits.of(one))) for one in known)
    return sorted(
        (Alike(one, by) for one, by in found if by is not None), key=lambda each: (_ORDER.index(each.sign), each.one.id)
    )
