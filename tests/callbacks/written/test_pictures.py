"""What a message came with is in the house, sealed, before anybody is told that the message was kept."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from callbacks.shelf import Shelf
from callbacks.written import pictures
from callbacks.written.incoming import Attached
from callbacks.written.pictures import NotInTheHouse, Picture
from config.crypto import Box, Unreadable
from tests.callbacks.written import samples

BOX = Box([b"1" * 32])
MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "recordings", BOX)


def keep(engine: Engine, shelf: Shelf, *attached: Attached) -> tuple[list[UUID], list[Picture]]:
    """What is to be fetched, and what is on file."""
    message = samples.a_message(engine, "email")
    with engine.begin() as conn:
        return pictures.keep(conn, shelf, message, attached), pictures.of(conn, [message])


def test_a_picture_is_kept_as_it_was_sent_and_nobody_reads_it_on_the_disk(database: Engine, shelf: Shelf) -> None:
    _, (kept,) = keep(database, shelf, Attached("mme_durand_bras.jpg", "image/jpeg", samples.JPEG))
    assert (kept.state, kept.media_type, kept.size) == ("stored", "image/jpeg", len(samples.JPEG))
    assert pictures.content_of(shelf, kept) == samples.JPEG
    assert pictures.name_of(BOX, kept) == "mme_durand_bras.jpg"
    on_disk = (shelf.folder / str(kept.file)).read_bytes()
    assert b"plaque rouge" not in on_disk
    assert b"durand" not in on_disk + (kept.name or b"")
    assert (shelf.folder / str(kept.file)).stat().st_mode & 0o077 == 0


def test_what_its_sender_says_of_it_counts_for_nothing(database: Engine, shelf: Shelf) -> None:
    _, kept = keep(
        database,
        shelf,
        Attached("radio.jpg", "image/jpeg", samples.PDF),
        Attached("radio.jpg", "image/jpeg", samples.PROGRAM),
    )
    assert [(each.state, each.media_type, each.reason) for each in kept] == [
        ("stored", "application/pdf", None),
        ("refused", None, "type"),
    ]


def test_pictures_at_the_carrier_are_announced_all_of_them(database: Engine, shelf: Shelf) -> None:
    to_fetch, kept = keep(database, shelf, *(Attached(source=f"{MEDIA}{n}") for n in range(3)))
    assert to_fetch == [each.id for each in kept]
    assert [each.state for each in kept] == ["announced"] * 3
    with pytest.raises(NotInTheHouse):
        pictures.content_of(shelf, kept[0])


@pytest.mark.parametrize(
    ("attached", "reason"),
    [
        (Attached("scanner.zip", "application/zip", samples.ARCHIVE), "type"),
        (Attached("vide.png", "image/png", b""), "empty"),
        (Attached("rien.png", "image/png"), "empty"),
        (Attached("lourd.pdf", "application/pdf", samples.PDF + b" " * pictures.LARGEST), "too_large"),
        (Attached("lourd.pdf", "application/pdf", refused="too_large"), "too_large"),
        (Attached("illisible", refused="unreadable"), "unreadable"),
    ],
)
def test_what_is_not_kept_is_noted_with_its_reason(
    database: Engine, shelf: Shelf, attached: Attached, reason: str
) -> None:
    to_fetch, (kept,) = keep(database, shelf, attached)
    assert (kept.state, kept.reason, kept.file, to_fetch) == ("refused", reason, None, [])
    assert pictures.name_of(BOX, kept) == attached.name
    assert not list(shelf.folder.rglob("*.sealed"))


def test_a_letter_that_no_door_could_read_is_kept_whole(database: Engine, shelf: Shelf) -> None:
    letter = b"From: \xff\x00\x01\r\n\r\n\x80"
    _, (kept,) = keep(database, shelf, Attached("", "message/rfc822", letter))
    assert (kept.media_type, pictures.content_of(shelf, kept)) == ("message/rfc822", letter)
    assert not kept.is_shown


def test_of_more_than_ten_the_first_are_kept_and_the_others_noted(database: Engine, shelf: Shelf) -> None:
    _, kept = keep(database, shelf, *[Attached(f"{n}.png", "image/png", samples.PNG) for n in range(12)])
    assert [each.reason for each in kept] == [None] * 10 + ["too_many"] * 2
    assert [pictures.name_of(BOX, each) for each in kept] == [f"{n}.png" for n in range(12)]


def test_a_thousand_files_make_no_thousand_rows(database: Engine, shelf: Shelf) -> None:
    _, kept = keep(database, shelf, *[Attached(refused="too_many")] * 1000)
    assert len(kept) == 50


def test_a_name_that_no_charset_knows_is_kept_all_the_same(database: Engine, shelf: Shelf) -> None:
    _, (kept,) = keep(database, shelf, Attached("bras\udce9.png" + "x" * 500, "image/png", samples.PNG))
    assert pictures.name_of(BOX, kept).startswith("bras?.png")


def test_a_file_moved_to_another_picture_does_not_open(database: Engine, shelf: Shelf) -> None:
    _, (one, other) = keep(database, shelf, *[Attached(content=samples.PNG), Attached(content=samples.JPEG)])
    (shelf.folder / str(one.file)).replace(shelf.folder / str(other.file))
    with pytest.raises(Unreadable):
        pictures.content_of(shelf, other)
    with pytest.raises(FileNotFoundError):
        pictures.content_of(shelf, one)


def test_when_the_disk_is_full_nothing_is_on_file(database: Engine, tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("no folder here")
    message = samples.a_message(database)
    with pytest.raises(OSError), database.begin() as conn:  # noqa: PT011 — which one differs between systems
        pictures.keep(conn, Shelf(tmp_path / "recordings", BOX), message, [Attached(content=samples.PNG)])
    with database.begin() as conn:
        assert pictures.of(conn, [message]) == []


def test_a_picture_is_found_by_its_message_and_its_place(database: Engine, shelf: Shelf) -> None:
    _, (first, second) = keep(database, shelf, Attached(content=samples.PNG), Attached(content=samples.GIF))
    with database.begin() as conn:
        assert pictures.one(conn, first.written_id, 0) == first
        assert pictures.one(conn, first.written_id, 1) == second
        assert pictures.one(conn, first.written_id, 2) is None
        assert pictures.one(conn, uuid4(), 0) is None
