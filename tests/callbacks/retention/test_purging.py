"""What is kept too long goes, once somebody approved it: and nothing else does, whoever is killed in between."""

from typing import Any

import pytest
from sqlalchemy import Table, insert, select, text, update

from callbacks import alarms, register, sheet
from callbacks.retention import disposals, figures, holds, purging, rules
from callbacks.retention.holds import On
from callbacks.retention.kinds import Kind
from callbacks.tables import outbox, parts, recordings, requests
from callbacks.written_tables import attachments, written
from config import sealed_numbers
from scheduling.planning import trail
from scheduling.tables import hospitals, wards
from tests.callbacks.promised import AMELIE
from tests.callbacks.retention.archive import BY_THE_DPO, NEXT_DOOR, PLANTED, ROUX, Archive

OF_ITS_WORDS = (Kind.RECORDINGS, Kind.TEXTS, Kind.PICTURES, Kind.ANSWERS)


def changes(archive: Archive, table: Table, **values: object) -> None:
    with archive.engine.begin() as conn:
        conn.execute(update(table).values(**values))


def holds_on(archive: Archive, on: On) -> int:
    with archive.engine.begin() as conn:
        placed = holds.place(conn, archive.story.moment, BY_THE_DPO, on, "Réquisition")
    assert isinstance(placed, int)
    return placed


def test_nothing_is_destroyed_until_somebody_approves_a_rule(archive: Archive) -> None:
    archive.lives().after(days=4000)
    assert archive.purges() == {}
    assert archive.planted() == set(PLANTED)


def test_each_kind_is_forgotten_by_its_own_rule_alone_and_the_figures_stay(archive: Archive) -> None:
    archive.lives()
    with archive.engine.connect() as conn:
        before, left = figures.read(conn), set(PLANTED)
    archive.after(days=4000)
    for kind in Kind:
        archive.approves(kind)
        with archive.engine.connect() as conn:
            announced = purging.due_now(conn)
        assert archive.purges() == announced
        assert set(announced) == {kind}
        assert announced[kind] > 0, "each kind has something to forget"
        left -= {words for words, of in PLANTED.items() if of is kind}
        with archive.engine.connect() as conn:
            assert figures.read(conn) == before, kind
        assert archive.planted() == left
    assert (archive.planted(), archive.files()) == (set(), 0)
    assert archive.purges() == {}


def test_a_request_that_lost_its_words_still_says_what_became_of_it(archive: Archive) -> None:
    archive.lives().approves()
    archive.after(days=4000)
    archive.purges()
    with archive.engine.connect() as conn:
        shown = sheet.read(conn, archive.ids["voice"])
        said = register.timeline(conn, archive.ids["voice"])
    assert (shown.outcome, shown.caller, shown.practitioner) == ("CONSEIL", None, None)
    assert [(part.is_gone, part.can_be_opened, part.seconds) for part in shown.parts] == [(True, False, 12)]
    assert next(entry.event.kind for entry in said) == "filed"


def test_the_register_names_each_thing_and_its_request_and_never_what_stood_in_it(archive: Archive) -> None:
    archive.lives().approves()
    archive.after(days=4000)
    archive.purges()
    with archive.engine.connect() as conn:
        lines = list(disposals.every(conn))
        references = {row.id: row.reference for row in conn.execute(select(requests.c.id, requests.c.reference))}
    by_kind = {line.kind: line for line in lines}
    assert by_kind.keys() == set(Kind)
    assert by_kind["recordings"].reference == references[archive.ids["voice"]]
    assert (by_kind["recordings"].why, by_kind["recordings"].days) == ("rule", 180)
    assert sum(line.kind == "trail" for line in lines) == 1, "a batch of the house's own lines is one line"


def kept(archive: Archive, kind: Kind) -> None:
    archive.approves(kind)
    archive.after(days=4000)
    before = archive.planted()
    archive.purges()
    assert archive.planted() == before


@pytest.mark.parametrize("kind", [*OF_ITS_WORDS, Kind.CALLERS])
def test_what_belongs_to_an_open_request_is_kept(archive: Archive, kind: Kind) -> None:
    archive.lives()
    still = {"state": "open", "closed_at": None, "next_rung": "first", "next_step_at": archive.now}
    changes(archive, requests, **still)
    with archive.engine.begin() as conn:  # of a call that led to no request, the caller is forgotten
        conn.execute(text("update recordings set call_id = null where dialogue_id is not null"))
        conn.execute(text("delete from turns; delete from canaries; delete from calls where request_id is null"))
    kept(archive, kind)


