"""What the desk looks up for a caller who asks about his data: how long his message is kept, whom he may call."""

from dataclasses import asdict

from callbacks import information
from callbacks.talk import Talk, Work
from ivr.engine import Heard


def inform(talk: Talk, heard: Heard) -> str:
    """As it was approved and written down; what nobody has said yet is not spoken."""
    said = asdict(information.heard(talk.connection))
    talk.remember(**{f"told_{name}": value for name, value in said.items()})
    return "ok"


WORKS: dict[str, Work] = {work.__name__: work for work in (inform,)}
