"""Words from bytes, in the charsets as they really come: mislabelled, unlabelled, or labelled with nonsense. Pure."""

import base64
import binascii
import codecs
import re
import unicodedata
from itertools import groupby

_NEWLINES = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# What cannot be kept or would show words in another order than they are read; the joiners of an emoji stay.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_BLANKS = re.compile(r"[\xa0\u2000-\u200a\u202f\u205f\u3000]")
# Other codecs that Python calls text encodings take quadratic time (idna, punycode) or run escapes.
_CHARSET = re.compile(
    r"utf-(7|8|8-sig|16(-[bl]e)?|32(-[bl]e)?)|(iso|cp|mac|koi8|gb|big5|euc|shift|hz|johab|tis)[\w-]*|ascii"
)
# Labels of programs that mean another one (WHATWG Encoding; iso-8859-1 from Windows is windows-1252).
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "",
    "x-mac-roman": "mac-roman",
    "x-sjis": "shift_jis",
    "windows-31j": "cp932",
    "x-gbk": "gbk",
    "ansi": "cp1252",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Ã©, â€™ …: UTF-8 that somebody read as windows-1252 before it was sent.
_TWICE = re.compile("[ÂÃÅâ][^\\sA-Za-z]|Ã\xa0")
_UNNAMED = re.compile("([\x81\x8d\x8f\x90\x9d]+)")
_LONGEST = 20_000  # characters of a header that are looked at
ENCODED = frozenset({"base64", "quoted-printable"})
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(byte for byte in range(256) if byte not in _BASE64)
_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(?<=\?=)[ \t\r\n]+(?==\?[^?\s]{1,80}\?[bBqQ]\?)")


def decode(content: bytes, label: str = "") -> str:
    """The words, whatever `label` says they are written in: what is clearly UTF-8 is read as UTF-8. Never raises."""
    for mark, charset in _BOMS:
        if content.startswith(mark):
            return content.decode(charset, "replace")
    named = _named(label)
    tried = (named, "utf-8") if _is_certain(named) else ("utf-8", named)
    for charset in filter(None, tried):
        try:
            return content.decode(charset)
        except UnicodeError:
            continue
    return content.decode("cp1252", "replace")


def clean(text: str) -> str:
    """Text as it is kept: lines end in one way, nothing unseen in it, no blank but the blank, composed letters."""
    lines = _NEWLINES.sub("\n", _mended(text))
    return unicodedata.normalize("NFC", _UNSEEN.sub("", _BLANKS.sub(" ", lines)))


def one_line(text: str, longest: int) -> str:
    """The same, of what may not hold a line break: a subject, a name."""
    return " ".join(clean(text).split())[:longest].rstrip()


def header(value: str) -> str:
    """A header's value with its encoded words (RFC 2047) read, those that stand or break where they may not too."""
    plain, *rest = _WORD.split(_BETWEEN.sub("", value[:_LONGEST]))
    pieces = [("", plain.encode(errors="replace"))]
    for charset, encoding, words, after in zip(*(iter(rest),) * 4, strict=True):
        pieces.append((charset.partition("*")[0].lower(), _word(encoding, words)))
        pieces.append(("", after.encode(errors="replace")))
    # Neighbours are read as one: some clients cut them in the middle of a letter.
    runs = groupby((piece for piece in pieces if piece[1]), key=lambda piece: piece[0])
    return "".join(decode(b"".join(content for _, content in run), charset) for charset, run in runs)


def transfer(content: bytes, encoding: str) -> bytes:
    """A part's content out of its transfer encoding, as much of it as can be read."""
    match encoding.strip().lower():
        case "base64":
            return _base64(content)
        case "quoted-printable":
            return binascii.a2b_qp(content)
        case _:
            return content


def _named(label: str) -> str:
    """The codec of a label; "" when there is none that may be used."""
    asked = label.strip().strip("\"'").lower()
    try:
        name = codecs.lookup(_MEANT.get(asked, asked)).name
    except (LookupError, ValueError):
        return ""
    return _MEANT.get(name, name if _CHARSET.fullmatch(name) else "")


def _is_certain(charset: str) -> bool:
    """Whether a label excludes UTF-8: more than a byte a letter, or written in escapes."""
    return charset.startswith(("utf-16", "utf-32", "utf-7", "iso2022", "hz"))


def _mended(text: str) -> str:
    """UTF-8 that was read as windows-1252 on its way, set right line by line; other text as it is."""
    if _TWICE.search(text) is None:
        return text
    return "".join(_mended_line(line) for line in text.splitlines(keepends=True))


def _mended_line(line: str) -> str:
    if _TWICE.search(line) is None:
        return line
    try:
        # The five bytes that windows-1252 does not name stand for themselves.
        pieces = _UNNAMED.split(line)
        return b"".join(piece.encode("latin-1" if _UNNAMED.match(piece) else "cp1252") for piece in pieces).decode()
    except UnicodeError:
        return line


def _word(encoding: str, words: str) -> bytes:
    """The bytes of one encoded word."""
    content = words.encode(errors="replace")
    return _base64(content) if encoding in "bB" else binascii.a2b_qp(content, header=True)


def _base64(content: bytes) -> bytes:
    """Whatever stands between the letters of base64 is passed over, and a last group that was cut is dropped."""
    letters = content.translate(None, _NOT_BASE64)
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))