@pytest.mark.parametrize(
    ("kind", "table", "values"),
    [
        (Kind.RECORDINGS, parts, {"heard_at": None}),
        (Kind.TEXTS, parts, {"heard_at": None}),
        (Kind.PICTURES, parts, {"heard_at": None}),
        (Kind.RECORDINGS, recordings, {"deleted_real": None}),  # the carrier keeps it
        (Kind.LEFTOVERS, attachments, {"retry_real": text("real_now()")}),  # to be fetched, or deleted there
        (Kind.TEXTS, attachments, {"retry_real": text("real_now()")}),
        (Kind.PICTURES, attachments, {"retry_real": text("real_now()")}),
        (Kind.SENT, outbox, {"state": "sending"}),
        (Kind.LEFTOVERS, written, {"verdict": "waiting"}),
    ],
)
def test_what_is_unheard_or_on_its_way_or_still_at_the_carrier_is_kept(
    archive: Archive, kind: Kind, table: Table, values: dict[str, Any]
) -> None:
    archive.lives()
    if kind is Kind.LEFTOVERS:
        with archive.engine.begin() as conn:  # these have no picture: they are another story
            conn.execute(text("delete from texts_in; update recordings set dialogue_id = null"))
    changes(archive, table, **values)
    kept(archive, kind)


def test_a_message_of_a_request_that_its_gp_took_back_goes_unheard(archive: Archive) -> None:
    archive.lives().approves(Kind.RECORDINGS, Kind.TEXTS)
    changes(archive, parts, heard_at=None)
    changes(archive, requests, state="withdrawn")
    archive.after(days=4000)
    archive.purges()
    assert not archive.planted({"rale crepitant", "ictere nu"})


HELD = {
    "the request": lambda archive: On(request_id=archive.ids["voice"]),
    "the doctor": lambda archive: On(practitioner_id=archive.roux),
    "the ward": lambda archive: On(ward_id=archive.story.ward_id),
    "everything": lambda archive: On(),
}


@pytest.mark.parametrize("what", HELD)
def test_what_is_held_is_kept_until_it_is_lifted(archive: Archive, what: str) -> None:
    archive.lives().approves(Kind.RECORDINGS, Kind.CALLERS)
    hold = holds_on(archive, HELD[what](archive))
    archive.after(days=4000)
    archive.purges()
    assert "rale crepitant" in archive.planted()
    with archive.engine.begin() as conn:
        assert register.view(conn, archive.ids["voice"]).caller
        assert holds.lift(conn, archive.story.moment, BY_THE_DPO, hold)
        assert not holds.lift(conn, archive.story.moment, BY_THE_DPO, hold)
    archive.purges()
    assert "rale crepitant" not in archive.planted()


def test_a_held_doctor_is_held_by_his_number_where_nobody_knew_that_it_was_he(archive: Archive) -> None:
    archive.lives().approves(Kind.RECORDINGS, Kind.LEFTOVERS)
    changes(archive, requests, practitioner_id=None)
    holds_on(archive, On(practitioner_id=archive.roux))
    archive.after(days=4000)
    archive.purges()
    assert archive.planted({"rale crepitant", "merci pour Monsieur Garance"}) >= {"rale crepitant"}


def test_numbers_that_lie_sealed_are_held_and_forgotten_like_others(archive: Archive) -> None:
    with sealed_numbers.configured([b"1" * 32], sealing=True):
        archive.lives().approves()
        changes(archive, requests, practitioner_id=None)
        hold = holds_on(archive, On(practitioner_id=archive.roux))
        archive.after(days=4000)
        archive.purges()
        assert archive.planted({"rale crepitant", ROUX}) == {"rale crepitant", ROUX}
        with archive.engine.begin() as conn:
            holds.lift(conn, archive.story.moment, BY_THE_DPO, hold)
        archive.purges()
        assert archive.planted() == set()


