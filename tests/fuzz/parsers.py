"""What reads what strangers wrote, without a house around it: each takes any bytes, and may raise what it says."""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pydantic import SecretStr

from callbacks import gp, links, paging, wav
from callbacks.answers import access, drafts
from callbacks.written import identifying, sniffing, understanding
from config import formats, logs, mail_servers, numbers, redis_address
from config.crypto import Box, Unreadable
from config.texts import gsm7
from ivr import finding, matching
from ivr.engine import Heard, UnknownAnswer, hear
from ivr.flow import FLOW
from scheduling import local_time, opening_words
from scheduling.importing import contacts, practitioners, reading, seniors, sheet, wards, written
from scheduling.importing.said import BadFile
from scheduling.importing.sheet import Findings
from scheduling.local_time import BadTime
from scheduling.opening import BadOpening, Opening
from scheduling.planning import feeds
from tests.fuzz import hostile, samples
from tests.scheduling.brought import asked
from tests.webhooks.mail.test_any_letter import check
from web.office import outside, period, spans
from webhooks import held
from webhooks.mail import charsets, cms, html, quoting, sendgrid, signatures, tnef

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECRET = b"a secret of thirty-two characters"
BOX = Box([bytes(32)])
KNOWN = tuple(
    matching.Candidate(number, name, hospital, keypad=keypad)
    for number, (name, hospital, keypad) in enumerate(
        [("Cardiologie", "Cochin", "227"), ("Néphrologie", "Cochin", "637"), ("Hépato-gastro", "Avicenne", "437")]
    )
)
DAYS = written.Days(date(2026, 11, 1), date(2026, 11, 30))
SHEET = "xl/worksheets/sheet1.xml"


@dataclass(frozen=True)
class Parser:
    """One reader: what it does with bytes, what it is begun with, and what it may raise."""

    name: str
    read: Callable[[bytes], object]
    seeds: Sequence[bytes]
    refuses: tuple[type[Exception], ...] = ()
    longest: int = 4096  # bytes that are tried

    def takes(self, content: bytes) -> None:
        """Read it; a refusal is an answer. Whatever else it raises is a fault."""
        try:
            self.read(content)
        except self.refuses:
            return


def _texts(*seeds: str) -> tuple[bytes, ...]:
    return tuple(seed.encode("utf-8", "surrogateescape") for seed in seeds)


def _mail(content: bytes) -> None:
    words = content.decode("utf-8", "replace")
    label, _, rest = content.partition(b"\n")
    charsets.decode(rest, label.decode("latin-1"))
    charsets.header(label.decode("utf-8", "surrogateescape"))
    charsets.transfer(rest, label.decode("latin-1"))
    html.to_text(words)
    quoting.part(words, "Re: avis", answers=True)
    quoting.unquoted(words)
    signatures.without(words)


def _meant(content: bytes) -> None:
    words = content.decode("utf-8", "replace")
    subject, _, text = words.partition("\n")
    meant = understanding.understand(text, subject, KNOWN, "avis+cardiologie@hopital.example")
    understanding.among(meant, KNOWN)
    identifying.identifies(text)
    finding.find(words, KNOWN)
    matching.match(words, KNOWN)
    drafts.tidy(words)


def _local_time(content: bytes) -> None:
    local_time.read(content.decode("utf-8", "surrogateescape"), "Europe/Paris")


def _sendgrid(content: bytes) -> None:
    sendgrid.read(content, "multipart/form-data; boundary=xYzZY")


def _number(content: bytes) -> None:
    words = content.decode("utf-8", "replace")
    zone, _, typed = words.partition("\n")
    numbers.caller(typed)
    try:
        e164 = numbers.parse(typed, zone if zone in numbers.TERRITORIES else numbers.PARIS)
    except numbers.BadNumber:
        return
    numbers.callable_back(e164), numbers.is_mobile(e164), numbers.national(e164), numbers.mask(e164)
    assert not numbers.is_french(e164) or numbers.parse(e164) == e164


def _opening(content: bytes) -> None:
    typed = opening_words.typed(content.decode("utf-8", "replace"))
    hours = Opening.parse(typed)
    hours.is_open(NOW), hours.between(NOW, NOW + timedelta(days=8))
    assert Opening.parse(opening_words.typed(opening_words.shown(typed, "fr"))) == hours


