"""Whatever bytes come in, a letter is read or kept whole; what is read out of it can be kept, shown and answered."""

import re

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from callbacks.written.incoming import Incoming
from callbacks.written.sniffing import ALLOWED
from tests.webhooks.mail.test_letter import SAMPLES, reads
from webhooks.mail import attached, letter

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # others use the machine too
COLLECTION = [path.read_bytes() for path in sorted(SAMPLES.glob("*.eml"))]
ADDRESS = re.compile(r"[^\s<>,;:@]+@[\w.-]+")
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
NAMES = st.sampled_from(
    [
        *("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Return-Path", "Received"),
        *("Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID", "Auto-Submitted"),
        *("Precedence", "List-Id", "X-Auto-Response-Suppress", "Delivered-To", "X-Loop", "Reply-To", "Sender", "X"),
    ]
)
VALUES = st.sampled_from(
    [
        *("multipart/mixed; boundary=b", "multipart/alternative; boundary=b", 'multipart/related; boundary="b"'),
        *("multipart/report; boundary=b", "multipart/mixed", "multipart/digest; boundary=b", "message/rfc822"),
        *("text/plain; charset=utf-8", "text/html; charset=iso-8859-1", "text/plain; format=flowed; delsp=yes"),
        *("application/ms-tnef; name=winmail.dat", "application/pkcs7-mime; smime-type=signed-data", "text", "a/b/c"),
        *("image/jpeg; name*0*=utf-8''a%; name*1=b; name*1*=c", "x; charset*=''", 'x; name="', "; ;=;", "base64"),
        *("quoted-printable", "8bit", "attachment; filename=../../x.jpg", "inline; filename*=%%%''%", "<>", "<a@b>"),
        *("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "=?x?b?!?=", '"a@b.example" <c@d.example>', "a@b.example, <c@d.example",
          "avis@rappel24.example", "avis+orl@rappel24.example", "auto-replied", "no", "bulk", "Re: Re:", "TR: x"),
    ]
)  # fmt: skip
LINES = st.sampled_from(
    [b"--b", b"--b--", b"--b ", b"", b"Bonjour", b"> cite", b"De : x", "Envoyé : x".encode(), b"Objet : x", b"-- ",
     "Le 22/11/2026 à 10:15, X a écrit :".encode(), b"Cordialement", b"<blockquote>", b"<img src=cid:a>", b"[cid:a]",
     b"begin 644 x", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"=C3=A9=", b"SmUgc3Vpcw==", b"\x78\x9f\x3e\x22\x01\x00",
     b"____________________", b"PS : x", b"01 99 00 12 12", b"Action: delayed", b"\xef\xbb\xbf\xff\xfe"]
)  # fmt: skip


def check(raw: bytes) -> Incoming:
    """Read it, and look at all that is read out of it."""
    read = reads(raw)
    assert read.silent != letter.UNREADABLE
    for words in (read.text, read.subject, read.message_id, read.sender, read.recipient, *read.thread):
        assert UNSEEN.search(words) is None
    assert len(read.text) <= letter.LONGEST_TEXT
    assert len(read.subject.splitlines()) <= 1
    assert not read.sender or ADDRESS.fullmatch(read.sender)
    assert ADDRESS.fullmatch(read.recipient)
    assert all(re.fullmatch(r"<[^<>\s]+>", name) for name in (*read.thread, *filter(None, [read.message_id])))
    assert len(read.attached) <= attached.NOTED_AT_MOST
    for one in read.attached:
        assert (one.content is None) == bool(one.refused)
        assert one.refused or one.media_type in ALLOWED
        assert UNSEEN.search(one.name) is None
        assert "/" not in one.name or one.name.endswith(".txt")
    assert reads(raw) == read
    return read


@UNHURRIED
@given(st.binary(max_size=2000))
@example(b"")
@example(b"\n\n\n")
@example(b"\0")
@example(b"From ")
@example(b"From: \x00a@b.example\nMessage-ID: <\x00>\n\n")
def test_any_bytes_at_all_are_read(raw: bytes) -> None:
    check(raw)


fields = st.tuples(NAMES, st.one_of(VALUES.map(str.encode), st.binary(max_size=40)))
bodies = st.lists(st.one_of(LINES, st.binary(max_size=20), fields.map(lambda pair: pair[0].encode() + b": " + pair[1])))


@UNHURRIED
@given(st.lists(fields, max_size=8), bodies, st.sampled_from([b"\r\n", b"\n", b"\r"]))
def test_any_letter_at_all_is_read(head: list[tuple[str, bytes]], body: list[bytes], ending: bytes) -> None:
    lines = [name.encode() + b": " + value for name, value in head]
    check(ending.join([*lines, b"", *body]))


@UNHURRIED
@given(st.sampled_from(COLLECTION), st.data())
def test_any_damaged_letter_is_read(raw: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 200)))
    put = data.draw(
        st.one_of(st.binary(max_size=20), st.just(raw[start:end] * 2), st.sampled_from([b"\r\n\r\n", b"--"]))
    )
    check(raw[:start] + put + raw[end:])


@UNHURRIED
@given(st.sampled_from(COLLECTION), st.integers(0, 6000))
def test_any_letter_that_breaks_off_is_read(raw: bytes, end: int) -> None:
    check(raw[:end])


@UNHURRIED
@given(st.sampled_from(COLLECTION))
def test_the_same_letter_has_one_key_however_its_lines_end(raw: bytes) -> None:
    assert reads(raw).key == reads(raw.replace(b"\r\n", b"\n")).key
