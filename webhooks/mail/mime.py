"""A letter's parts, within limits: how deep, how many, how long. Pure; takes any bytes.

The standard library's parser descends a call for each level, and asks every open boundary about every line: letters
made for it take minutes. Here each level is one search, and both are counted.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message

from webhooks.mail import charsets

DEEPEST = 12  # multiparts and letters within letters
MOST_PARTS = 250
MOST_FIELDS = 1000
LONGEST_FIELD = 20_000  # bytes
LONGEST_HEAD = 1_000_000  # bytes
TOO_DEEP, TOO_MANY = "too_deep", "too_many"
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


def parse(raw: bytes) -> Part:
    """The letter. Never raises."""
    return _Taking().part(_with_newlines(raw).lstrip(b"\r\n"), 0, "text/plain")


class _Taking:
    """Counts the parts of one letter."""

    def __init__(self) -> None:
        self.left = MOST_PARTS

    def part(self, raw: bytes, depth: int, default: str) -> Part:
        """A part and those in it."""
        self.left -= 1
        head, body = split(raw)
        kind, parameters = _content_type(head, default)
        content = charsets.transfer(body, head.first("content-transfer-encoding"))
        disposition, name = _disposition(head, parameters)
        whole = Part(head, kind, parameters, disposition, name, content)
        pieces = self._pieces(kind, parameters, content)
        if not pieces:
            return whole
        if depth >= DEEPEST:
            return Part(head, kind, parameters, disposition, name, content, stopped=TOO_DEEP)
        default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        within = tuple(self.part(piece, depth + 1, default) for piece in pieces[: self.left] if self.left > 0)
        stopped = TOO_MANY if len(within) < len(pieces) else ""
        return Part(head, kind, parameters, disposition, name, b"", within, stopped)

    def _pieces(self, kind: str, parameters: Mapping[str, str], content: bytes) -> list[bytes]:
        if kind in ("message/rfc822", "message/global"):
            return [content.lstrip()] if content.strip() else []
        if kind.startswith("multipart/"):
            return _between_boundaries(content, parameters.get("boundary", ""), self.left + 1)
        return []


def split(raw: bytes) -> tuple[Head, bytes]:
    """A header and what follows it. A line that belongs in no header ends it."""
    if raw.startswith((b"\n", b"\r\n")):
        return Head(()), raw[raw.index(b"\n") + 1 :]
    found = _END_OF_HEAD.search(raw, 0, LONGEST_HEAD)
    block, after = (raw[: found.start() + 1], raw[found.end() :]) if found else (raw[:LONGEST_HEAD], raw[LONGEST_HEAD:])
    fields: list[list[bytes]] = []
    end = 0
    for line in _LINE.finditer(block):
        if line[0][:1] in b" \t" and fields:
            fields[-1].append(line[0])
        elif _FIELD.match(line[0]):
            fields.append([line[0]])
        elif not (line.start() == 0 and line[0].startswith((b"From ", b">From "))):
            break
        end = line.end()
    rest = after if end == len(block) else raw[end:]
    return Head(tuple(_field(lines) for lines in fields[:MOST_FIELDS])), rest


def _field(lines: list[bytes]) -> tuple[str, str]:
    found = _FIELD.match(b"".join(lines)[:LONGEST_FIELD])
    if found is None:
        return "", ""
    value = re.sub(r"[\r\n]+", "", charsets.decode(found[2])).strip()
    return found[1].decode("ascii").lower(), value


def _with_newlines(raw: bytes) -> bytes:
    """Lines that end in CR alone, as long as there is no other end of a line."""
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")


def _between_boundaries(content: bytes, boundary: str, most: int) -> list[bytes]:
    """What stands between the lines of a boundary; nothing when there is none."""
    if not boundary:
        return []
    line = re.compile(rb"^--" + re.escape(boundary.encode(errors="replace")) + rb"(--)?[ \t]*\r?$\n?", re.MULTILINE)
    pieces: list[bytes] = []
    start: int | None = None
    for found in line.finditer(content):
        if start is not None:
            pieces.append(_without_last_newline(content[start : found.start()]))
        start = None if found[1] else found.end()
        if found[1] or len(pieces) >= most:
            break
    return pieces if start is None or len(pieces) >= most else [*pieces, content[start:]]


def _without_last_newline(piece: bytes) -> bytes:
    return piece.removesuffix(b"\n").removesuffix(b"\r")


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
