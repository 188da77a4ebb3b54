"""Which practitioner on file each row of a list is about; and who is new but looks like somebody on file. Pure.

Each is found by what he has in common with the row, never by comparing everybody with everybody: lists are long.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

from scheduling.likeness import bare
from scheduling.store import Practitioner

Name = tuple[str, ...]  # its words without titles, in an order of their own


@dataclass(frozen=True)
class Draft:
    """A row that could be read."""

    line: int
    name: str
    phones: tuple[str, ...]  # E.164, the preferred one first
    rpps: str | None
    details: Mapping[str, str]  # email, practice, postcode …: those the file has

    @cached_property
    def called(self) -> Name:
        """His name as names are compared."""
        return bare(self.name)

    @property
    def postcode(self) -> str:
        """Where he works; empty: not said."""
        return self.details.get("postcode", "")


class Register:
    """Practitioners on file, by all that a row may have in common with them; each list in the order they came in."""

    def __init__(self, known: Iterable[Practitioner]) -> None:
        self._by_rpps: dict[str, Practitioner] = {}
        self._by_phone: defaultdict[str, list[Practitioner]] = defaultdict(list)
        self._without_rpps: defaultdict[str, list[Practitioner]] = defaultdict(list)  # those of `_by_phone`
        self._by_name: defaultdict[Name, list[Practitioner]] = defaultdict(list)
        self._by_name_and_phone: defaultdict[tuple[Name, str], list[Practitioner]] = defaultdict(list)
        for one in known:
            self._put(one, bare(one.name))

    def _put(self, one: Practitioner, called: Name) -> None:
        if one.rpps:
            self._by_rpps[one.rpps] = one
        self._by_name[called].append(one)
        for phone in one.phones:
            self._by_phone[phone].append(one)
            self._by_name_and_phone[called, phone].append(one)
            if not one.rpps:
                self._without_rpps[phone].append(one)

    def of_his_rpps(self, draft: Draft) -> Iterator[Practitioner]:
        """Whoever has the same RPPS: one at most."""
        if draft.rpps in self._by_rpps:
            yield self._by_rpps[draft.rpps]

    def of_his_name_and_phone(self, draft: Draft) -> Iterator[Practitioner]:
        """Who is called so and has a number of his."""
        for phone in draft.phones:
            for one in self._by_name_and_phone.get((draft.called, phone), ()):
                if not _two_doctors(draft, one):
                    yield one

    def of_his_phone(self, draft: Draft) -> Iterator[Practitioner]:
        """Who has a number of his, when neither has an RPPS."""
        for phone in () if draft.rpps else draft.phones:
            yield from self._without_rpps.get(phone, ())

    def of_his_name_and_place(self, draft: Draft) -> Iterator[Practitioner]:
        """Who is called so where he works."""
        return (one for one in self.namesakes(draft) if _same_place(draft, one))

    def namesakes(self, draft: Draft) -> Iterator[Practitioner]:
        """Who is called so."""
        return (one for one in self._by_name.get(draft.called, ()) if not _two_doctors(draft, one))

    def shares_a_number(self, draft: Draft) -> bool:
        """Whether somebody who may be he has a number of his."""
        by_phone = self._without_rpps if draft.rpps else self._by_phone
        return any(phone in by_phone for phone in draft.phones)


# How to find him, the surest first; and whether it tells who he is only when it finds nobody else.
_WAYS: Final[Sequence[tuple[Callable[[Register, Draft], Iterator[Practitioner]], bool]]] = (
    (Register.of_his_rpps, False),
    (Register.of_his_name_and_phone, False),
    (Register.of_his_phone, False),
    (Register.of_his_name_and_place, True),
)


def match(drafts: Sequence[Draft], register: Register) -> dict[int, Practitioner]:
    """Which practitioner on file each row (by line) is about; absent: a new one.

    1. The same RPPS. 2. The same name and a common phone, unless both have an RPPS. 3. A common phone, when neither has
    an RPPS and no other row is about that practitioner: a name was corrected. Two doctors of one practice stay two.
    4. The same name and postcode, unless both have an RPPS or several are called so there.
    """
    found: dict[int, Practitioner] = {}
    matched: set[int] = set()
    for way, alone in _WAYS:
        for draft in drafts:
            if draft.line in found:
                continue
            free = list(islice((one for one in way(register, draft) if one.id not in matched), 2 if alone else 1))
            if len(free) == 1:
                found[draft.line] = free[0]
                matched.add(free[0].id)
    return found


def resembled(draft: Draft, register: Register) -> Practitioner | None:
    """Whom on file a new one looks like most: of those who do alike, who was on file first.

    A number alone is nothing to wonder at: practices share theirs. Nor is, beside one, a name.
    """
    namesakes = sorted(register.namesakes(draft), key=lambda one: one.id)
    surest = [one for one in namesakes if _same_place(draft, one)]
    surest = surest or [one for one in namesakes if share_a_phone(draft, one)]
    if not surest and register.shares_a_number(draft):
        return None
    return next(iter(surest or namesakes), None)


def taken_by_name_alone(draft: Draft, known: Practitioner) -> bool:
    """Whether no number says that he is the one that he was taken for, but his name and place."""
    if draft.rpps and known.rpps:
        return False
    return not share_a_phone(draft, known) and _same_place(draft, known) and draft.called == bare(known.name)


def share_a_phone(draft: Draft, known: Practitioner) -> bool:
    """Whether they have a number in common."""
    return not set(draft.phones).isdisjoint(known.phones)


def _same_place(draft: Draft, known: Practitioner) -> bool:
    return bool(draft.postcode) and draft.postcode == known.postcode


def _two_doctors(draft: Draft, known: Practitioner) -> bool:
    """Two RPPS numbers are two doctors, whatever else is the same; whoever has the same one was found by it."""
    return bool(draft.rpps and known.rpps)
