"""A document in force: where it came from, where it leads."""

from dataclasses import dataclass
from enum import Enum
from urllib.parse import urldefrag, urljoin

from simulator.verbs import Document
from simulator.webhooks import Params


@dataclass(frozen=True)
class Target:
    """The next document to fetch, with the parameters of the verb that led there. `twiml`: given inline instead."""

    url: str
    method: str = "POST"
    params: Params = ()
    kind: str = "voice"
    twiml: str | None = None
    is_fallback: bool = False


class Ending(Enum):
    """How a document chain ended on a live leg."""

    FELL_OFF = "fell off"
    HUNG_UP = "hung up"
    FAILED = "failed"


@dataclass(frozen=True)
class Page:
    """A parsed document and its URL. `context` as for the parser."""

    url: str
    document: Document
    context: str = "voice"

    def resolve(self, url: str | None) -> str:
        """Relative URLs against the document's; none at all means the document itself (a loop hazard)."""
        return urljoin(urldefrag(self.url).url, url) if url else self.url