@pytest.mark.parametrize(("on", "reason", "refused"), [(On(), " ", "no_reason"), (On(1, 1), "x", "several")])
def test_a_hold_says_why_and_is_on_one_thing(archive: Archive, on: On, reason: str, refused: str) -> None:
    with archive.engine.begin() as conn:
        assert holds.place(conn, archive.story.moment, BY_THE_DPO, on, reason) == refused


def test_a_hold_is_placed_once(archive: Archive) -> None:
    placed = holds_on(archive, On(ward_id=archive.story.ward_id))
    with archive.engine.begin() as conn:
        again = holds.place(conn, archive.story.moment, BY_THE_DPO, On(ward_id=archive.story.ward_id), "Encore")
        assert again == holds.Refusal.STANDS
        (hold,) = holds.listed(conn)
    assert (hold.id, hold.name, hold.lifted_at) == (placed, "Cardiologie, Cochin", None)


def test_while_somebody_places_a_hold_nothing_is_destroyed(archive: Archive) -> None:
    archive.lives().approves()
    archive.after(days=4000)
    with archive.engine.begin() as conn:
        holds.hold_still(conn)
        assert archive.purges() == {}
    assert archive.purges() != {}


def test_each_hospital_keeps_as_long_as_its_own_rule_says(archive: Archive) -> None:
    archive.calls("rale crepitant")
    with archive.engine.begin() as conn:
        other = conn.execute(insert(hospitals).values(name="Avicenne").returning(hospitals.c.id)).scalar_one()
        row = {"slug": "gastro", "name": "Gastro", "keypad": "427", "hospital_id": other}
        gastro = conn.execute(insert(wards).values(row).returning(wards.c.id)).scalar_one()
    elsewhere = archive.calls("ascite tendue", caller=NEXT_DOOR)
    with archive.engine.begin() as conn:
        conn.execute(update(requests).where(requests.c.id == elsewhere).values(ward_id=gastro))
    archive.approves(Kind.RECORDINGS, days=30)
    archive.approves(Kind.RECORDINGS, days=90, hospital_id=other)
    archive.after(days=60)
    archive.purges()
    assert archive.planted({"rale crepitant", "ascite tendue"}) == {"ascite tendue"}
    archive.after(days=91)
    archive.purges()
    assert not archive.planted({"ascite tendue"})


@pytest.mark.parametrize(("days", "left"), [(29.9, True), (30.1, False)])
def test_a_rule_counts_from_the_end_of_the_request_to_the_day(archive: Archive, days: float, left: bool) -> None:
    archive.calls("rale crepitant")
    archive.approves(Kind.RECORDINGS, days=30)
    archive.after(days)
    archive.purges()
    assert bool(archive.planted({"rale crepitant"})) is left


def test_a_row_that_cannot_go_holds_up_neither_other_kinds_nor_files(archive: Archive) -> None:
    archive.lives().approves()
    with archive.engine.begin() as conn:
        conn.execute(text("create table notes (about bigint references reconciliations)"))
        conn.execute(text("insert into notes select id from reconciliations"))
        conn.execute(text("alter table notes add column call uuid references calls"))
        conn.execute(text("update notes set call = (select id from calls where direction = 'canary')"))
    archive.after(days=4000)
    with pytest.raises(purging.Stopped, match="machinery"):
        archive.purges()
    assert (archive.planted(), archive.files()) == (set(), 0)
    with archive.engine.begin() as conn:
        assert [alarm.key for alarm in alarms.standing(conn)] == ["not_destroyed"]
        conn.execute(text("drop table notes"))
    archive.purges()
    with archive.engine.begin() as conn:
        assert alarms.standing(conn) == []


def test_what_somebody_said_in_a_call_from_the_line_s_own_number_is_no_machinery(archive: Archive) -> None:
    """Whoever shows that number, and calls when the line waits for itself, is a caller all the same."""
    archive.lives().approves(Kind.MACHINERY)
    with archive.engine.begin() as conn:
        said = "insert into recordings (sid, call_id, state) select 'REspoof', id, 'absent' from calls where sid = :sid"
        conn.execute(text(said), {"sid": "CAcanary"})
    archive.after(days=4000)
    archive.purges()
    with archive.engine.connect() as conn:
        assert conn.execute(text("select count(*) from calls where sid = 'CAcanary'")).scalar_one() == 1


