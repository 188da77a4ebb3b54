"""A sign of life to somebody else's watch (a dead man's switch): when it stays away, he raises the alarm."""

import requests

CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 5.0


class Unheard(Exception):
    """Nobody took it. The text is a status or a word, never the address: it is a secret."""


def beat(url: str) -> None:
    """Say that all is well. Raises Unheard."""
    try:
        # Not followed: where the address leads is settled by who wrote it into the settings.
        with requests.get(
            url,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
            stream=True,
            headers={"Connection": "close", "User-Agent": "rappel24"},
        ) as answer:
            status = answer.status_code
    except requests.RequestException as fault:
        raise Unheard(type(fault).__name__) from None
    if not 200 <= status < 300:
        raise Unheard(str(status))
