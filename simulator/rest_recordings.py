"""Recordings over REST; media as a file, with authentication, not before it is ready."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from simulator.office import Office
from simulator.recordings import Recording, mp3, wav
from simulator.resources import date, within
from simulator.rest import ROOT, RestRequest, RestResponse, Route, gone, not_found, ok, page, route

SOFT_DELETED_FOR = timedelta(days=40)


class RecordingResource:
    def __init__(self, office: Office) -> None:
        self.office = office

    def routes(self) -> Iterator[Route]:
        yield route("GET", "Recordings", self.list)
        yield route("GET", "Calls/{call}/Recordings", self.list)
        yield route("GET", "Recordings/{sid}.wav", self.wav)
        yield route("GET", "Recordings/{sid}.mp3", self.mp3)
        yield route("GET", "Recordings/{sid}", self.fetch)
        yield route("GET", "Calls/{call}/Recordings/{sid}", self.fetch)
        yield route("DELETE", "Recordings/{sid}", self.delete)
        yield route("DELETE", "Calls/{call}/Recordings/{sid}", self.delete)

    def list(self, request: RestRequest, call: str | None = None) -> RestResponse:
        wanted = call or request.one("CallSid")
        shown = [
            recording
            for recording in reversed(self.office.recordings.by_sid.values())
            if wanted in (None, recording.call_sid)
            and self._visible(request, recording)
            and within(request, "DateCreated", recording.created)
        ]
        return page(request, "recordings", shown, self.show, lambda recording: recording.sid)

    def fetch(self, request: RestRequest, sid: str, call: str | None = None) -> RestResponse:
        """Without `.json` the address is the media's."""
        recording = self._find(request, sid)
        if not request.path.endswith(".json"):
            return self.wav(request, sid)
        return ok(self.show(recording))

    def delete(self, request: RestRequest, sid: str, call: str | None = None) -> RestResponse:
        recording = self._find(request, sid)
        recording.deleted, recording.status = self.office.now, "deleted"
        return gone()

    def wav(self, request: RestRequest, sid: str) -> RestResponse:
        return RestResponse(200, wav(self._ready(request, sid)), "audio/x-wav")

    def mp3(self, request: RestRequest, sid: str) -> RestResponse:
        return RestResponse(200, mp3(self._ready(request, sid)), "audio/mpeg")

    def _find(self, request: RestRequest, sid: str) -> Recording:
        recording = self.office.recordings.by_sid.get(sid)
        if recording is None or not self._visible(request, recording):
            raise not_found(request.path)
        return recording

    def _visible(self, request: RestRequest, recording: Recording) -> bool:
        if recording.deleted is None:
            return True
        asked = request.one("IncludeSoftDeleted") in ("true", "True")
        return asked and self.office.now - recording.deleted < SOFT_DELETED_FOR

    def _ready(self, request: RestRequest, sid: str) -> Recording:
        recording = self.office.recordings.by_sid.get(sid)
        if recording is None or not recording.ready:
            raise not_found(request.path)
        if recording.media_404 > 0:
            recording.media_404 -= 1
            raise not_found(request.path)
        return recording

    def show(self, recording: Recording) -> dict[str, Any]:
        office = self.office
        uri = f"{ROOT}/{office.account.sid}/Recordings/{recording.sid}"
        return {
            "sid": recording.sid,
            "account_sid": office.account.sid,
            "api_version": "2010-04-01",
            "call_sid": recording.call_sid,
            "conference_sid": None,
            "status": recording.status,
            "source": recording.source,
            "channels": 1,
            "track": "inbound",
            "duration": None if recording.duration is None else str(recording.duration),
            "start_time": date(office, recording.created),
            "date_created": date(office, recording.created),
            "date_updated": date(office, recording.updated or recording.created),
            "price": None,
            "price_unit": "USD",
            "error_code": recording.error_code,
            "encryption_details": None,
            "media_url": f"{office.api_url}{uri}",
            "uri": f"{uri}.json",
            "subresource_uris": {},
        }
