"""What a form weighs on the wire: its fields as a browser, a carrier or a stranger would write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import quote_from_bytes

Fields = Sequence[tuple[str, str]]
URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "xYzZY"
CHARSETS = ("utf-8", "utf-8", "utf-8", "utf-8", "utf-8", "iso-8859-1", "utf-16", "utf-7", "cp1252")
KINDS = (
    "text/plain", "application/json", "application/xml", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "b" * 300, 'multipart/form-data; boundary="', "multipart/mixed; boundary=xYzZY",
    "application/x-www-form-urlencoded; charset=utf-16", "application/x-www-form-urlencoded; charset=rot13", "", ";",
    "/", "application/x-www-form-urlencoded\t;", "application/octet-stream", "é/é", "a" * 5000,
)  # fmt: skip
NAMELESS = ('filename="x"', "x", "name", "name*=utf-16''%FF")


@dataclass(frozen=True)
class File:
    """One that is sent along."""

    field: str
    name: str
    content: bytes
    kind: str = "application/octet-stream"


def urlencoded(fields: Fields, charset: str = "utf-8") -> bytes:
    """As most forms are sent."""
    return "&".join(f"{_quoted(name, charset)}={_quoted(value, charset)}" for name, value in fields).encode()


def _quoted(text: str, charset: str) -> str:
    errors = "surrogatepass" if charset == "utf-8" else "replace"
    return quote_from_bytes(text.encode(charset, errors))


def multipart(fields: Fields, files: Sequence[File] = ()) -> bytes:
    """As forms with files are sent."""
    pieces = [_piece(f'name="{_inline(name)}"', value.encode("utf-8", "surrogatepass")) for name, value in fields]
    for file in files:
        head = f'name="{file.field}"; filename="{_inline(file.name)}"\r\nContent-Type: {file.kind}'
        pieces.append(_piece(head, file.content))
    return b"".join(pieces) + f"--{BOUNDARY}--\r\n".encode()


def _piece(head: str, content: bytes) -> bytes:
    said = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode("utf-8", "surrogatepass")
    return said + content + b"\r\n"


def _inline(text: str) -> str:
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def written(rng: Random, fields: Fields, files: Sequence[File] = ()) -> tuple[bytes, str]:
    """The body, and what it says that it is; now and then it is not."""
    chance = rng.random()
    if files or chance < 0.1:
        nameless = _piece(rng.choice(NAMELESS), b"x") if rng.random() < 0.05 else b""
        body, kind = nameless + multipart(fields, files), f"multipart/form-data; boundary={BOUNDARY}"
    else:
        body, kind = urlencoded(fields, rng.choice(CHARSETS)), URLENCODED
    if rng.random() < 0.04:
        kind = rng.choice(KINDS)
    if rng.random() < 0.02:
        body = body[: rng.randint(0, len(body))]
    return body, kind
