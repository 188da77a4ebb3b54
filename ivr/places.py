"""Where a message names a hospital: by a word that tells it, a slip of it, its beginning, its initials. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ivr.matching import Candidate
from ivr.words import Word, listed, slips, words

BETWEEN: Final = listed("a au aux d de des du en et l la le les sur")
GENERIC: Final = listed(
    """
    centre chu chr chru ch clinique groupe hopital hopitaux hosp hospital hospitalier hospitaliere institut
    universitaire site fondation polyclinique regional intercommunal europeen
    """
)
SAINTS: Final = listed("saint sainte st ste")
_SHORTENED: Final = 5
_INITIALS: Final = 3


@dataclass(frozen=True)
class Place:
    """Hospitals that are named by the words `start` to before `end`; several when the words tell no more."""

    hospitals: frozenset[str]
    start: int
    end: int


def places(said: Sequence[Word], wards: tuple[Candidate, ...]) -> tuple[Place, ...]:
    """The hospitals that are named, in the order of the message."""
    telling = _telling(wards)
    near = [frozenset(_told(said, at, telling)) for at in range(len(said))]
    for at in range(len(said) - 1):  # "à vicenne", "co chin": a telephone that takes dictation parts words
        if not near[at] and not near[at + 1] and (whole := said[at].letters + said[at + 1].letters) in telling:
            near[at] = near[at + 1] = frozenset(hospital for hospital, _ in telling[whole])
    return tuple(_joined(near))


def _joined(near: Sequence[frozenset[str]]) -> Iterator[Place]:
    """Words side by side tell one hospital: the one that most of them tell."""
    at = 0
    while at < len(near):
        end, counts = at, Counter[str]()
        while end < len(near) and near[end] and (end == at or counts.keys() & near[end]):
            counts.update(near[end])
            end += 1
        if counts:
            most = max(counts.values())
            yield Place(frozenset(name for name, count in counts.items() if count == most), at, end)
        at = max(end, at + 1)


def _told(said: Sequence[Word], at: int, telling: dict[str, tuple[tuple[str, str], ...]]) -> Iterator[str]:
    letters = said[at].letters
    for word in _meant(letters, tuple(telling)):
        for hospital, before in telling[word]:
            if not before or (at and said[at - 1].letters in SAINTS):
                yield hospital


@lru_cache(maxsize=4096)
def _meant(letters: str, telling: tuple[str, ...]) -> tuple[str, ...]:
    if letters in telling:
        return (letters,)
    begun = tuple(word for word in telling if len(letters) >= _SHORTENED and word.startswith(letters))
    return begun or slips(letters, telling)


@lru_cache(maxsize=8)
def _telling(wards: tuple[Candidate, ...]) -> dict[str, tuple[tuple[str, str], ...]]:
    """For each word that tells hospitals: which, and whether a "saint" must stand before it."""
    of_wards = {word.letters for ward in wards for word in words(ward.name)}
    found: dict[str, list[tuple[str, str]]] = {}
    for hospital in dict.fromkeys(ward.hospital for ward in wards):
        for word, before in _words_of(hospital):
            if word not in of_wards:
                found.setdefault(word, []).append((hospital, before))
    return {word: tuple(hospitals) for word, hospitals in found.items()}


def _words_of(hospital: str) -> Iterable[tuple[str, str]]:
    name = [word.letters for word in words(hospital)]
    pairs = zip(["", *name], name, strict=False)
    yield from (
        (word, before if before in SAINTS else "")
        for before, word in pairs
        if word not in GENERIC | SAINTS | BETWEEN and len(word) > 1
    )
    initials = "".join(word[0] for word in name if word not in BETWEEN)
    if len(initials) >= _INITIALS:
        yield initials, ""
