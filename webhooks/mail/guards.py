"""Whether a letter was written by somebody, and whether an answer to it could start a round of machines. Pure.

RFC 3834 and what programs do instead of it: bounces, receipts, holidays, lists (twilio.md 6.3; peers.md (d) 19).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from webhooks.mail import charsets
from webhooks.mail.mime import Head, Part

MARKER = "x-rappel24"  # on all we send, so that two of us do not talk to each other
BOUNCE, DELAYED, RECEIPT, REPORT, OUT_OF_OFFICE, AUTOMATIC, OWN = (
    "bounce", "delayed", "receipt", "report", "out_of_office", "automatic", "own",
)  # fmt: skip


@dataclass(frozen=True)
class Ours:
    """The addresses that the line is written to: its own, in which a `+cardiologie` may stand, and others."""

    address: str
    others: frozenset[str] = frozenset()

    @property
    def domain(self) -> str:
        """What stands after the @ of the names of what we send."""
        return self.address.rpartition("@")[2].lower()

    def holds(self, address: str) -> bool:
        """Whether it is one of them."""
        return _plain(address) in {_plain(each) for each in (self.address, *self.others)}


@dataclass(frozen=True)
class Sent:
    """What the guards look at. `envelope`: the envelope's sender, "" when empty, None when no door knew it."""

    letter: Part
    sender: str
    envelope: str | None
    subject: str
    ours: Ours

    @property
    def head(self) -> Head:
        """Its header."""
        return self.letter.head

    @property
    def local(self) -> str:
        """What stands before the @ of its sender."""
        return self.sender.rpartition("@")[0]


def ignored(sent: Sent) -> str:
    """Why nothing is made of it: nobody wrote it, or we did; "" when somebody did."""
    if _is_by_us(sent):
        return OWN
    return _report(sent) or next((reason for reason, holds in _IGNORED if holds(sent)), "")


def silent(sent: Sent) -> str:
    """Why it gets no automatic answer; "" when it may."""
    return next((reason for reason, holds in _SILENT if holds(sent)), "")


def returned(sent: Sent) -> tuple[str, ...]:
    """The name (Message-ID) of what came back to us, from where it is told most surely: what that letter answered, and
    so names too, arrived.
    """
    ours = re.compile(rf"<[^<>\s\x00-\x1f\x7f-\x9f]{{1,200}}@{re.escape(sent.ours.domain)}>", re.IGNORECASE)
    for told in (_in_its_own_header, _in_a_copy_of_it, _as_what_it_answers, _anywhere):
        found = [name for text in told(sent.letter) for name in ours.findall(text)]
        if names := [name for name in found if not sent.ours.holds(name.strip("<>"))]:
            return (names[0],)
    return ()


def _in_its_own_header(report: Part) -> Iterator[str]:
    return (part.head.first("message-id") for part in report.walk() if part is not report)


def _in_a_copy_of_it(report: Part) -> Iterator[str]:
    for part in report.walk():
        yield from re.findall(r"(?im)^(?:original-)?message-id:\s*(<[^<>\s\x00-\x1f\x7f-\x9f]+>)", _text(part))


def _as_what_it_answers(report: Part) -> Iterator[str]:
    yield from report.head.all("in-reply-to")
    yield from (" ".join(reversed(value.split())) for value in report.head.all("references"))


def _anywhere(report: Part) -> Iterator[str]:
    return (_text(part) for part in report.walk())


def _text(part: Part) -> str:
    return charsets.decode(part.content[:_LOOKED_AT]) if part.family in ("text", "message") else ""


_LOOKED_AT = 100_000  # bytes of a report