def test_who_is_killed_between_the_rows_and_the_files_finds_the_files_again(archive: Archive) -> None:
    archive.calls("rale crepitant")
    archive.approves(Kind.RECORDINGS)
    archive.after(days=4000)
    (step,) = purging.STEPS[Kind.RECORDINGS]
    assert purging._destroy_some(archive.engine, Kind.RECORDINGS, step) == 1
    assert archive.files() == 1
    with archive.engine.connect() as conn:
        assert conn.execute(select(recordings.c.state)).scalar_one() == "purged"
    assert archive.purges() == {}
    assert archive.files() == 0
    with archive.engine.connect() as conn:
        assert conn.execute(select(recordings.c.file)).scalar_one() is None


def test_many_are_destroyed_in_batches(archive: Archive) -> None:
    with archive.engine.begin() as conn:
        more = (
            "insert into written (key, channel, sender, recipient, body, verdict, at)"
            " select 'sms:' || n, 'sms', '+33639980041', '', 'sealed', 'idle', app_now()"
            " from generate_series(1, :count) n"
        )
        conn.execute(text(more), {"count": 2 * purging.BATCH + 1})
    archive.approves(Kind.LEFTOVERS)
    archive.after(days=4000)
    assert archive.purges() == {Kind.LEFTOVERS: 2 * purging.BATCH + 1}
    with archive.engine.connect() as conn:
        assert conn.execute(text("select count(*) from written where body <> ''")).scalar_one() == 0


def test_a_letter_that_was_forgotten_is_known_again_by_its_key(archive: Archive) -> None:
    id = archive.says_thanks("merci")
    archive.approves(Kind.LEFTOVERS)
    archive.after(days=4000)
    archive.purges()
    with archive.engine.connect() as conn:
        row = conn.execute(select(written.c.key, written.c.sender).where(written.c.id == id)).one()
    assert (row.key.startswith("mail:"), row.sender) == (True, "")


def test_a_rule_is_approved_by_somebody_within_its_bounds_and_the_trail_says_so(archive: Archive) -> None:
    moment = archive.story.moment
    with archive.engine.begin() as conn:
        hospital = conn.execute(select(hospitals.c.id)).scalar_one()
        tried = {
            "nobody": rules.approve(conn, moment, BY_THE_DPO, Kind.TEXTS, 30, "  "),
            "too_short": rules.approve(conn, moment, BY_THE_DPO, Kind.TEXTS, 7, "Mme Dupré"),
            "too_long": rules.approve(conn, moment, BY_THE_DPO, Kind.TEXTS, 181, "Mme Dupré"),
            "not_of_a_hospital": rules.approve(conn, moment, BY_THE_DPO, Kind.TRAIL, 400, "Mme Dupré", hospital),
            "no_such_hospital": rules.approve(conn, moment, BY_THE_DPO, Kind.TEXTS, 30, "Mme Dupré", 99),
        }
        assert {name: str(refusal) for name, refusal in tried.items()} == {name: name for name in tried}
        assert rules.standing(conn) == {}
        rules.approve(conn, moment, BY_THE_DPO, Kind.TEXTS, 30, "Mme  Dupré")
        rules.approve(conn, moment, BY_THE_DPO, Kind.TEXTS, None, "M. Leroy")
        (rule,) = rules.standing(conn).values()
        assert (rule.kind, rule.days, rule.approved_by) == (Kind.TEXTS, None, "M. Leroy")
        lines = [line.detail["after"] for line in trail.read(conn, what="retention")]
    assert lines == [{"days": None, "approved_by": "M. Leroy"}, {"days": 30, "approved_by": "Mme Dupré"}]


def test_a_request_that_is_being_opened_again_is_left_alone(archive: Archive) -> None:
    archive.calls("rale crepitant")
    archive.approves(Kind.RECORDINGS)
    archive.after(days=4000)
    with archive.engine.begin() as conn:
        register.locked(conn, archive.story.request_id)
        assert archive.purges() == {}
    assert archive.purges() == {Kind.RECORDINGS: 1}


def test_amelie_is_still_who_answered(archive: Archive) -> None:
    archive.lives().approves()
    archive.after(days=4000)
    archive.purges()
    with archive.engine.connect() as conn:
        closed = conn.execute(select(requests.c.closed_by).distinct()).scalars().all()
    assert closed == [archive.story.ids[AMELIE]]
