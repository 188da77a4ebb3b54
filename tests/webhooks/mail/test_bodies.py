"""Which part of a letter holds its words, and which are files."""

import base64

import pytest

from tests.webhooks.mail.test_letter import SAMPLES, reads
from tests.webhooks.mail.test_limits import JPEG

HEAD = "From: roux@cabinet.example\r\nSubject: Avis\r\nMessage-ID: <1@cabinet.example>\r\n"


def parts(*each: str, kind: str = "mixed") -> bytes:
    """A letter of these parts."""
    boundaries = "".join(f"--b\r\n{one}\r\n" for one in each)
    return f"{HEAD}Content-Type: multipart/{kind}; boundary=b\r\n\r\n{boundaries}--b--\r\n".encode()


def text(words: str, more: str = "", kind: str = "plain") -> str:
    """A part of text."""
    return f"Content-Type: text/{kind}; charset=utf-8\r\n{more}\r\n{words}"


def picture(content: bytes, more: str) -> str:
    """A part with a picture."""
    encoded = base64.encodebytes(content).decode()
    return f"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n{more}\r\n{encoded}"


@pytest.mark.parametrize(
    ("raw", "words", "files"),
    [
        (parts(text("un"), text("deux")), "un\n\ndeux", []),
        (parts(text("mots"), text("notes", "Content-Disposition: attachment; filename=n.txt\r\n")), "mots", ["n.txt"]),
        (parts(text("mots"), text("notes", "Content-Disposition: attachment\r\n")), "mots", [""]),
        (parts(text("mots"), text("notes", "Content-Disposition: inline; filename=n.txt\r\n")), "mots", ["n.txt"]),
        (parts(text("plain"), text("<p>html</p>", kind="html"), kind="alternative"), "plain", []),
        (parts(text(" "), text("<p>html</p>", kind="html"), kind="alternative"), "html", []),
        (
            parts(
                text("Votre logiciel ne prend pas en charge le HTML."),
                text("<b>avis</b>", kind="html"),
                kind="alternative",
            ),
            "avis",
            [],
        ),
        (parts(text("Ceci demande HTML."), kind="alternative"), "Ceci demande HTML.", []),
        (parts(text("mots"), "Content-Type: text/vcard\r\n\r\nBEGIN:VCARD"), "mots", []),
        (parts("\r\nFrom: x@y.example\r\nSubject: Bilan\r\n\r\nnormal", kind="digest"), "", ["Bilan.txt"]),
        (parts("\r\nsans en-tête"), "sans en-tête", []),
        (f"{HEAD}Content-Type: multipart/mixed\r\n\r\nsans limite".encode(), "sans limite", []),
        (f"{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsans fin".encode(), "sans fin", []),
        (f"{HEAD}Content-Type: nonsense\r\n\r\navis".encode(), "avis", []),
        (f"{HEAD}Content-Type: text\r\n\r\navis".encode(), "avis", []),
        (f"From roux Sun Nov 22 10:00:00 2026\r\n{HEAD}\r\navis".encode(), "avis", []),
        (
            f"{HEAD}une ligne qui n'est pas un en-tête\r\n\r\navis".encode(),
            "une ligne qui n'est pas un en-tête\n\navis",
            [],
        ),
        ((HEAD + "\r\navis\r\nsvp").replace("\r\n", "\r").encode(), "avis\nsvp", []),
        (
            f"{HEAD}Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nnéphro \r\nlogie".encode(),
            "néphrologie",
            [],
        ),
        (
            f"{HEAD}Content-Type: text/plain; format=flowed\r\n\r\nun \r\navis\r\n> cité \r\nsvp".encode(),
            "un avis\n> cité\nsvp",
            [],
        ),
        (HEAD.encode() + b"Content-Type: text/html\r\n\r\n<meta charset=macintosh>n\x8ephro", "néphro", []),
        (f"{HEAD}Content-Type: image/jpeg; name=a.jpg; name=b.jpg\r\n\r\n".encode() + JPEG, "", ["a.jpg"]),
    ],
)
def test_words_are_told_from_files(raw: bytes, words: str, files: list[str]) -> None:
    read = reads(raw)
    assert (read.text, [one.name for one in read.attached]) == (words, files)


def test_a_forwarded_letter_without_a_word_is_what_it_forwards() -> None:
    forwarded = "---------- Forwarded message ---------\r\nDe : Labo\r\n\r\nPlaquettes : 42"
    read = reads(f"From: a@b.example\r\nSubject: TR: avis hémato\r\n\r\n{forwarded}".encode())
    assert read.text.endswith("Plaquettes : 42")
    assert read.attached == ()


def test_a_winmail_dat_that_comes_alone_holds_the_words() -> None:
    raw = (SAMPLES / "winmail.eml").read_bytes().replace(b"Douleurs inflammatoires des mains, que faire ?", b"")
    assert reads(raw).text == "Voir le compte rendu ci-joint, à discuter."


@pytest.mark.parametrize(
    ("size", "more", "is_kept"),
    [
        (100, "", True),
        (100, "Content-Disposition: attachment; filename=x.jpg\r\nContent-ID: <logo>\r\n", True),
        (100, "Content-ID: <logo>\r\n", False),  # a pixel
        (5_000, "Content-ID: <logo>\r\n", False),  # under his name
        (100, "Content-ID: <other>\r\n", False),  # a pixel that nothing shows
        (5_000, "Content-ID: <other>\r\n", True),
        (90_000, "Content-ID: <logo>\r\n", True),  # no logo is so large
    ],
)
def test_a_photo_is_told_from_a_logo(size: int, more: str, is_kept: bool) -> None:
    words = text("<p>Voir la photo.</p><p>Cordialement,</p><p>Dr Roux<img src='cid:logo'></p>", kind="html")
    read = reads(parts(words, picture(JPEG + b"x" * size, more), kind="related"))
    assert read.text == "Voir la photo."
    assert len(read.attached) == is_kept


def test_a_text_file_is_the_same_however_its_lines_end() -> None:
    raw = parts(text("mots"), text("un\r\ndeux", "Content-Disposition: attachment; filename=n.txt\r\n"))
    assert reads(raw).key == reads(raw.replace(b"\r\n", b"\n")).key


def test_an_address_in_a_display_name_is_nobody_s() -> None:
    assert reads(b'From: "x@evil.example" roux@cabinet.example\r\n\r\navis').sender == "roux@cabinet.example"


def test_a_file_of_text_is_kept_as_everybody_reads_it() -> None:
    raw = parts(text("mots")).replace(
        b"--b--", b"--b\r\nContent-Type: text/plain; name=n.txt\r\n\r\nfi\xe8vre\r\n--b--"
    )
    [one] = reads(raw).attached
    assert (one.content, one.media_type) == ("fièvre".encode(), "text/plain")
