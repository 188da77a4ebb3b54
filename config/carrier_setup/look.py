"""Asks the carrier about our numbers and our account, and sets what must be set."""

from collections.abc import Callable, Iterable, Iterator

from callbacks.carrier_account import Account
from callbacks.carrier_faults import CarrierError
from config.carrier_setup.findings import Owned, Row, Speaker
from config.carrier_setup.wanted import Fallbacks, Want, changes, wants
from config.settings import Settings


class NotTaken(Exception):
    """The carrier said yes, and still shows something else. The text names the fields."""


class Look:
    """At one account, with the settings of this house. Everything may raise CarrierError."""

    def __init__(self, account: Account, settings: Settings, speaker: Speaker, fallbacks: Fallbacks) -> None:
        self._account, self._settings = account, settings
        self._speaker, self._fallbacks = speaker, fallbacks

    def set_all(self, *, dry_run: bool) -> list[str]:
        """Set what differs, number by number, and read it again; what was and what is, to be shown. Raises NotTaken."""
        lines, count = [], 0
        for owned in self._owned():
            wanted = self._wants(owned)
            changing = changes(wanted)
            lines += self._said(owned, wanted)
            count += len(changing)
            if owned.seen is not None and changing and not dry_run:
                self._account.configure(owned.seen.sid, changing)
                self._taken(owned, changing)
        if count:
            lines += ["", self._speaker.say("setup_dry" if dry_run else "setup_done", count=count)]
        return lines

    def rows(self) -> list[Row]:
        """Everything: our numbers, our account, and what no interface tells."""
        rows = [self._speaker.standing(self._account.standing())]
        for owned in self._owned():
            rows += self._speaker.ability(owned)
            rows += [self._speaker.field(owned, want) for want in self._wants(owned)]
        rows += self._told("dialing", lambda: self._speaker.dialing(self._account.dialing(), self._abroad))
        rows += self._told("texting", lambda: self._speaker.texting(self._account.texting(), self._abroad))
        rows += self._told("recordings", lambda: [self._speaker.recordings(self._account.hands_out_recordings())])
        return rows + self._speaker.looks()

    @property
    def _abroad(self) -> frozenset[str]:
        return self._settings.calls_abroad

    def _owned(self) -> Iterator[Owned]:
        """Our numbers, each once, under the first setting that names it."""
        named = {
            "LINE_NUMBER": self._settings.line_number,
            "SMS_SENDER": self._settings.sms_sender,
            "ALERT_CALLER": self._settings.alert_caller,
            "CANARY_NUMBER": self._settings.canary_number,
        }
        met: set[str] = set()
        for setting, number in named.items():
            if number is None or not number.startswith("+") or number in met:
                continue
            met.add(number)
            seen = self._account.number(number)
            verified = seen is None and setting == "ALERT_CALLER" and self._account.is_verified(number)
            yield Owned(setting, number, seen, verified, number == self._settings.sms_sender)

    def _wants(self, owned: Owned) -> list[Want]:
        return [] if owned.seen is None else wants(owned.seen, self._settings.public_url, self._fallbacks)

    def _said(self, owned: Owned, wanted: list[Want]) -> list[str]:
        speaker, name = self._speaker, {"setting": owned.setting, "number": self._speaker.digits(owned.number)}
        changing = changes(wanted)
        if owned.seen is None:
            return []  # the rows tell
        if not changing:
            return [speaker.say("setup_nothing", **name)]
        before = {want.field: want.current for want in wanted}
        return [speaker.say("setup_changing", **name)] + [
            speaker.say("setup_change", field=field, before=speaker.shown(before[field]), after=speaker.shown(value))
            for field, value in changing.items()
        ]

    def _taken(self, owned: Owned, changing: Iterable[str]) -> None:
        again = self._account.number(owned.number)
        left = changes([] if again is None else wants(again, self._settings.public_url, self._fallbacks))
        if kept := [field for field in changing if again is None or field in left]:
            raise NotTaken(", ".join(kept))

    def _told(self, kind: str, ask: Callable[[], Iterable[Row]]) -> list[Row]:
        """What the account may not be allowed to say is left to a person."""
        try:
            return list(ask())
        except CarrierError as fault:
            return [self._speaker.unsaid(kind, fault.code)]
