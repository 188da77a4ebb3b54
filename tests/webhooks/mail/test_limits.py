"""Letters that are too much: too large, too deep, too many. Each is read in a few seconds, and what can be kept is."""

import base64
import time
from collections.abc import Callable

import pytest

from tests.webhooks.mail.test_letter import NOW, SAMPLES, reads
from webhooks.mail import attached, cms, letter, mime, tnef
from webhooks.mail.guards import Ours

HEAD = b"From: roux@cabinet.example\r\nTo: avis@rappel24.example\r\nSubject: Re: avis\r\nIn-Reply-To: <a@b.example>\r\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"x" * 40
MB = 1024 * 1024
MANY = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\navis cardio\r\n"


def photo(name: str, content: bytes = JPEG) -> bytes:
    """A part with a picture."""
    return f"--b\r\nContent-Type: image/jpeg; name={name}\r\n\r\n".encode() + content + b"\r\n"


def nested(depth: int, inside: bytes) -> bytes:
    """Multiparts in multiparts."""
    for level in range(depth):
        line = f"--b{level}".encode()
        opening = f"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n".encode()
        inside = opening + line + b"\r\n" + inside + b"\r\n" + line + b"--\r\n"
    return HEAD + inside


def letters(depth: int, inside: bytes) -> bytes:
    """Letters in letters, each in base64."""
    for _ in range(depth):
        encoded = base64.encodebytes(inside)
        inside = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded
    return HEAD + inside


# Files ------------------------------------------------------------------------------------------------------------


def test_ten_files_are_kept_and_of_the_next_is_said_that_they_were_there() -> None:
    read = reads(HEAD + MANY + b"".join(photo(f"{n}.jpg") for n in range(40)) + b"--b--\r\n")
    assert read.text == "avis cardio"
    assert [one.refused for one in read.attached] == [""] * 10 + ["too_many"] * 20
    assert [one.name for one in read.attached if one.content] == [f"{n}.jpg" for n in range(10)]


def test_a_file_of_more_than_ten_megabytes_is_not_kept_and_the_words_are() -> None:
    large = photo("large.jpg", JPEG + b"x" * attached.LARGEST)
    read = reads(HEAD + MANY + large + photo("small.jpg") + b"--b--")
    assert [(one.name, one.refused) for one in read.attached] == [("large.jpg", "too_large"), ("small.jpg", "")]
    assert read.text == "avis cardio"


def test_of_a_letter_of_more_than_thirty_megabytes_what_came_first_is_read() -> None:
    parts = photo("first.jpg") + photo("huge.jpg", JPEG + b"x" * 35 * MB)
    read = reads(HEAD + MANY + parts + photo("never.jpg") + b"--b--")
    assert [(one.name, one.refused) for one in read.attached] == [("first.jpg", ""), ("huge.jpg", "too_large")]
    assert read.text == "avis cardio"


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"PK\x03\x04" + b"x" * 100, "type"),  # never opened: a bomb costs nothing
        (b"MZ\x90\x00" + b"\0" * 100, "type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type"),
        (b"<html>", "type"),
        (b"", "empty"),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, refused: str) -> None:
    [one] = reads(HEAD + MANY + photo("photo.jpg", content) + b"--b--").attached
    assert (one.refused, one.content) == (refused, None)


def test_a_long_letter_is_cut_and_kept_whole_as_a_file() -> None:
    read = reads(HEAD + b"\r\n" + "avis détaillé ".encode() * 5000)
    [whole] = read.attached
    assert len(read.text) <= letter.LONGEST_TEXT
    assert (whole.content or b"").decode().count("avis détaillé") == 5000


# Depth and number -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", [nested, letters])
def test_parts_within_parts_are_followed_as_far_as_people_go(build: Callable[[int, bytes], bytes]) -> None:
    inside = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + photo("deep.jpg") + b"--b--"
    assert "deep.jpg" in [one.name for one in reads(build(5, inside)).attached]


@pytest.mark.parametrize("build", [nested, letters])
def test_deeper_ones_are_said_to_be_too_deep(build: Callable[[int, bytes], bytes]) -> None:
    found = reads(build(mime.DEEPEST + 3, b"Content-Type: image/jpeg\r\n\r\n" + JPEG)).attached
    assert mime.TOO_DEEP in [one.refused for one in found]


def test_half_a_million_parts_are_not_taken_apart() -> None:
    read = reads(HEAD + MANY + b"--b\r\n\r\nx\r\n" * 500_000)
    assert read.text.startswith("avis cardio")
    assert [one.refused for one in read.attached][-1] in ("too_many", "too_large")


