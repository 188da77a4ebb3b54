"""What the partner directory keeps of Dr Roux is handed out and forgotten with the rest."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from callbacks import registering
from callbacks.rights import erasing, of_practitioner, subjects
from callbacks.rights.erasing import Erased
from callbacks.shelf import Shelf
from callbacks.tables import outbox
from config.crypto import Box
from scheduling import practices
from scheduling.directories import opt_ins
from scheduling.directories.newcomers import Newcomer, Proof
from scheduling.directories.opt_ins import Purpose
from scheduling.directories.practitioners import Entry
from scheduling.partner_tables import opt_ins as agreements
from scheduling.partner_tables import registrations
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.tables import practitioner_phones, practitioners
from tests.callbacks.retention.archive import NEXT_DOOR, ROUX, ROUX_RPPS, Archive

BY = Actor(None, "test")
LINE, SECURE, OTHER = "+33199003009", "roux@paris.mssante.fr", "+33639980191"


@pytest.fixture
def archive(database: Engine, tmp_path: Path) -> Archive:
    """Dr Roux asked once; she works alone at her practice, agreed to the newsletter, and registered herself."""
    house = Archive(database, Shelf(tmp_path / "recordings", Box([b"1" * 32])))
    house.calls("rale crepitant")
    with database.begin() as conn:
        secure = {"mssante": SECURE, "postcode": "75014", "preferred": "mssante", "reach": "noon"}
        conn.execute(update(practitioners).where(practitioners.c.id == house.roux).values(secure))
        opt_ins.give(conn, house.story.moment, BY, house.roux, Purpose.NEWSLETTER, "Réunion du 12 mars")
        asked = {"proof": "sms", "state": "approved", "created_at": house.now, "practitioner_id": house.roux}
        conn.execute(insert(registrations).values(asked))
        house.ids["practice"] = opens(house, conn, house.roux)
    return house


def opens(house: Archive, conn: Connection, *members: int) -> int:
    entry = practices.Entry("Cabinet Hélène Roux", "practice", "75014", "Paris", None, (LINE,), frozenset(members))
    id = practices.write(conn, None, entry)
    said = {"id": id, "after": {"name": entry.name, "phones": LINE}}
    trail.record(conn, house.story.moment, BY, "practice.created", subject=entry.name, detail=said)
    return id


def joined_by_marin(house: Archive) -> int:
    with house.engine.begin() as conn:
        row = insert(practitioners).values(name="Dr Paul Marin").returning(practitioners.c.id)
        marin: int = conn.execute(row).scalar_one()
        conn.execute(insert(practitioner_phones).values(practitioner_id=marin, phone=NEXT_DOOR))
        before = practices.entry(conn, house.ids["practice"])
        assert before is not None
        practices.write(conn, house.ids["practice"], practices.Entry(**vars(before) | {"members": {house.roux, marin}}))
    return marin


def registers(house: Archive, phone: str = ROUX, rpps: str | None = None) -> UUID:
    """Somebody with this mobile proves it, and waits for a yes."""
    said = Newcomer(Entry("Dr H. Roux", "", rpps, "", (phone,)), newsletter=False, proof=Proof.SMS)
    with house.engine.begin() as conn:
        begun = registering.begin(conn, house.story.moment, house.story.house, house.box, said)
        assert isinstance(begun, registering.Begun)
        proved = {"state": "proved", "proved_at": house.now}
        conn.execute(update(registrations).where(registrations.c.id == begun.id).values(proved))
        conn.execute(update(outbox).values(state="delivered"))
    return begun.id


def subject(house: Archive, said: str = ROUX_RPPS) -> subjects.Subject:
    with house.engine.connect() as conn:
        return subjects.practitioner(conn, said)


def erased(house: Archive) -> Erased:
    with house.engine.begin() as conn:
        done = erasing.practitioner(conn, house.story.moment, BY, subject(house), house.box)
    assert isinstance(done, Erased)
    return done


def test_where_she_works_what_she_agreed_to_and_that_she_registered_are_handed_out(archive: Archive) -> None:
    registers(archive)
    with archive.engine.begin() as conn:
        data = of_practitioner.read(conn, archive.shelf, subjects.practitioner(conn, ROUX_RPPS), archive.now).data
    assert (data["entry"]["mssante"], data["entry"]["reach"]) == (SECURE, "noon")
    assert data["practices"] == ["Cabinet Hélène Roux"]
    assert [(one["purpose"], one["source"]) for one in data["agreed"]] == [("newsletter", "Réunion du 12 mars")]
    approved, waiting = data["asked_to_be_on_file"]
    assert approved["state"] == "approved"
    assert waiting["said"]["entry"]["name"] == "Dr H. Roux"


def test_she_is_meant_by_her_practice_s_line_and_her_secure_address(archive: Archive) -> None:
    assert subject(archive, LINE).id == subject(archive, SECURE.upper()).id == archive.roux
    assert subject(archive).phones == {ROUX, LINE}


def test_a_line_that_she_shares_is_not_hers(archive: Archive) -> None:
    joined_by_marin(archive)
    with pytest.raises(subjects.Several):
        subject(archive, LINE)
    assert subject(archive).phones == {ROUX}


def test_nothing_of_it_is_left_when_she_is_forgotten(archive: Archive) -> None:
    erased(archive)
    words = {"Roux", "Hélène", LINE.removeprefix("+33"), SECURE, "Réunion du 12 mars", "mssante.fr"}
    assert archive.planted(words) == set()
    with archive.engine.connect() as conn:
        assert practices.every(conn) == []
        assert conn.execute(select(agreements)).all() == []
        assert conn.execute(select(registrations.c.practitioner_id)).scalars().all() == [None]


def test_a_practice_of_several_stays_without_her(archive: Archive) -> None:
    marin = joined_by_marin(archive)
    erased(archive)
    with archive.engine.connect() as conn:
        assert [one.entry.members for one in practices.every(conn)] == [{marin}]


@pytest.mark.parametrize(("phone", "rpps"), [(ROUX, None), (OTHER, ROUX_RPPS)])
def test_what_waits_to_go_on_file_is_forgotten_with_her(archive: Archive, phone: str, rpps: str | None) -> None:
    waiting, other = registers(archive, phone, rpps), registers(archive, NEXT_DOOR)
    erased(archive)
    with archive.engine.connect() as conn:
        left = conn.execute(select(registrations.c.id).where(registrations.c.said.is_not(None))).scalars().all()
        told = conn.execute(select(outbox.c.recipient).where(outbox.c.purpose == "registration")).scalars().all()
    assert (waiting in left, left, sorted(told)) == (False, [other], ["", NEXT_DOOR])


def test_who_only_asked_to_be_on_file_is_known_and_can_be_forgotten(archive: Archive) -> None:
    with pytest.raises(subjects.Nobody):
        subject(archive, OTHER)
    registers(archive, OTHER)
    with archive.engine.begin() as conn:
        one = subjects.practitioner(conn, OTHER)
        data = of_practitioner.read(conn, archive.shelf, one, archive.now).data
        assert [each["said"]["entry"]["name"] for each in data["asked_to_be_on_file"]] == ["Dr H. Roux"]
        assert isinstance(erasing.practitioner(conn, archive.story.moment, BY, one, archive.box), Erased)
    assert archive.planted({OTHER.removeprefix("+33"), "H. Roux"}) == set()


def test_a_registration_that_no_key_opens_breaks_no_dossier_and_no_erasure(archive: Archive) -> None:
    broken = registers(archive, OTHER)
    with archive.engine.begin() as conn:
        conn.execute(update(registrations).where(registrations.c.id == broken).values(said=b"?"))
    with archive.engine.connect() as conn:
        of_practitioner.read(conn, archive.shelf, subjects.practitioner(conn, ROUX_RPPS), archive.now)
    erased(archive)
