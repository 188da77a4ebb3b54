"""The simulator's control side, as the demo uses it: which telephones are on the page, and putting one there."""

import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from config.demo.telephones import Directory, Telephone

PATIENCE = 2.0  # seconds; on loopback


class Unanswered(Exception):
    """The simulator does not answer (yet)."""


@dataclass(frozen=True)
class Exchange:
    """The simulator at `url`."""

    url: str

    def names(self) -> dict[str, str]:
        """Names by number; one that was rung without being known has none. Unanswered."""
        return {phone["number"]: phone["name"] for phone in self._ask("GET", "/sim/state")["phones"]}

    def connect(self, telephones: Iterable[Telephone]) -> None:
        """Put them on the page. Unanswered."""
        for telephone in telephones:
            self._ask("POST", "/sim/phones", asdict(telephone))

    def _ask(self, method: str, path: str, given: Mapping[str, str] | None = None) -> dict[str, Any]:
        parts = urlsplit(self.url)
        line = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=PATIENCE)
        try:
            line.request(method, path, json.dumps(given) if given else None, {"Content-Type": "application/json"})
            answer = line.getresponse()
            said: dict[str, Any] = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unanswered(self.url) from error
        finally:
            line.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise Unanswered(f"{path}: {answer.status}")
        return said


def absent(present: Mapping[str, str], wanted: Iterable[Telephone], known: Directory) -> list[Telephone]:
    """What is to be put on the page: who belongs there and is not, and who rang without a name and has one."""
    missing = [telephone for telephone in wanted if telephone.number not in present]
    nameless = [known[number] for number, name in present.items() if not name and number in known]
    return [*missing, *nameless]