BOMBS = {
    "a thousand levels": nested(1000, b"\r\navis"),
    "levels around 20 MB": nested(11, b"\r\n" + b"avis " * 2 * MB),
    "letters within letters": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 200_000,
    "one line": HEAD + b"\r\n" + b"a" * 3 * MB,
    "quotation marks": HEAD + b"\r\n" + b"> " * 2 * MB,
    "blanks": HEAD + b"\r\n" + b" \n" * 2 * MB,
    "Le": HEAD + b"\r\n" + (b"Le " * 300 + b"\n") * 25,
    "On": HEAD + b"\r\n" + (b"On x wrote" * 90 + b"\n") * 25,
    "De": HEAD + b"\r\n" + b"De: x\n" * 5000,
    "closings": HEAD + b"\r\n" + b"bien cordialement x " * 50_000,
    "disclaimers": HEAD + b"\r\n" + b"ce message\n" * 2000,
    "banners": HEAD + b"\r\n" + b"attention : \n" * 2000,
    "numbers": HEAD + b"\r\nun deux trois quatre\ncordialement\n" + b"01 99 00 00 01 " * 1500,
    "open tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<" * 3 * MB,
    "open comments": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<!--" * 2 * MB,
    "open titles": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<title>" * MB,
    "open quotations": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<blockquote>" * 2 * MB,
    "entities": HEAD + b"Content-Type: text/html\r\n\r\n" + b"&#x41" * 2 * MB,
    "headers": b"X: y\r\n" * MB,
    "one header": b"Subject: " + b"y" * 3 * MB,
    "a folded header": b"Subject: x\r\n" + b" y\r\n" * 2 * MB,
    "encoded words": b"Subject: " + b"=?utf-8?q?x?= " * 100_000 + b"\r\n\r\navis",
    "encoded words, open": b"Subject: " + b"=?utf-8?q?x" * 100_000 + b"\r\n\r\navis",
    "addresses": b"From: " + b"a" * 20_000 + b"\r\nTo: " + b"<" * 20_000 + b"\r\nCc: " + b'"\\' * 10_000 + b"\r\n\r\nx",
    "comments": b"From: " + b"(" * 20_000 + b"\r\n\r\navis",
    "parameters": b"Content-Type: text/plain" + b';a="\\"' * 5000 + b"\r\n\r\navis",
    "pieces of parameters": b"Content-Type: text/plain; name*" + b"9" * 4900 + b"*=x\r\n\r\navis",
    "punycode": HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a" * MB + b"-99",
    "base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"YWFh\r\n" * MB,
    "twice encoded": HEAD + b"\r\n" + "Ã© ".encode() * MB,
    "nothing": b"\0" * 3 * MB,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_letter_that_is_made_to_take_long_does_not(name: str) -> None:
    before = time.process_time()
    read = reads(BOMBS[name])
    assert read.silent != letter.UNREADABLE
    assert len(read.text) <= letter.LONGEST_TEXT
    assert time.process_time() - before < 10  # seconds; each takes one or two, and minutes where a limit is missing


# Packed and signed ------------------------------------------------------------------------------------------------


def packed(name: str) -> bytes:
    """The file of a sample in base64."""
    raw = (SAMPLES / f"{name}.eml").read_bytes()
    return base64.b64decode(raw.rpartition(b"base64\r\n")[2].partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")[0])


@pytest.mark.parametrize("name", ["winmail", "smime_opaque"])
def test_a_packed_letter_that_breaks_off_anywhere_is_read_up_to_there(name: str) -> None:
    whole = packed(name) if name == "smime_opaque" else packed_winmail()
    for end in range(len(whole)):
        tnef.opened(whole[:end])
        signed = cms.signed_content(whole[:end])
        assert signed is None or name == "smime_opaque"


def packed_winmail() -> bytes:
    """The winmail.dat of the sample."""
    raw = (SAMPLES / "winmail.eml").read_bytes()
    return base64.b64decode(raw.partition(b'filename="winmail.dat"\r\n\r\n')[2].partition(b"\r\n\r\n")[0])


def test_a_million_empty_values_are_no_signed_letter() -> None:
    opening = bytes.fromhex("308006092a864886f70d010702a0803080020101") + b"1\x80"
    assert cms.signed_content(opening + b"\x05\x00" * MB) is None


# What cannot be read ----------------------------------------------------------------------------------------------


class Unforeseen(Ours):
    """Nothing is known that makes reading fail; this does."""

    def holds(self, address: str) -> bool:
        """Fails."""
        raise RecursionError


def test_what_could_not_be_read_is_kept_whole() -> None:
    raw, ours = HEAD + b"\r\navis", Unforeseen("avis@rappel24.example")
    kept = letter.read(raw, "Roux@Cabinet.example", "cardio@rappel24.example", ours, NOW)
    assert (kept.sender, kept.recipient) == ("roux@cabinet.example", "cardio@rappel24.example")
    assert (kept.silent, kept.ignored, kept.text) == ("unreadable", "", "")
    assert [one.content for one in kept.attached] == [raw]
    assert letter.read(raw, None, None, ours, NOW).key == kept.key != letter.read(raw + b"!", None, None, ours, NOW).key
