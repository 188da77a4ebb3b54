"""A letter's parts, within limits: how deep, how many, how long. Pure; takes any bytes.

The standard library's parser descends a call for each level, and asks every open boundary about every line: letters
made for it take minutes. Here each level is one search, and both are counted.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message

from webhooks.mail import charsets, cms, tnef

DEEPEST = 12  # multiparts and letters within letters
MOST_PARTS = 250
MOST_FIELDS = 1000
LONGEST_FIELD = 20_000  # bytes
LONGEST_HEAD = 256_000  # bytes
TOO_DEEP, TOO_MANY = "too_deep", "too_many"
SIGNED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
PACKED = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
LETTERS = frozenset({"message/rfc822", "message/global"})
_INK = re.compile(rb"[^ \t\r\n]")
_NEWLINE = re.compile(rb"\r?\n")
_END_OF_HEAD = re.compile(rb"\r?\n[ \t]*\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_SHORT = {"text": "text/plain", "html": "text/html"}  # as old programs write them
_PARAMETER_LIMIT = 5_000  # characters; the library's reading of parameters is quadratic


@dataclass(frozen=True)
class Head:
    """The fields of a header in their order: names in small letters, values unfolded, not yet out of RFC 2047."""

    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for each, value in self.fields if each == name]

    def first(self, name: str) -> str:
        """Its first value; "" when it is not there."""
        return next((value for each, value in self.fields if each == name), "")

    def has(self, name: str) -> bool:
        """Whether it is there at all."""
        return any(each == name for each, _ in self.fields)


@dataclass(frozen=True)
class Part:
    """A part of a letter, or all of it. `within`: its parts; `content`: what it holds when it has none."""

    head: Head
    kind: str  # "text/plain", in small letters
    parameters: Mapping[str, str]
    disposition: str  # inline, attachment or ""
    name: str
    content: bytes = b""
    within: tuple["Part", ...] = ()
    stopped: str = ""  # why it was not taken apart any further

    @property
    def family(self) -> str:
        """What stands before the slash of its kind."""
        return self.kind.partition("/")[0]

    def walk(self) -> Iterator["Part"]:
        """Itself and all that is in it, in their order."""
        yield self
        for part in self.within:
            yield from part.walk()


@dataclass(frozen=True)
class _Span:
    """A stretch of a letter: parts within parts are not copied, so thirty megabytes stay thirty."""

    raw: bytes
    start: int
    end: int

    def __bytes__(self) -> bytes:
        return self.raw[self.start : self.end]

    @property
    def is_blank(self) -> bool:
        """Whether nothing but blanks stands in it."""
        return _INK.search(self.raw, self.start, self.end) is None

    def past_blanks(self) -> "_Span":
        """From the first that is none."""
        found = _INK.search(self.raw, self.start, self.end)
        return self.after(found.start() if found else self.end)

    def after(self, start: int) -> "_Span":
        """From there on."""
        return _Span(self.raw, start, self.end)


def parse(raw: bytes) -> Part:
    """The letter. Never raises."""
    raw = _with_newlines(raw)
    return _Taking().part(_Span(raw, 0, len(raw)).past_blanks(), 0, "text/plain")


class _Taking:
    """Counts the parts of one letter."""

    def __init__(self) -> None:
        self.left = MOST_PARTS

    def part(self, span: _Span, depth: int, default: str) -> Part:
        """A part and those in it."""
        self.left -= 1
        head, body = _split(span)
        kind, parameters = _content_type(head, default)
        disposition, name = _disposition(head, parameters)
        holds = _decoded(body, head.first("content-transfer-encoding"))
        if kind in PACKED:
            return Part(head, kind, parameters, disposition, name, bytes(holds), _unpacked(bytes(holds)))
        pieces = self._pieces(kind, parameters, holds)
        if not pieces or depth >= DEEPEST:
            stopped = TOO_DEEP if pieces else ""
            return Part(head, kind, parameters, disposition, name, bytes(holds), stopped=stopped)
        default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        within = tuple(self.part(piece, depth + 1, default) for piece in pieces if self.left > 0)
        stopped = TOO_MANY if len(within) < len(pieces) else ""
        return Part(head, kind, parameters, disposition, name, b"", within, stopped)

    def _pieces(self, kind: str, parameters: Mapping[str, str], holds: _Span) -> list[_Span]:
        if kind in LETTERS:
            return [] if holds.is_blank else [holds.past_blanks()]
        if kind in SIGNED:
            content = cms.signed_content(bytes(holds))
            return [_Span(b"\n" + content, 1, len(content) + 1)] if content else []
        if kind.startswith("multipart/") and kind != "multipart/encrypted":
            return _between_boundaries(holds, parameters.get("boundary", ""), self.left + 1)
        return []


def _unpacked(content: bytes) -> tuple[Part, ...]:
    """The words and the files of a winmail.dat, as parts."""
    found = tnef.opened(content)
    words = Part(Head(()), "text/plain", {"charset": found.charset}, "", "", found.words)
    names = [charsets.one_line(charsets.decode(name, found.charset), 150) for name, _ in found.files]
    files = [
        Part(Head(()), "application/octet-stream", {}, "attachment", name, data)
        for name, (_, data) in zip(names, found.files, strict=True)
    ]
    return (words, *files) if found.words.strip() else tuple(files)


def _decoded(body: _Span, encoding: str) -> _Span:
    """What a part holds, out of its transfer encoding."""
    if encoding.strip().lower() not in charsets.ENCODED:
        return body
    content = b"\n" + charsets.transfer(bytes(body), encoding)
    return _Span(content, 1, len(content))


def _split(span: _Span) -> tuple[Head, _Span]:
    """A header and what follows it. A line that belongs in no header ends it."""
    if empty := _NEWLINE.match(span.raw, span.start, span.end):
        return Head(()), span.after(empty.end())
    limit = min(span.end, span.start + LONGEST_HEAD)
    found = _END_OF_HEAD.search(span.raw, span.start, limit)
    stop = found.start() + 1 if found else limit
    fields: list[list[bytes]] = []
    at = span.start
    for line in _LINE.finditer(span.raw, span.start, stop):
        if line[0][:1] in b" \t" and fields:
            fields[-1].append(line[0])
        elif _FIELD.match(line[0]):
            fields.append([line[0]])
        elif not (at == span.start and line[0].startswith((b"From ", b">From "))):
            break
        at = line.end()
    body = span.after(found.end() if found and at == stop else at)
    return Head(tuple(_field(lines) for lines in fields[:MOST_FIELDS])), body


def _field(lines: list[bytes]) -> tuple[str, str]:
    found = _FIELD.match(b"".join(lines)[:LONGEST_FIELD])
    if found is None:
        return "", ""
    value = charsets.clean(charsets.decode(found[2])).replace("\n", "").strip()
    return found[1].decode("ascii").lower(), value


def _with_newlines(raw: bytes) -> bytes:
    """Lines that end in CR alone, as long as there is no other end of a line."""
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")


def _between_boundaries(holds: _Span, boundary: str, most: int) -> list[_Span]:
    """What stands between the lines of a boundary; nothing when there is none."""
    if not boundary:
        return []
    # It begins with what it is found by: a search for `^--` is ten times slower.
    line = re.compile(rb"\n--" + re.escape(boundary.encode(errors="replace")) + rb"(--)?[ \t]*\r?(?=\n|\Z)")
    pieces: list[_Span] = []
    start: int | None = None
    for found in line.finditer(holds.raw, max(0, holds.start - 1), holds.end):
        if start is not None:
            pieces.append(_Span(holds.raw, start, max(start, _before_return(holds.raw, found.start()))))
        start = None if found[1] else min(found.end() + 1, holds.end)
        if found[1] or len(pieces) >= most:
            break
    return pieces if start is None or len(pieces) >= most else [*pieces, holds.after(start)]


def _before_return(raw: bytes, at: int) -> int:
    """Where a line ends whose line feed stands there."""
    return at - 1 if raw[at - 1 : at] == b"\r" else at


def _content_type(head: Head, default: str) -> tuple[str, Mapping[str, str]]:
    value = head.first("content-type")
    kind = value.partition(";")[0].strip().lower()
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind):
        kind = _SHORT.get(kind, "application/octet-stream") if kind else default
    return kind, _parameters(value)


def _disposition(head: Head, parameters: Mapping[str, str]) -> tuple[str, str]:
    """How a part wants to be shown, and its name, from wherever its client writes it."""
    value = head.first("content-disposition")
    how = value.partition(";")[0].strip().lower()
    name = _parameters(value).get("filename") or parameters.get("name") or ""
    return how, charsets.one_line(name.replace("\\", "/").rpartition("/")[2], 150)


def _parameters(value: str) -> dict[str, str]:
    """The parameters of a field: in pieces and with charsets (RFC 2231), or in encoded words as Outlook writes them."""
    message = Message()
    message["x"] = value[:_PARAMETER_LIMIT]
    try:
        found = message.get_params([], header="x")
    except (ValueError, LookupError, TypeError):  # a piece's number of five thousand digits
        return {}
    return {name.lower(): _value(given) for name, given in reversed(found)}


def _value(given: str | tuple[str | None, str | None, str]) -> str:
    if isinstance(given, str):
        return charsets.header(given)
    charset, _, words = given
    return charsets.decode(words.encode("latin-1", "replace"), charset or "")
