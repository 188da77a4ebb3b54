"""GPs who write to the house of an office, and are not understood."""

from uuid import uuid4

from sqlalchemy import text

from callbacks.written import intake
from callbacks.written.incoming import Attached, Channel, Incoming
from tests.web.office.waiting import Waiting

DR_MARTIN = "+33639980041"
WORDS = "Bonjour, un avis svp pour ma patiente, voici sa photo"


def writes(waiting: Waiting, words: str = WORDS, *attached: Attached, sender: str = DR_MARTIN) -> None:
    """A GP sends an SMS."""
    desk, shelf = waiting.office.app.extensions["desk"], waiting.office.app.extensions["shelf"]
    incoming = Incoming(f"sms:{uuid4()}", Channel.SMS, sender, "+33199000100", words, attached=attached)
    assert intake.take(desk, shelf, incoming)


def talk(waiting: Waiting) -> int:
    """The latest talk."""
    with waiting.office.engine.connect() as conn:
        found: int = conn.execute(text("select max(id) from dialogues")).scalar_one()
        return found


def unclear(waiting: Waiting, *attached: Attached) -> str:
    """A GP has written and was not understood, sixteen minutes ago; the address of his message."""
    writes(waiting, WORDS, *attached)
    waiting.passes(minutes=16)
    return f"/unsorted/{talk(waiting)}"