def _plain(address: str) -> str:
    """Without what stands after a `+` in its local part."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _has(*names: str) -> Callable[[Sent], bool]:
    return lambda sent: any(sent.head.has(name) for name in names)


def _says(name: str, pattern: str) -> Callable[[Sent], bool]:
    wanted = re.compile(pattern, re.IGNORECASE)
    return lambda sent: any(wanted.search(value) for value in sent.head.all(name))


def _subject(pattern: str) -> Callable[[Sent], bool]:
    wanted = re.compile(rf"^\W*(?:(?:re|tr|fwd?|auto)\s*:\s*)*(?:{pattern})", re.IGNORECASE)
    return lambda sent: wanted.search(sent.subject.replace("’", "'")) is not None


def _from(pattern: str) -> Callable[[Sent], bool]:
    wanted = re.compile(pattern)
    return lambda sent: wanted.fullmatch(sent.local) is not None


def _all(*conditions: Callable[[Sent], bool]) -> Callable[[Sent], bool]:
    return lambda sent: all(condition(sent) for condition in conditions)


def _any(*conditions: Callable[[Sent], bool]) -> Callable[[Sent], bool]:
    return lambda sent: any(condition(sent) for condition in conditions)


def _has_no_envelope_sender(sent: Sent) -> bool:
    """`<>`, as the door saw it or as the server that delivered it wrote down."""
    if sent.envelope is not None:
        return sent.envelope.strip("<> ") == ""
    return any(value.strip() == "<>" for value in sent.head.all("return-path"))


def _is_by_us(sent: Sent) -> bool:
    looped = any(sent.ours.holds(value.strip("<> ")) for value in sent.head.all("x-loop"))
    return looped or sent.head.has(MARKER) or sent.ours.holds(sent.sender)


def _is_submitted_by_a_machine(sent: Sent) -> bool:
    """RFC 3834: anything but `no`."""
    said = [re.split(r"[\s;(]", value.strip().lower())[0] for value in sent.head.all("auto-submitted")]
    return any(value != "no" for value in said)


def _answers_ours(sent: Sent) -> bool:
    """Whether it says that it answers something we sent."""
    named = " ".join(sent.head.all("in-reply-to") + sent.head.all("references")).lower()
    return f"@{sent.ours.domain}>" in named


def _came_in_circles(sent: Sent) -> bool:
    return len(sent.head.all("received")) > 50


_MAILER = _from(r"mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mailer|mmdf|microsoftexchange[0-9a-f]+")
_RETURNED = _subject(
    r"undeliver|undelivered|delivery (?:status notification|failure|has failed)|mail delivery (?:failed|failure|system)"
    r"|returned mail|failure notice|non remis|non distribu|message non (?:remis|distribu|délivr)|remise impossible"
    r"|(?:é|e)chec de (?:la )?(?:remise|livraison|distribution|l'envoi)|notification d'(?:é|e)tat de remise"
    r"|courrier (?:non remis|retourné)|rapport de non[- ]remise|unzustellbar|warning: could not send"
)
_ABSENT = _subject(
    r"r(?:é|e)ponse auto(?![- ]?(?:immun|anticorps))"
    r"|automatic reply|auto(?:matic)?[- ]?(?:reply|response|answer)\b|out of (?:the )?office|ooo\b"
    r"|absen(?:t|te|ce) (?:du|de mon|de notre) (?:bureau|cabinet)|absence du bureau|message d'absence|avis d'absence"
    r"|notification d'absence|\[?auto[- ]?reply\]?|abwesen"
    r"|automatische antwort|risposta automatica|respuesta autom|vacation (?:reply|message)"
)
_AUTOMATIC_FIELDS = (
    "x-autoreply", "x-autorespond", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply", "x-autoresponder",
    "x-amazon-auto-reply", "x-fc-machinegenerated", "auto-reply", "x-cron-env",
)  # fmt: skip
_NO_REPLY = r"(?:.*[-_.+])?(?:no|not|donot|dont)[-_.]?reply.*|ne[-_.]?pas[-_.]?repondre.*|pasdereponse|noanswer"
_STATUSES = frozenset({"message/delivery-status", "message/global-delivery-status"})
# A person may begin so, too.
_MAY_BE_ABSENT = _subject(r"i am out of|je suis absente?\b|(?:le )?cabinet (?:est )?ferm")
# First that holds. A holiday is told from other machines by its subject, as nothing else tells them apart.
_IGNORED: Sequence[tuple[str, Callable[[Sent], bool]]] = (
    (BOUNCE, _any(_has("x-failed-recipients"), _all(_any(_MAILER, _has_no_envelope_sender), _RETURNED))),
    (OUT_OF_OFFICE, _any(_ABSENT, _has("x-vacation"), _all(_MAY_BE_ABSENT, _answers_ours))),
    (
        AUTOMATIC,
        _any(
            _says("auto-submitted", r"^\s*auto-replied"),
            _says("precedence", r"^\s*auto[_-]?reply"),
            _has(*_AUTOMATIC_FIELDS),
            _says("x-autogenerated", r"reply|forward|group"),
            _says("x-post-messageclass", r"^\s*9\b"),
            _says("delivered-to", r"^\s*autoresponder"),
            _MAILER,
            _all(_any(_is_submitted_by_a_machine, _has_no_envelope_sender), _answers_ours),
        ),
    ),
)
_SILENT: Sequence[tuple[str, Callable[[Sent], bool]]] = (
    ("no_sender", lambda sent: not sent.sender),
    ("automatic", _is_submitted_by_a_machine),
    ("suppressed", _says("x-auto-response-suppress", r"(?:^|[\s,;])(?:all|autoreply|oof|dr)(?:$|[\s,;])")),
    ("list", lambda sent: any(name.startswith("list-") for name, _ in sent.head.fields)),
    ("list", _has("mailing-list", "x-mailing-list", "x-listname")),
    ("bulk", _says("precedence", r"^\s*(?:bulk|junk|list)")),
    ("null_sender", _has_no_envelope_sender),
    ("no_reply", _from(_NO_REPLY)),
    ("no_reply", _from(r"bounces?(?:[-_.+=].*)?|.*[-_.+]bounces?|listserv|majordomo|.*-(?:request|owner)|owner-.*")),
    ("circles", _came_in_circles),
)


def _report(sent: Sent) -> str:
    """What a report of a server or of a reader's program says."""
    if sent.letter.kind != "multipart/report":
        return ""
    kinds = {part.kind for part in sent.letter.walk()}
    named = sent.letter.parameters.get("report-type", "").lower()
    if named == "disposition-notification" or "message/disposition-notification" in kinds:
        return RECEIPT
    if named == "feedback-report" or "message/feedback-report" in kinds:
        return REPORT
    return _delivery(sent.letter)


_ACTION = re.compile(r"^action\s*:\s*([a-z]+)", re.IGNORECASE | re.MULTILINE)
_OF_ACTION = {"delayed": DELAYED, "delivered": RECEIPT, "relayed": RECEIPT, "expanded": RECEIPT}


def _delivery(letter: Part) -> str:
    """A failure, unless every line of the report says something better."""
    parts = [part for part in letter.walk() if part.kind in _STATUSES]
    actions = [action.lower() for part in parts for action in _ACTION.findall(_text(part))]
    said = {_OF_ACTION.get(action, BOUNCE) for action in actions}
    return said.pop() if len(said) == 1 else BOUNCE