def _cells(content: bytes) -> None:
    words = content.decode("utf-8", "replace")
    for read in (lambda: written.day(words, DAYS), lambda: written.clock(words), lambda: written.hours(words),
                 lambda: written.moment(words, DAYS, "Europe/Paris")):  # fmt: skip
        try:
            read()
        except written.Unclear:
            continue


def _directory(content: bytes) -> None:
    for columns in (wards.COLUMNS, seniors.COLUMNS, practitioners.COLUMNS):
        findings = Findings()
        for line in sheet.read(content, columns, findings):
            for column in columns.known:
                contacts.phone(line[column], "Europe/Paris", line.number, column, findings)
                contacts.email(line[column], line.number, column, findings)


def _spreadsheet(content: bytes) -> None:
    """The bytes stand for a sheet of a workbook that is whole otherwise."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(samples.book())) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == SHEET else old.read(name))
    reading.read("garde.xlsx", out.getvalue(), asked())


def _sheet_of_a_book() -> bytes:
    with zipfile.ZipFile(io.BytesIO(samples.book())) as book:
        return book.read(SHEET)


STEPS = sorted(FLOW.steps)
OPTIONS = [{"id": number, "label": f"Service {number}"} for number in range(14)]


def _keys(content: bytes) -> None:
    """A caller at any step of any call, who presses, says or does anything."""
    if not content:
        return
    words = content[2:].decode("utf-8", "replace")
    digits, _, speech = words.partition("\n")
    bridged = (None, True, False)[content[0] % 3]
    heard_there = Heard(digits=digits, speech=speech, dial_status=speech, dial_bridged=bridged)
    step = STEPS[(content[0] << 8 | content[1:2].ljust(1)[0]) % len(STEPS)]
    hear(FLOW, step, {"options": OPTIONS, "page": 0}, heard_there)  # who comes to a list is on its first page


def _tokens(content: bytes) -> None:
    words = content.decode("utf-8", "surrogateescape")
    links.unsign(words, SECRET)
    gp.reference_of(words, SECRET)
    access.link_of(words, SECRET)
    held.unseal(BOX, words)
    try:
        feeds.unsign(words, SECRET)
    except feeds.Forged:
        return


def _asked(content: bytes) -> None:
    """What stands in addresses of the office."""
    first, _, second = content.decode("utf-8", "surrogateescape").partition("\n")
    spans.asked({"time": "chosen", "since": first, "until": second}, NOW, "Europe/Paris")
    paging.place(first, int)
    to = outside.within(first)
    assert to.startswith("/")
    assert not to.replace("\\", "/").startswith("//")
    for asked_for in ({"week": first}, {"month": second}):
        try:
            found = period.asked_for(asked_for, NOW.date(), "Europe/Paris")
        except period.BadPeriod:
            continue
        assert found.first <= found.last


def _settings(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    checks: tuple[Callable[[], object], ...] = (
        lambda: formats.web_address(text), lambda: formats.public_address(text), lambda: formats.keys(text),
        lambda: formats.e164(text), lambda: formats.sender(text), lambda: formats.email(text),
        lambda: formats.one_address(text), lambda: formats.domains(text), lambda: formats.public_key(text),
        lambda: formats.instant(text), lambda: formats.register(SecretStr(text)),
        lambda: formats.doorbell(SecretStr(text)), lambda: redis_address.sentinels(text),
        lambda: mail_servers.parse(text, "smtp", "smtps"), lambda: mail_servers.several("imap", "imaps")(text),
    )  # fmt: skip
    for check_one in checks:
        reason = _why_not(check_one)
        # A setting may be a secret. (What an example of ours says is none.)
        assert len(text) < 12 or text not in reason.replace("2026-11-23T14:00:00", "")


def _why_not(check_one: Callable[[], object]) -> str:
    try:
        check_one()
    except ValueError as reason:
        return str(reason)
    return ""


def _said_aloud(content: bytes) -> None:
    text = content.decode("utf-8", "replace")
    assert gsm7.segments(text) >= 0
    plain = gsm7.plain(text)
    assert gsm7.plain(plain) == plain
    logs.mask(text)
    logs.discreet(None, "info", {"event": text, "x": {text: [text, content]}})


def _sealed(content: bytes) -> None:
    BOX.open(content, b"x")
    raise AssertionError("a forgery was opened")


_CARRIED = b'--xYzZY\r\nContent-Disposition: form-data; name="email"\r\n\r\nSubject: x\r\n--xYzZY--\r\n'
_LETTER = "quoted-printable\n=C3=A9<p>Bonjour</p>\n> cité\nLe 22/11, X a écrit :\n-- \nDr R"
_FORMATS = (
    *(b"\xff\xd8\xff\xe0\x00\x10JFIF", b"%PDF-1.7\n", b"GIF89a", b"PK\x03\x04", b"II*\x00"),
    *(b"\x00\x00\x00\x18ftypheic", b"RIFF\x00\x00\x00\x00WEBP", b"\x89PNG\r\n\x1a\n"),
)
_SIGNED = b"\x30\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01"
_OUTLOOK = b"\x78\x9f\x3e\x22\x01\x00\x01\x0c\x80\x02\x00\x04\x00\x00\x00abcd\x00\x00"
_HOURS = ("mon-fri 08:30-18:30; sat 08:30-12:30", "lun-ven 8h30-18h30 ; fériés 9h-12h")
_DAYS = ("lundi 23 novembre 8h30", "23/11/2026 18:30-8h30", "nuit", "24:00", "23.11.26")
_TOKENS = (
    *(links.sign(7, SECRET), gp.token_for("123456", SECRET), access.token_of(3, SECRET)),
    held.seal(BOX, {"Digits": "1"}),
)
_ADDRESSES = ("2026-11-23\n2026-11", "2026-W48\n/now?x=1", "1700000000000000-7\n//x", "//[\n")
_SETTINGS = (
    *("https://rappel24.example", "smtps://u:p@smtp.example:465", "+33199001234", "mssante.fr"),
    *("imaps://a:b@c/INBOX,imap://d:e@f", "2026-11-23T14:00:00", "avis@hopital.example"),
)
_WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + bytes(24)


def _rota(name: str) -> Callable[[bytes], object]:
    return lambda content: reading.read(name, content, asked())


ALL = (
    Parser("letter", check, samples.letters(), longest=16_384),
    Parser("tnef", tnef.opened, (_OUTLOOK,)),
    Parser("cms", cms.signed_content, (_SIGNED,)),
    Parser("mail", _mail, _texts(_LETTER)),
    Parser("sendgrid", _sendgrid, (_CARRIED,), (sendgrid.NotRaw,)),
    Parser("sniffing", sniffing.sniff, _FORMATS),
    Parser("understanding", _meant, _texts(*hostile.WORDS, "Re: avis\nNéphro Cochin svp, RPPS 10101010103")),
    Parser("numbers", _number, _texts(*(f"Europe/Paris\n{phone}" for phone in hostile.PHONES), "Indian/Reunion\n0262")),
    Parser("opening", _opening, _texts(*_HOURS), (BadOpening,)),
    Parser("local time", _local_time, _texts(*hostile.TIMES), (BadTime,)),
    Parser("cells", _cells, _texts(*_DAYS)),
    Parser("rota", _rota("garde.csv"), (samples.ROTA.encode(), samples.MONTH.encode()), (BadFile,)),
    Parser("calendar", _rota("garde.ics"), (samples.CALENDAR.encode(),), (BadFile,)),
    Parser("spreadsheet", _spreadsheet, (_sheet_of_a_book(),), (BadFile,)),
    Parser("directory", _directory, samples.DIRECTORIES),
    Parser("keypad", _keys, _texts("\x00\x00227#", "\x01\x051\ncardiologie", "\x02\x10\ncompleted"), (UnknownAnswer,)),
    Parser("tokens", _tokens, _texts(*_TOKENS)),
    Parser("addresses", _asked, _texts(*_ADDRESSES)),
    Parser("settings", _settings, _texts(*_SETTINGS)),
    Parser("said aloud", _said_aloud, _texts("Appelez le 01 99 00 24 24 – ô ’", *hostile.NAMES[:12])),
    Parser("sealed", _sealed, (BOX.seal(b"x", b"another"),), (Unreadable,)),
    Parser("sound", lambda content: wav.fault(content, 3), (_WAV,)),
)
PARSERS = {parser.name: parser for parser in ALL}
