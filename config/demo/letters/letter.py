"""One letter in somebody's mailbox, and a new one as his mail program would write it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from functools import cached_property
from typing import Any

# As a server adds it: whose mailbox a copy lies in, also when he is in no other line of it.
BOX = "Delivered-To"
UNREADABLE = "?"


@dataclass(frozen=True)
class Writer:
    """Somebody with a mailbox. `note` stands beside his name on the page alone."""

    address: str
    name: str
    note: str = ""


@dataclass(frozen=True)
class Enclosed:
    """A file that goes with a letter."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Wish:
    """What somebody typed; `answered` is the letter in his mailbox that he answers."""

    writer: Writer
    to: str
    subject: str
    text: str
    enclosed: Sequence[Enclosed] = ()
    answered: "Letter | None" = None


@dataclass(frozen=True)
class Letter:
    """A letter in a mailbox: when it came (or was sent by the mailbox's own), and its bytes."""

    id: int
    at: datetime
    own: bool
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """Its headers and parts."""
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def box(self) -> str:
        """The address whose mailbox it lies in."""
        return str(self.message.get(BOX, "")).strip().lower()

    @property
    def name(self) -> str:
        """Its Message-ID."""
        return str(self.message.get("Message-ID", "")).strip()

    @property
    def subject(self) -> str:
        return str(self.message.get("Subject", ""))

    @property
    def text(self) -> str:
        """Its words; the plain ones where there are several."""
        body = self.message.get_body(preferencelist=("plain", "html"))
        if body is None:
            return ""
        try:
            return str(body.get_content())
        except (LookupError, UnicodeError):  # a charset that does not exist
            return UNREADABLE

    def shown(self) -> dict[str, Any]:
        """As the page draws it."""
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "own": self.own,
            "box": self.box,
            "from": str(self.message.get("From", "")),
            "to": str(self.message.get("To", "")),
            "subject": self.subject,
            "text": self.text,
            "automatic": str(self.message.get("Auto-Submitted", "no")).lower() != "no",
            "enclosed": [part.get_filename() or part.get_content_type() for part in self.message.iter_attachments()],
        }


def compose(wish: Wish, now: datetime) -> EmailMessage:
    """The letter that he sends: named, dated, threaded and quoting as mail programs do."""
    message = EmailMessage()
    message["From"] = Address(wish.writer.name, addr_spec=wish.writer.address)
    message["To"] = wish.to
    message["Subject"] = one_line(wish.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=wish.writer.address.partition("@")[2])
    text = wish.text
    if wish.answered is not None:
        _thread(message, wish.answered)
        text = f"{text}\n\n{quoted(wish.answered)}"
    message.set_content(text)
    for each in wish.enclosed:
        main, _, sub = each.media_type.partition("/")
        message.add_attachment(
            each.content, maintype=main or "application", subtype=sub or "octet-stream", filename=one_line(each.name)
        )
    return message


def one_line(text: str) -> str:
    """A header has no line breaks."""
    return " ".join(text.split())


def quoted(letter: Letter) -> str:
    """What is answered, below the answer, as French mail programs put it."""
    head = f"Le {letter.at:%d/%m/%Y à %H:%M}, {one_line(str(letter.message.get('From', '')))} a écrit :"
    return "\n".join([head, *(f"> {line}" for line in letter.text.splitlines())])


def _thread(message: EmailMessage, answered: Letter) -> None:
    if not answered.name:
        return
    before = str(answered.message.get("References", "")).split()
    message["In-Reply-To"] = answered.name
    message["References"] = " ".join([*before, answered.name])


def delivered(raw: bytes, box: str) -> bytes:
    """The copy that lies in this mailbox."""
    return f"{BOX}: {box}\r\n".encode() + raw


def newest_first(letters: Iterable[Letter]) -> list[Letter]:
    """As they are shown."""
    return sorted(letters, key=lambda letter: letter.id, reverse=True)
