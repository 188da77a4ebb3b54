"""Pictures of messages that came in: kept until deleted, handed out at an address that passes on to storage."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Enclosed:
    """What a telephone sends with its words. `content_type` is what it says of it."""

    content_type: str
    content: bytes


@dataclass
class Media:
    """As REST shows it. `key` names it in storage; `not_ready`: so many requests find nothing yet."""

    sid: str
    message_sid: str
    content_type: str
    content: bytes
    created: datetime
    key: str
    not_ready: int = 0


@dataclass
class Storage:
    """The pictures of all messages, and where each lies."""

    by_sid: dict[str, Media] = field(default_factory=dict)

    def add(self, media: Media) -> Media:
        """It lies here until it is deleted."""
        self.by_sid[media.sid] = media
        return media

    def of_message(self, message_sid: str) -> list[Media]:
        """Those of one message, in the order in which they were sent."""
        return [media for media in self.by_sid.values() if media.message_sid == message_sid]

    def find(self, message_sid: str, sid: str) -> Media | None:
        """The picture of this message under this name."""
        media = self.by_sid.get(sid)
        return media if media is not None and media.message_sid == message_sid else None

    def handed_out(self, url: str, authorized: bool) -> tuple[int, str, bytes]:
        """GET at the storage's own address: status, content type, content.

        It lies at another provider, which refuses who brings credentials besides the key in the address (as S3 does).
        """
        key = urlsplit(url).path.removeprefix(STORAGE)
        media = next((media for media in self.by_sid.values() if media.key == key), None)
        if media is None:
            return 404, "application/xml", b"<Error><Code>NoSuchKey</Code></Error>"
        if authorized:
            return 400, "application/xml", b"<Error><Code>InvalidArgument</Code></Error>"
        return 200, media.content_type, media.content


STORAGE = "/media/"
