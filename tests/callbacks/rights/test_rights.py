"""Dr Roux asks for what is kept about her, and to be forgotten; so does Amélie, who has left."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, insert, select, text, update

from callbacks import recordings as carried
from callbacks.retention import disposals, figures, holds, purging
from callbacks.retention.holds import On
from callbacks.retention.kinds import Kind
from callbacks.rights import erasing, of_colleague, of_practitioner, subjects
from callbacks.rights.dossier import DATA
from callbacks.rights.erasing import Erased, Refused, Why
from callbacks.shelf import Shelf
from callbacks.tables import attempts, calls, outbox, recordings, requests
from callbacks.written_tables import attachments, dialogues
from config import numbers, sealed_numbers
from config.crypto import Box
from scheduling.directories import practitioners as directory
from scheduling.planning import trail
from scheduling.planning.tables import audit
from scheduling.planning.trail import Actor
from scheduling.tables import people, practitioner_phones, practitioners
from tests.callbacks.promised import AMELIE
from tests.callbacks.retention.archive import NEXT_DOOR, PLANTED, ROUX, ROUX_MAIL, ROUX_RPPS, Archive
from tests.callbacks.sending import MemoryCarrier

BY = Actor(None, "test")
SECRET_NAME = "Hélène Roux"


@pytest.fixture
def archive(database: Engine, tmp_path: Path) -> Archive:
    """A day on which everything happened once, to Dr Roux; another GP called too."""
    house = Archive(database, Shelf(tmp_path / "recordings", Box([b"1" * 32]))).lives()
    with database.begin() as conn:
        row = {"name": "Dr Paul Marin", "rpps": "10003456782"}
        marin = conn.execute(insert(practitioners).values(row).returning(practitioners.c.id)).scalar_one()
        conn.execute(insert(practitioner_phones).values(practitioner_id=marin, phone=NEXT_DOOR))
        entry = {"name": SECRET_NAME, "phones": ROUX}
        trail.record(
            conn,
            house.story.moment,
            BY,
            "practitioner.created",
            subject=SECRET_NAME,
            detail={"id": house.roux, "after": entry},
        )
        trail.record(conn, house.story.moment, BY, "unsorted.read", subject=f"Dr {SECRET_NAME}")
        about = {"id": house.story.ids[AMELIE], "after": {"name": "Amélie", "phone": AMELIE}}
        trail.record(conn, house.story.moment, BY, "person.created", subject="Amélie", detail=about)
    house.ids["marin"] = house.calls("souffle aortique", caller=NEXT_DOOR, practitioner_id=marin)
    return house


def subject(archive: Archive, said: str = ROUX_RPPS) -> subjects.Subject:
    with archive.engine.connect() as conn:
        return subjects.practitioner(conn, said)


def erased(archive: Archive, said: str = ROUX_RPPS) -> Erased | Refused:
    with archive.engine.begin() as conn:
        done = erasing.practitioner(conn, archive.story.moment, BY, subjects.practitioner(conn, said), archive.box)
    purging.sweep(archive.engine, archive.shelf)
    return done


def dossier(archive: Archive, said: str = ROUX_RPPS) -> tuple[dict[str, Any], dict[str, bytes]]:
    out = io.BytesIO()
    with archive.engine.begin() as conn:
        found = of_practitioner.read(conn, archive.shelf, subjects.practitioner(conn, said), archive.now)
        found.write(out)
    with zipfile.ZipFile(out) as written:
        files = {name: written.read(name) for name in written.namelist()}
    return json.loads(files.pop(DATA)), files


class TestWhoIsMeant:
    @pytest.mark.parametrize("said", [ROUX, "06 39 98 01 01", ROUX_RPPS, ROUX_MAIL.upper(), f" {ROUX_RPPS} "])
    def test_a_number_an_rpps_or_an_address_names_her(self, archive: Archive, said: str) -> None:
        found = subject(archive, said)
        assert (found.id, set(found.phones), set(found.mails)) == (archive.roux, {ROUX}, {ROUX_MAIL})

    def test_a_line_that_two_share_names_neither_and_its_calls_are_nobodys(self, archive: Archive) -> None:
        with archive.engine.begin() as conn:
            marin = select(practitioners.c.id).where(practitioners.c.rpps == "10003456782").scalar_subquery()
            conn.execute(insert(practitioner_phones).values(practitioner_id=marin, phone=ROUX, position=1))
        with pytest.raises(subjects.Several):
            subject(archive, ROUX)
        assert subject(archive).phones == set()

    def test_who_is_in_no_directory_is_known_by_what_he_left(self, archive: Archive) -> None:
        archive.calls("oedeme", caller="+33639980177")
        with archive.engine.begin() as conn:
            conn.execute(update(requests).where(requests.c.caller == "+33639980177").values(practitioner_id=None))
        found = subject(archive, "+33639980177")
        assert (found.id, set(found.phones)) == (None, {"+33639980177"})
        data, files = dossier(archive, "+33639980177")
        assert (data["entry"], list(files.values())) == (None, [b"oedeme"])

    @pytest.mark.parametrize("said", ["+33639980199", "10009999999", "personne@cabinet.example"])
    def test_nobody_is_nobody(self, archive: Archive, said: str) -> None:
        with pytest.raises(subjects.Nobody):
            subject(archive, said)

    def test_what_is_no_number_is_told(self, archive: Archive) -> None:
        with pytest.raises(numbers.BadNumber):
            subject(archive, "Roux")


class TestHavingIt:
    def test_everything_she_said_wrote_and_was_answered_is_in_it_and_nothing_of_another(self, archive: Archive) -> None:
        data, files = dossier(archive)
        everything = json.dumps(data, ensure_ascii=False) + "".join(
            content.decode(errors="replace") for content in files.values()
        )
        assert {words for words in PLANTED if words not in everything} == set()
        assert "souffle aortique" not in everything
        assert NEXT_DOOR not in everything
        assert data["entry"]["name"] == "Dr Hélène Roux"
        assert data["first_texts"][0]["words"] == "merci pour Monsieur Garance"

    def test_each_request_says_what_became_of_it_and_who_read_it(self, archive: Archive) -> None:
        data, files = dossier(archive)
        (voice, text_, answered) = data["requests"]
        assert (voice["outcome"], voice["ward"], voice["claimed_by"]) == ("CONSEIL", "cardiologie", "Amélie")
        assert {event["what"] for event in voice["story"]} >= {"filed", "rung", "part", "claimed", "done"}
        assert voice["read_by"][0]["by"] == "Amélie"
        assert files[voice["messages"][0]["file"]] == b"rale crepitant"
        assert text_["messages"][0]["words"] == "ictere nu"
        assert text_["messages"][0]["files"][0]["called"] == "photo-de-Madame-Planque.jpg"
        assert answered["answers"][0]["words"] == "arretez le methotrexate"

    def test_what_both_sides_said_of_it_and_her_own_answers_are_in_it(self, archive: Archive) -> None:
        data, _ = dossier(archive)
        said = [(each["side"], each["asked"], each["outcome"], each["otherwise"]) for each in data["assessments"]]
        assert said == [(side, "AVIS_DIAG", "CONSEIL", "URGENCES") for side in ("hospital", "practice")]
        assert [(each["access"], each["document_wanted"]) for each in data["polls"]] == [(1, 0)]
        assert dossier(archive, "10003456782")[0]["polls"] == []  # another doctor's
        with archive.engine.connect() as conn:
            found = of_colleague.read(conn, subjects.colleague(conn, AMELIE), archive.now)
        assert [each["otherwise"] for each in found.data["assessed"]] == ["URGENCES"]

    def test_a_sound_that_does_not_open_is_told_and_the_rest_is_there(self, archive: Archive) -> None:
        for path in archive.shelf.folder.glob("*/*.wav.sealed"):
            path.write_bytes(b"spoilt")
        data, files = dossier(archive)
        assert data["requests"][0]["messages"][0]["file"] in data["unreadable"]
        assert {Path(name).suffix for name in files} == {".jpg"}

    def test_amelie_has_her_duties_and_what_she_read_but_not_what_gps_said(self, archive: Archive) -> None:
        with archive.engine.connect() as conn:
            found = of_colleague.read(conn, subjects.colleague(conn, AMELIE), archive.now)
        data = json.dumps(found.data, default=str, ensure_ascii=False)
        assert not found.files
        assert not [words for words in PLANTED if words in data]
        assert {name for name, rows in found.data.items() if rows} >= {
            *("entry", "shifts", "leaves", "rung", "took_charge_of", "answered", "heard", "read", "told", "trail")
        }


class TestBeingForgotten:
    def test_nothing_of_her_is_left_in_any_table_or_file_and_the_figures_stay(self, archive: Archive) -> None:
        with archive.engine.connect() as conn:
            before = figures.read(conn)
        done = erased(archive)
        assert isinstance(done, Erased)
        assert not done.kept
        words = {*PLANTED, SECRET_NAME, "Roux", ROUX_RPPS, "Cabinet du Port", ROUX.removeprefix("+33")}
        assert archive.planted(words) == set()
        with archive.engine.connect() as conn:
            assert figures.read(conn) == before
            row = conn.execute(select(practitioners).where(practitioners.c.id == archive.roux)).one()
            assert (row.name, row.email, row.rpps, row.practice) == ("", "", None, "")
            assert row.erased_at is not None
            assert [one.name for one in directory.search(conn, "", 1).lines] == ["Dr Paul Marin"]

    def test_nothing_is_left_either_where_numbers_lie_sealed(self, database: Engine, tmp_path: Path) -> None:
        with sealed_numbers.configured([b"1" * 32], sealing=True):
            house = Archive(database, Shelf(tmp_path / "sealed", Box([b"1" * 32]))).lives()
            with database.begin() as conn:
                conn.execute(update(requests).values(practitioner_id=None))
            assert len(dossier(house, ROUX)[0]["requests"]) == 3
            assert isinstance(erased(house, ROUX), Erased)
            assert house.planted({*PLANTED, "Roux"}) == set()

    def test_another_doctor_loses_nothing(self, archive: Archive) -> None:
        erased(archive)
        assert archive.planted({"souffle aortique", NEXT_DOOR}) == {"souffle aortique", NEXT_DOOR}
        data, files = dossier(archive, NEXT_DOOR)
        assert len(data["requests"]) == 1
        assert list(files.values()) == [b"souffle aortique"]

    def test_it_is_on_the_register_and_on_the_trail_without_her_name(self, archive: Archive) -> None:
        erased(archive)
        with archive.engine.connect() as conn:
            lines = list(disposals.every(conn))
            (line,) = trail.read(conn, what="practitioner.erased")
        assert {line.why for line in lines} == {"asked"}
        assert {line.kind for line in lines} >= {Kind.RECORDINGS, Kind.TEXTS, Kind.PICTURES, Kind.ANSWERS, Kind.CALLERS}
        assert line.subject == f"n° {archive.roux}"
        assert line.detail["gone"]["recordings"] == 1

    @pytest.mark.parametrize(
        ("table", "values", "why"),
        [
            (requests, {"state": "open", "closed_at": None, "next_rung": "first"}, Why.OPEN),
            (dialogues, {"state": "open", "closed_at": None}, Why.TO_SORT),
            (dialogues, {"state": "open", "closed_at": None, "channel": "voice"}, Why.TO_SORT),
            (outbox, {"state": "sending", "lease_by": "w"}, Why.ON_ITS_WAY),
            (calls, {"ended_at": None}, Why.ON_ITS_WAY),
            (attachments, {"retry_real": text("real_now()")}, Why.ON_ITS_WAY),
            (recordings, {"state": "ready"}, Why.ON_ITS_WAY),
        ],
    )
    def test_while_something_of_hers_is_open_nothing_goes(
        self, archive: Archive, table: Table, values: dict[str, Any], why: Why
    ) -> None:
        if table is requests:
            values = values | {"next_step_at": archive.now}
        first = select(table.c.id).order_by(table.c.id).limit(1)
        if table is dialogues:
            first = select(dialogues.c.id).where(dialogues.c.channel == values.get("channel", "sms"))
        if table is calls:
            first = select(calls.c.id).where(calls.c.caller == ROUX).limit(1)
        if table is recordings:
            first = (
                select(recordings.c.id)
                .where(recordings.c.dialogue_id.is_(None))
                .order_by(recordings.c.created_real)
                .limit(1)
            )
        with archive.engine.begin() as conn:
            conn.execute(update(table).where(table.c.id == first.scalar_subquery()).values(values))
        before = archive.planted()
        done = erased(archive)
        assert isinstance(done, Refused)
        assert done.why is why
        assert bool(done.references) is (why is Why.OPEN)
        assert archive.planted() == before

    def test_what_is_on_hold_is_not_forgotten(self, archive: Archive) -> None:
        with archive.engine.begin() as conn:
            on = On(request_id=archive.ids["text"])
            holds.place(conn, archive.story.moment, BY, on, "Réquisition")
        done = erased(archive)
        assert isinstance(done, Refused)
        assert (done.why, len(done.references)) == (Why.HELD, 1)
        assert archive.planted() == set(PLANTED)

    @pytest.mark.parametrize("state", ["flagged", "stored"])
    def test_what_the_carrier_still_keeps_is_said_and_deleted_there(self, archive: Archive, state: str) -> None:
        with archive.engine.begin() as conn:
            conn.execute(update(recordings).values(state=state, deleted_real=None, retry_real=text("real_now()")))
        done = erased(archive)
        assert isinstance(done, Erased)
        assert done.kept == {"at_the_carrier": 1}
        assert archive.planted() == set()
        with archive.engine.begin() as conn:
            hers = select(recordings.c.id).where(recordings.c.state == "purged")
            gone = conn.execute(hers).scalars().all()
            assert {due.id for due in carried.take_due(conn, 10)} >= set(gone)
        carrier = MemoryCarrier()
        for id in gone:
            carried.fetch(archive.engine, carrier, archive.shelf, id, "worker")
        assert len(carrier.deleted) == len(gone) == 2
        with archive.engine.connect() as conn:
            assert conn.execute(hers.where(recordings.c.deleted_real.is_(None))).all() == []


class TestAColleague:
    def test_who_has_not_left_is_not_forgotten(self, archive: Archive) -> None:
        with archive.engine.begin() as conn:
            done = erasing.colleague(conn, archive.story.moment, BY, subjects.colleague(conn, AMELIE))
        assert done == Refused(Why.HERE)

    def test_her_name_and_numbers_go_and_what_she_did_stays_under_a_number(self, archive: Archive) -> None:
        id = archive.story.ids[AMELIE]
        with archive.engine.begin() as conn:
            conn.execute(
                update(people).where(people.c.id == id).values(left_at=archive.now, email="amelie@chu.example")
            )
            before = figures.read(conn)
            done = erasing.colleague(conn, archive.story.moment, BY, subjects.colleague(conn, AMELIE))
        assert isinstance(done, Erased)
        assert done.kept == {"took_charge_of": 4, "answered": 1}
        assert archive.planted({"Amélie", AMELIE, "amelie@chu.example"}) == set()
        with archive.engine.connect() as conn:
            assert figures.read(conn) == before
            assert conn.execute(select(people.c.name, people.c.phone).where(people.c.id == id)).one() == (
                f"n° {id}",
                "",
            )
            assert set(conn.execute(select(attempts.c.phone)).scalars()) == {""}
            assert subjects.colleague(conn, str(id)).name == f"n° {id}"
            assert conn.execute(select(audit.c.what).where(audit.c.what == "person.erased")).scalar_one()
