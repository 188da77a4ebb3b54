"""Reading who rings off the page of a rota: what its drawing says, to the minute."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html.parser import HTMLParser


@dataclass(frozen=True)
class Answer:
    """Whose rota answers ("" nobody's) and who is on call, by rank."""

    answering: str
    seniors: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Drawn:
    """Something on a lane: a part of a shift that rings, or hours in which another ward answers."""

    ward: str
    rank: int
    start: datetime
    end: datetime
    person: int = 0
    relay: Answer | None = None


class Rota(HTMLParser):
    """The page of a ward (`ward` is its slug) or of a hospital (`midnight` is its first instant)."""

    def __init__(self, html: str, ward: str = "", midnight: datetime | None = None) -> None:
        super().__init__()
        self.ward, self.midnight, self.rank = ward, midnight, 0
        self.drawn: list[Drawn] = []
        self.holes: list[tuple[str, datetime, datetime]] = []
        self.feed(html)

    def at(self, ward: str, instant: datetime) -> Answer:
        """Who would ring for the ward at that instant, going by what is drawn."""
        here = [each for each in self.drawn if each.ward == ward and each.start <= instant < each.end]
        relays = [each.relay for each in here if each.relay is not None]
        own = tuple(sorted((each.rank, each.person) for each in here if each.relay is None))
        assert not (relays and own), f"{ward} is closed and rings at {instant}"
        return relays[0] if relays else Answer(ward, own)

    def hole_at(self, ward: str, instant: datetime) -> bool:
        """Whether it is said that nobody would answer."""
        return any(slug == ward and start <= instant < end for slug, start, end in self.holes)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        classes = has.get("class", "").split()
        self.ward = has.get("data-ward", self.ward)
        if "data-rank" in has and "data-shift" not in has:
            self.rank = int(has["data-rank"])
        if "data-t" in has:
            self._of_hospital(has, classes)
        elif "data-start" in has:
            self._of_ward(has, classes)

    def _of_ward(self, has: dict[str, str], classes: list[str]) -> None:
        start, end = (
            datetime.fromisoformat(has["data-start"]),
            datetime.fromisoformat(has.get("data-end", has["data-start"])),
        )
        if "bar" in classes and "silent" not in classes:
            self.drawn.append(Drawn(self.ward, int(has["data-rank"]), start, end, int(has["data-person"])))
        if "data-answering" in has:
            relay = Answer(has["data-answering"], tuple(_seniors(has["data-who"])))
            self.drawn.append(Drawn(self.ward, 0, start, end, relay=relay))
        if "hole" in classes:
            self.holes.append((self.ward, start, end))

    def _of_hospital(self, has: dict[str, str], classes: list[str]) -> None:
        assert self.midnight is not None
        start, end = (self.midnight + timedelta(minutes=int(edge)) for edge in has["data-t"].split("-"))
        if "data-by" in has:
            relay = Answer(has["data-by"], tuple(_seniors(has["data-who"])))
            self.drawn.append(Drawn(self.ward, 0, start, end, relay=relay))
        elif "o" in classes:
            self.holes.append((self.ward, start, end))
        else:
            person = next(int(name[1:]) for name in classes if re.fullmatch(r"p\d+", name))
            self.drawn.append(Drawn(self.ward, self.rank, start, end, person))


def _seniors(text: str) -> Iterator[tuple[int, int]]:
    for pair in text.split():
        rank, _, person = pair.partition(":")
        yield int(rank), int(person)
