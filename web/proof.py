"""The proof that a PIN was given: kept a short while in the signed session cookie, for one person and one link."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from flask import session

from callbacks.links import Link
from callbacks.pins import Right

LASTS = timedelta(minutes=15)  # of real time: long enough for three messages and a note
_KEY = "proof"


@dataclass(frozen=True)
class Proof:
    """Whose PIN, at which link, until when (real time), and which messages were opened with it."""

    link_id: int
    person_id: int
    seal: str
    until: datetime
    opened: frozenset[UUID] = frozenset()

    @classmethod
    def of(cls, link: Link, right: Right, real: datetime) -> "Proof":
        """A fresh proof at this link."""
        return cls(link.id, link.person_id, right.seal, real + LASTS)

    def holds(self, link: Link, right: Right, real: datetime) -> bool:
        """Whether it is for this link and this person, his PIN is the same still, and it is not too old."""
        whose = (self.link_id, self.person_id, self.seal) == (link.id, link.person_id, right.seal)
        return whose and real < self.until

    def opening(self, part_id: UUID) -> "Proof":
        """The proof with one more message opened."""
        return replace(self, opened=self.opened | {part_id})


def kept() -> Proof | None:
    """What this browser brought back; a cookie that another release wrote counts for nothing."""
    try:
        link_id, person_id, seal, until, opened = session.get(_KEY, ())
        return Proof(link_id, person_id, seal, datetime.fromisoformat(until), frozenset(_ids(opened)))
    except (TypeError, ValueError):
        return None


def keep(proof: Proof) -> None:
    """Give it to the browser; the one it had is gone."""
    opened = sorted(str(part_id) for part_id in proof.opened)
    session[_KEY] = [proof.link_id, proof.person_id, proof.seal, proof.until.isoformat(), opened]


def forget() -> None:
    """Take it from the browser."""
    session.pop(_KEY, None)


def _ids(texts: Iterable[str]) -> Iterable[UUID]:
    return (UUID(text) for text in texts)
