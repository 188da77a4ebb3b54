"""Pictures of messages over REST: listed, described, handed out by a redirect, deleted."""

from collections.abc import Iterator
from typing import Any

from simulator.media import STORAGE, Media
from simulator.messages import Messages
from simulator.resources import date
from simulator.rest import ROOT, RestRequest, RestResponse, Route, gone, not_found, ok, page, route


class MediaResource:
    """`Messages/{sid}/Media` of the account's messages."""

    def __init__(self, messages: Messages) -> None:
        self.messages = messages
        self.office = messages.office

    def routes(self) -> Iterator[Route]:
        """Its addresses."""
        yield route("GET", "Messages/{message}/Media", self.list)
        yield route("GET", "Messages/{message}/Media/{sid}", self.fetch)
        yield route("DELETE", "Messages/{message}/Media/{sid}", self.delete)

    def list(self, request: RestRequest, message: str) -> RestResponse:
        """The key is not the resource's name."""
        return page(request, "media_list", self.messages.media.of_message(message), self.show, lambda media: media.sid)

    def fetch(self, request: RestRequest, message: str, sid: str) -> RestResponse:
        """Without `.json` it passes on to where the picture itself lies."""
        media = self._find(request, message, sid)
        if request.path.endswith(".json"):
            return ok(self.show(media))
        if media.not_ready > 0:
            media.not_ready -= 1
            raise not_found(request.path)
        return RestResponse(307, headers={"Location": f"{self.office.api_url}{STORAGE}{media.key}"})

    def delete(self, request: RestRequest, message: str, sid: str) -> RestResponse:
        """Gone at once, also from where it lay."""
        del self.messages.media.by_sid[self._find(request, message, sid).sid]
        return gone()

    def _find(self, request: RestRequest, message: str, sid: str) -> Media:
        media = self.messages.media.find(message, sid)
        if media is None:
            raise not_found(request.path)
        return media

    def show(self, media: Media) -> dict[str, Any]:
        """As JSON."""
        uri = f"{ROOT}/{self.office.account.sid}/Messages/{media.message_sid}/Media/{media.sid}"
        return {
            "sid": media.sid,
            "account_sid": self.office.account.sid,
            "parent_sid": media.message_sid,
            "content_type": media.content_type,
            "date_created": date(self.office, media.created),
            "date_updated": date(self.office, media.created),
            "uri": f"{uri}.json",
        }
