"""A small application for the simulator's own tests: a document a path, and a memory of what it was asked."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

BASE = "https://app.test"
LINE = "+33199001234"
GP = "+33199000001"
SENIOR = "+33639980001"
OTHER = "+33639980002"
XML = {"Content-Type": "text/xml; charset=utf-8"}

Answer = tuple[int, Mapping[str, str], bytes]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    url: str
    headers: Mapping[str, str]
    pairs: list[tuple[str, str]]

    @property
    def params(self) -> dict[str, str]:
        return dict(self.pairs)


@dataclass
class Application:
    """Unknown paths are answered 204, as a callback is."""

    pages: dict[str, str | Callable[[Asked], Answer | str]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(url)
        pairs = parse_qsl(body.decode() or parts.query, keep_blank_values=True)
        asked = Asked(method, parts.path, url, headers, pairs)
        self.asked.append(asked)
        page = self.pages.get(parts.path)
        if page is None:
            return 204, {}, b""
        answer = page if isinstance(page, str) else page(asked)
        return (200, XML, document(answer)) if isinstance(answer, str) else answer

    def at(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    def last(self, path: str) -> dict[str, str]:
        found = self.at(path)
        assert found, f"{path} was never asked; asked were {[asked.path for asked in self.asked]}"
        return found[-1].params

    def waits_for(self, path: str, times: int, seconds: float = 20.0) -> dict[str, str]:
        """What it was asked last, once it was asked so often: under a real clock a page shows what is on its way."""
        end = time.monotonic() + seconds
        while len(self.at(path)) < times and time.monotonic() < end:
            time.sleep(0.02)
        assert len(self.at(path)) == times
        return self.last(path)


def document(inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'.encode()
