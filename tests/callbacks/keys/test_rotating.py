"""A key is changed while the line runs: everything stays readable at every moment, and in the end one key opens it."""

import os
import time
from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import event, select, update

from callbacks.keys import rotating, standing
from callbacks.keys.rotating import rotate
from callbacks.keys.standing import Standing
from callbacks.shelf import Shelf
from callbacks.tables import parts, recordings
from callbacks.written_tables import answers
from config.crypto import Box, key_id
from tests.callbacks.keys.conftest import LOST, NEW, OLD, PLACES, Kept


def untold(place: str, number: int) -> None:
    """Nobody looks on."""


def standings(kept: Kept, *keys: bytes) -> list[Standing]:
    counted = standing.by_key(Box(keys), standing.count(kept.engine, kept.shelf(*keys)))
    return [each for each in counted if each.key is not None]  # but for numbers, which lie in clear here


def test_after_it_the_new_key_alone_opens_everything(kept: Kept) -> None:
    kept.everything(OLD)
    kept.everything(NEW)
    told: Counter[str] = Counter()
    work = rotate(kept.engine, kept.shelf(NEW, OLD), lambda place, number: told.update({place: number}))
    assert kept.readable(NEW) == 2 * len(PLACES)
    assert work.done == dict.fromkeys(PLACES, 1) == told


def test_of_each_key_it_is_said_what_it_seals_and_whether_it_can_go(kept: Kept) -> None:
    kept.everything(OLD)
    kept.recording(NEW)
    before = standings(kept, NEW, OLD)
    assert [(each.key, each.given, each.total, each.can_go) for each in before] == [
        (key_id(NEW), 1, 1, False),
        (key_id(OLD), 2, len(PLACES), False),
    ]
    assert before[1].held == dict.fromkeys(PLACES, 1)
    rotate(kept.engine, kept.shelf(NEW, OLD), untold)
    new, old = standings(kept, NEW, OLD)
    assert (new.total, old.total) == (len(PLACES) + 1, 0)
    assert (new.can_go, old.can_go) == (False, True)


def test_what_no_key_opens_is_told_and_left_as_it_is(kept: Kept) -> None:
    kept.everything(LOST)
    kept.everything(OLD)
    work = rotate(kept.engine, kept.shelf(NEW, OLD), untold)
    assert {each.split()[0] for each in work.unreadable} == PLACES
    new, old, lost = standings(kept, NEW, OLD)
    assert (new.total, old.total, lost.total) == (len(PLACES), 0, len(PLACES))
    assert (lost.key, lost.given, lost.is_missed) == (key_id(LOST), None, True)
    assert kept.readable(NEW, LOST) == 2 * len(PLACES)


def test_killed_between_two_batches_it_goes_on_where_it_was(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotating, "BATCH", 1)
    for _ in range(3):
        kept.everything(OLD)

    def dies(place: str, number: int) -> None:
        if (place, number) == ("answers.body", 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(kept.engine, kept.shelf(NEW, OLD), dies)
    assert kept.readable(NEW, OLD) == 3 * len(PLACES)
    assert standings(kept, NEW, OLD)[1].held["answers.body"] == 2
    again = rotate(kept.engine, kept.shelf(NEW, OLD), untold)
    assert "parts.body" not in again.done
    assert kept.readable(NEW) == 3 * len(PLACES)


def test_a_worker_that_still_seals_with_the_old_key_meanwhile_is_met_in_the_next_round(kept: Kept) -> None:
    kept.everything(OLD)
    came: list[str] = []

    def comes(place: str, number: int) -> None:
        if place == "attachments.file" and not came:
            came.append(place)
            kept.everything(OLD)

    rotate(kept.engine, kept.shelf(NEW, OLD), comes)
    assert came
    assert kept.readable(NEW) == 2 * len(PLACES)


def test_a_draft_that_its_author_is_saving_is_neither_waited_for_nor_overwritten(kept: Kept) -> None:
    kept.everything(OLD)
    with kept.engine.begin() as conn:
        mine = conn.execute(select(answers.c.id).with_for_update()).scalar_one()
        rotate(kept.engine, kept.shelf(NEW, OLD), untold)
        conn.execute(update(answers).where(answers.c.id == mine).values(body=b"newer"))
    with kept.engine.connect() as conn:
        assert conn.execute(select(answers.c.body)).scalar_one() == b"newer"


class Destroyed(Shelf):
    """A shelf whose files are destroyed just after somebody read them."""

    def get(self, recording_id: UUID, name: str) -> bytes:
        sound = super().get(recording_id, name)
        self.drop(name)
        return sound


def test_a_recording_that_is_destroyed_meanwhile_does_not_come_back(kept: Kept) -> None:
    recording_id = kept.recording(OLD)
    shelf = Destroyed(kept.folder, Box([NEW, OLD]))
    with kept.engine.begin() as conn:
        conn.execute(select(recordings.c.file).where(recordings.c.id == recording_id).with_for_update())
        rotate(kept.engine, shelf, untold)
        shelf.drop(f"{recording_id.hex[:2]}/{recording_id.hex}.wav.sealed")
        conn.execute(update(recordings).values(state="purged", file=None))
    assert list((kept.folder / recording_id.hex[:2]).iterdir()) == []
    assert rotate(kept.engine, shelf, untold).gone == set()


def test_a_file_that_is_gone_is_told_and_stops_nothing(kept: Kept) -> None:
    kept.everything(OLD)
    first = kept.recording(OLD)
    shelf = kept.shelf(NEW, OLD)
    shelf.drop(f"{first.hex[:2]}/{first.hex}.wav.sealed")
    work = rotate(kept.engine, shelf, untold)
    assert work.gone == {f"recordings.file {first}"}
    assert work.done["recordings.file"] == 1


def test_words_that_were_forgotten_stay_forgotten(kept: Kept) -> None:
    kept.everything(OLD)
    with kept.engine.begin() as conn:
        conn.execute(update(parts).values(body=b""))
    assert "parts.body" not in rotate(kept.engine, kept.shelf(NEW, OLD), untold).done


def test_what_somebody_who_was_killed_left_half_written_is_swept_but_not_what_is_being_written(kept: Kept) -> None:
    recording_id = kept.recording(NEW)
    folder = kept.folder / recording_id.hex[:2]
    left, now = folder / f"{recording_id.hex}.wav.sealed.7.new", folder / f"{recording_id.hex}.wav.sealed.8.new"
    left.write_bytes(b"half")
    now.write_bytes(b"half")
    os.utime(left, (time.time() - 7200, time.time() - 7200))
    rotate(kept.engine, kept.shelf(NEW), untold)
    assert sorted(path.name for path in folder.iterdir()) == [f"{recording_id.hex}.wav.sealed", now.name]


def test_with_nothing_to_do_it_writes_nothing(kept: Kept) -> None:
    kept.everything(NEW)
    said: list[str] = []

    def note(*execution: object) -> None:
        said.append(str(execution[2]))

    event.listen(kept.engine, "before_cursor_execute", note)
    assert rotate(kept.engine, kept.shelf(NEW, OLD), untold).done.total() == 0
    assert not [statement for statement in said if statement.lower().startswith(("update", "insert", "delete"))]
