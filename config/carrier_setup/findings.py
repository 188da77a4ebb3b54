"""What a look at the carrier found: a row for each thing, well or not, with how to mend it. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from callbacks.carrier_account import Dialing, Number, Standing
from config import numbers, texts
from config.carrier_setup.wanted import FALLBACKS, Want

OPTIONS = dict(zip(FALLBACKS, ("voice-fallback", "sms-fallback"), strict=True))
LOOKS = ("pictures", "inspection", "opt_out", "service", "certificates", "spending", "rate")


class State(StrEnum):
    """How a thing stands."""

    WELL = "well"
    DIFFERS = "differs"
    LOOK = "look"  # nobody but a person at the console can tell


@dataclass(frozen=True)
class Row:
    """One thing: what it is called, what it is, what it must be, how to mend it."""

    state: State
    what: str
    current: str = ""
    should: str = ""
    mend: str = ""


@dataclass(frozen=True)
class Owned:
    """A number that a setting names, and what the carrier has under it."""

    setting: str
    number: str  # E.164
    seen: Number | None
    verified: bool = False  # not the account's, but it may be shown
    writes: bool = False  # our SMS come from it


class Speaker:
    """Says the rows in a language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def say(self, key: str, /, **values: object) -> str:
        """A sentence of the section `twilio`."""
        return texts.say(f"twilio.{key}", self._language, **values)

    def digits(self, number: str) -> str:
        """As people write it."""
        return numbers.national(number)

    def named(self, setting: str, number: str) -> str:
        """LINE_NUMBER 01 99 00 24 24."""
        return self.say("number", setting=setting, number=self.digits(number))

    def ability(self, owned: Owned) -> Iterator[Row]:
        """Whether the number is ours, and can do what is asked of it."""
        name, setting = self.named(owned.setting, owned.number), owned.setting
        if owned.seen is None:
            if owned.verified and setting == "ALERT_CALLER":
                yield Row(State.WELL, name)
                return
            mend = "mend_no_caller" if setting == "ALERT_CALLER" else "mend_no_number"
            yield Row(State.DIFFERS, name, self.say("no_number"), mend=self.say(mend, setting=setting))
            return
        if setting != "SMS_SENDER" and not owned.seen.able.get("voice", False):
            yield Row(State.DIFFERS, name, self.say("no_voice"), mend=self.say("mend_no_voice"))
        if (setting == "LINE_NUMBER" or owned.writes) and not owned.seen.able.get("sms", False):
            yield self._no_sms(name, vital=owned.writes)

    def _no_sms(self, name: str, *, vital: bool) -> Row:
        if vital:
            return Row(State.DIFFERS, name, self.say("no_sms"), mend=self.say("mend_no_sms"))
        return Row(State.LOOK, name, self.say("sms_off"), mend=self.say("mend_sms_off"))

    def field(self, owned: Owned, want: Want) -> Row:
        """One field of a number."""
        what = f"{self.named(owned.setting, owned.number)} {want.field}"
        current = self.shown(want.current)
        if not want.differs:
            return Row(State.WELL, what, current)
        if want.should is None:
            mend = self.say("mend_no_fallback", option=OPTIONS[want.field])
            return Row(State.DIFFERS, what, current, self.say("no_fallback"), mend)
        return Row(State.DIFFERS, what, current, self.shown(want.should), self.say("mend_setup"))

    def shown(self, value: str) -> str:
        """As it may be printed: an address may carry somebody's password or a token."""
        return _without_secrets(value) if value else self.say("nothing")

    def standing(self, seen: Standing) -> Row:
        """Whether the account works, and was paid for."""
        well = (seen.status, seen.kind) == ("active", "Full")
        return self._row("account", well, f"{seen.status}, {seen.kind}", "standing", "mend_standing")

    def dialing(self, seen: Sequence[Dialing], abroad: Collection[str]) -> Iterator[Row]:
        """Countries that must be open and are not; that are and need not be; dear ranges that are open."""
        needed, permitted = numbers.codes_to_call(abroad), numbers.codes_permitted(abroad)
        closed = [each.name for each in seen if not each.ordinary and needed.intersection(each.codes)]
        extra = [each.name for each in seen if each.ordinary and not permitted.intersection(each.codes)]
        yield from self._countries("dialing", closed, extra)
        for kind, names in (
            ("dialing_special", [each.name for each in seen if each.special]),
            ("dialing_fraud", [each.name for each in seen if each.fraud]),
        ):
            current = self.say("open_in", countries=_listed(names)) if names else self.say("closed")
            yield self._row(kind, not names, current, "closed", "mend_risky")

    def texting(self, seen: Mapping[str, bool], abroad: Collection[str]) -> Iterator[Row]:
        """The same of SMS."""
        needed, permitted = numbers.codes_to_call(abroad), numbers.codes_permitted(abroad)
        closed = [country for country, is_open in seen.items() if not is_open and numbers.code_of(country) in needed]
        extra = [country for country, is_open in seen.items() if is_open and numbers.code_of(country) not in permitted]
        yield from self._countries("texting", closed, extra)

    def _countries(self, kind: str, closed: Sequence[str], extra: Sequence[str]) -> Iterator[Row]:
        if not closed and not extra:
            yield Row(State.WELL, self.say(kind), self.say("countries"))
        for names, found in ((closed, "closed"), (extra, "extra")):
            if names:
                current = self.say(f"dialing_{found}", countries=_listed(names))
                yield self._row(kind, False, current, "countries", f"mend_{kind}_{found}")

    def recordings(self, handed_out: bool | None) -> Row:
        """Whether who knows an address hears what a GP said."""
        if handed_out is None:
            return self._look("recordings")
        current = self.say("recordings_open" if handed_out else "recordings_shut")
        return self._row("recordings", not handed_out, current, "recordings_shut", "mend_recordings")

    def unsaid(self, kind: str, code: str) -> Row:
        """What the carrier would not tell."""
        mend = {"dialing": "mend_dialing_closed", "texting": "mend_texting_closed"}.get(kind, "mend_recordings")
        return Row(State.LOOK, self.say(kind), self.say("unsaid", code=code), mend=self.say(mend))

    def looks(self) -> list[Row]:
        """What no interface tells."""
        return [self._look(what) for what in LOOKS]

    def _look(self, what: str) -> Row:
        return Row(State.LOOK, self.say(f"look_{what}"), mend=self.say(f"where_{what}"))

    def _row(self, what: str, well: bool, current: str, should: str, mend: str) -> Row:
        if well:
            return Row(State.WELL, self.say(what), current)
        return Row(State.DIFFERS, self.say(what), current, self.say(should), self.say(mend))


def differing(rows: Iterable[Row]) -> int:
    """How many must be mended."""
    return sum(row.state is State.DIFFERS for row in rows)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _without_secrets(value: str) -> str:
    parts = urlsplit(value)
    if not parts.netloc:
        return value
    host = parts.netloc.rpartition("@")[2]
    named = f"…@{host}" if "@" in parts.netloc else host
    return urlunsplit(parts._replace(netloc=named, query="…" if parts.query else ""))
