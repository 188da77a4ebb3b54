"""A file is what its bytes say; what could run something is not kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks.written.sniffing import ALLOWED, SHOWN, ending, sniff
from tests.callbacks.written import samples


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (samples.JPEG, "image/jpeg"),
        (b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00" + bytes(20), "image/jpeg"),
        (b"\xff\xd8\xff\xdb\x00\x43\x00" + bytes(20), "image/jpeg"),
        (samples.PNG, "image/png"),
        (samples.GIF, "image/gif"),
        (samples.WEBP, "image/webp"),
        (samples.HEIC, "image/heif"),
        (samples.HEIC.replace(b"ftypheic", b"ftypmif1"), "image/heif"),
        (samples.TIFF, "image/tiff"),
        (b"BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00" + bytes(40), "image/bmp"),
        (samples.PDF, "application/pdf"),
        (samples.PDF + b"\xe2\xe3\xcf\xd3\x00", "application/pdf"),
        (samples.NOTE, "text/plain"),
        ("\ufeffKaliémie : 5,9 🙂".encode(), "text/plain"),
        ("Créatinine élevée, œdèmes".encode("cp1252"), "text/plain"),
        (b"BMI: 31, obesite stade I", "text/plain"),  # and no bitmap
        (samples.ARCHIVE, None),
        (samples.PROGRAM, None),
        (samples.DRAWING, None),
        (samples.PAGE, None),
        (b"  \n<SCRIPT>alert(1)</script>", None),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00", None),
        (b"#!AMR\n\x00\x01", None),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"\x00" * 64, None),
        (b"   \n", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, media_type: str | None) -> None:
    assert sniff(content) == media_type


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_there_is_an_answer(content: bytes) -> None:
    assert sniff(content) in ALLOWED | {None}


def test_a_saved_file_has_an_ending_that_opens_it() -> None:
    assert {media_type: ending(media_type) for media_type in ALLOWED}["image/heif"] == "heic"
    assert SHOWN < ALLOWED
