"""Long lists of practitioners: quick, and each row is about whom the slow plain way takes it for."""

import csv
import io
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, delete, event, func, select, text, update

from config import clock
from scheduling import store
from scheduling import tables as t
from scheduling.directories import practitioners, sheets
from scheduling.directories.sheets import Kind
from scheduling.importing import Report, import_practitioners, in_bulk
from scheduling.importing.matching import Draft, Register, match
from scheduling.likeness import bare
from scheduling.planning.trail import Actor
from scheduling.store import Practitioner
from tests.locks import until_waiting
from tests.scheduling import plainly
from tests.scheduling.register import Register as Administrator

# Few of each, so that rows meet: with titles, in both orders, with and without accents.
NAMES = (
    "Odile Fontaine",
    "FONTAINE Odile",
    "Dr Odile Fontaine",
    "Élise Morel",
    "Elise MOREL",
    "Marc Lemoine",
    "Pr Marc",
)
PHONES = tuple(f"01990030{number:02}" for number in range(12))
SHARED = "0199003099"  # of a practice of many
POSTCODES = ("", "", "75014", "75015")
RPPS = tuple(f"1000000{number:04}" for number in range(12))
COLUMNS = ("name", "phone", "rpps", "postcode", "practice", "email", "preferred")


def a_list(chance: random.Random, rows: int) -> bytes:
    """A list that is taken: nobody stands in it twice, although many are called so or have the same number."""
    kept, seen = list[tuple[str, ...]](), set[object]()
    for _ in range(rows):
        name, rpps = chance.choice(NAMES), chance.choice(RPPS) if chance.random() < 0.4 else ""
        phones = chance.sample(PHONES, chance.choice((1, 1, 2, 3))) if chance.random() < 0.8 else [SHARED]
        keys = {(bare(name), rpps, phone) for phone in phones} | ({rpps} if rpps else set())
        if keys.isdisjoint(seen):
            seen |= keys
            more = (chance.choice(POSTCODES), chance.choice(("", "Didot")), chance.choice(("", "a@b.example")))
            kept.append((name, ";".join(phones), rpps, *more, chance.choice(("", "sms"))))
    columns = [0, 1, *(place for place in range(2, len(COLUMNS)) if chance.random() < 0.8)]
    said = io.StringIO()
    csv.writer(said).writerows([row[place] for place in columns] for row in (COLUMNS, *kept))
    return said.getvalue().encode()


def on_file(connection: Connection) -> list[Practitioner]:
    """Everybody, by all that is known of him; ids differ from one try to the next."""
    return sorted((replace(one, id=0) for one in store.practitioners(connection)), key=repr)


@contextmanager
def tried(connection: Connection) -> Iterator[None]:
    """Undone afterwards."""
    with connection.begin_nested() as attempt:
        yield
        attempt.rollback()


@pytest.mark.parametrize("seed", range(40))
def test_a_list_does_to_the_letter_what_the_slow_plain_way_does(register: Administrator, seed: int) -> None:
    chance = random.Random(seed)
    conn = register.connection
    for _ in range(3):  # on an empty register; then on what the lists before have left
        data = a_list(chance, chance.choice((3, 12, 40)))
        with tried(conn):
            plain, left = plainly.import_plainly(conn, data), on_file(conn)
        report = import_practitioners(conn, data)
        assert report == plain
        assert [str(each) for each in report.warnings] == [str(each) for each in plain.warnings]
        assert on_file(conn) == left


@pytest.mark.parametrize("seed", range(200))
def test_each_row_is_about_whom_the_slow_plain_way_takes_it_for(seed: int) -> None:
    """Not only as many: the same, whoever stands first."""
    chance = random.Random(seed)
    known = [
        Practitioner(
            id=place,
            name=chance.choice(NAMES),
            email="",
            rpps=chance.choice((None, None, *([RPPS[place]] if place < len(RPPS) else []))),
            practice="",
            phones=tuple(chance.sample((*PHONES[:5], SHARED), chance.choice((1, 2)))),
            postcode=chance.choice(POSTCODES),
        )
        for place in chance.sample(range(30), 20)
    ]
    drafts = [
        Draft(
            line,
            chance.choice(NAMES),
            tuple(chance.sample((*PHONES[:5], SHARED), chance.choice((1, 2)))),
            chance.choice((None, None, chance.choice(RPPS))),
            {"postcode": chance.choice(POSTCODES)},
        )
        for line in range(2, 22)
    ]
    found = match(drafts, Register(known))
    assert {line: one.id for line, one in found.items()} == {
        line: one.id for line, one in plainly.match(drafts, known).items()
    }


def test_who_stands_twice_in_a_long_list_is_told_with_the_line_where_he_stands_first(register: Administrator) -> None:
    rows = [f"Docteur {number},06 39 98 {number // 100:02} {number % 100:02}" for number in range(2_000)]
    file = "\n".join(["name,phone", *rows, "DOCTEUR 7,06 39 98 00 07", ""])
    report = register.practitioners(file)
    assert [str(error) for error in report.errors] == ["line 2002: the same practitioner as on line 9"]
    assert store.practitioners(register.connection) == []


# Fewer round trips --------------------------------------------------------------------------------------------------


def many(rows: int, practice: str, columns: str = "name,phone,practice") -> bytes:
    """So many, each with two numbers of his own; one of them another where the practice is."""
    ends = [f"{number // 100:02} {number % 100:02}" for number in range(rows)]
    lines = [f"Docteur {place},06 39 98 {end};01 99 00 {end},{practice}" for place, end in enumerate(ends)]
    return "\n".join([columns, *lines, ""]).encode()


def asked(connection: Connection, work: Callable[[], object]) -> int:
    """How many statements that takes, those of its savepoints too."""
    statements: list[str] = []

    def note(*execution: object) -> None:
        statements.append(str(execution[2]))

    event.listen(connection, "before_cursor_execute", note)
    work()
    event.remove(connection, "before_cursor_execute", note)
    return len(statements)


def take_in(connection: Connection, data: bytes, *, dry_run: bool = False) -> Report:
    by = Actor(None, "import")
    return sheets.take_in(connection, clock.read(connection), by, Kind.PRACTITIONERS, data, dry_run=dry_run)


def moved(data: bytes) -> bytes:
    """The same people in another practice, with other numbers."""
    return data.replace(b"Didot", b"Alesia").replace(b"01 99 00", b"02 61 91")


def test_a_thousand_rows_take_no_more_statements_than_ten(scheduling_database: Engine) -> None:
    took: dict[int, list[int]] = {}
    for rows in (10, 1_000):
        file = many(rows, "Didot")
        with scheduling_database.connect() as conn:
            files = (file, file, moved(file))  # new, unchanged, each changed with his numbers
            took[rows] = [asked(conn, lambda data=data: take_in(conn, data)) for data in files]  # type: ignore[misc]
            assert len(store.practitioners(conn)) == rows
    # A thousand doctors have two thousand numbers: one statement more.
    assert [some - few for some, few in zip(took[1_000], took[10], strict=True)] == [1, 0, 1]
    assert max(took[1_000]) < 20


def test_who_comes_by_the_thousand_has_his_own_number_and_place_in_the_list(register: Administrator) -> None:
    """Rows are put on file together: none gets the id, so the numbers, of another."""
    conn = register.connection
    file = many(2_500, "Didot")
    assert import_practitioners(conn, file).created == 2_500
    assert import_practitioners(conn, moved(file)).changed == 2_500
    by_id = sorted(store.practitioners(conn), key=lambda one: one.id)
    assert [one.name for one in by_id] == [f"Docteur {number}" for number in range(2_500)]
    for number, one in enumerate(by_id):
        assert one.phones == (f"+3363998{number:04}", f"+3326191{number:04}")
        assert one.practice == "Alesia"


def test_a_look_at_a_long_list_leaves_nothing(register: Administrator) -> None:
    assert take_in(register.connection, many(1_500, "Didot"), dry_run=True).created == 1_500
    assert store.practitioners(register.connection) == []


# Others at the same time --------------------------------------------------------------------------------------------


@contextmanager
def meanwhile(database: Engine, data: bytes, reports: list[Report]) -> Iterator[None]:
    """The list comes in from somebody else, who has come to wait; then what is inside ends, and so does he."""

    def somebody_else() -> None:
        with database.begin() as conn:
            reports.append(take_in(conn, data))

    other = threading.Thread(target=somebody_else)
    other.start()
    until_waiting(database)
    try:
        yield
    finally:
        other.join(timeout=20)


def known(database: Engine) -> list[tuple[str, str | None, tuple[str, ...]]]:
    with database.connect() as conn:
        return [(one.name, one.rpps, one.phones) for one in store.practitioners(conn)]


def counts(report: Report) -> tuple[int, int, int]:
    return report.created, report.changed, report.unchanged


def test_the_same_list_from_two_at_once_puts_each_on_file_once(database: Engine) -> None:
    """None of them has an RPPS: no constraint of the register would keep them from standing there twice."""
    data, reports = many(30, "Didot"), list[Report]()
    first = database.connect()
    assert counts(take_in(first, data)) == (30, 0, 0)
    with meanwhile(database, data, reports):
        first.commit()
    first.close()
    assert [counts(report) for report in reports] == [(0, 0, 30)]
    assert len(known(database)) == 30


def test_who_would_wait_too_long_for_another_list_is_told_and_nothing_is_imported(database: Engine) -> None:
    with database.begin() as first, database.begin() as second:
        assert take_in(first, many(3, "Didot")).ok
        second.execute(text("set local lock_timeout = '50ms'"))
        report = take_in(second, many(4, "Didot"))
        assert [str(error) for error in report.errors] == [
            "another file of practitioners is being imported: try again when that is done"
        ]
        assert second.scalar(select(func.count()).select_from(t.practitioners)) == 0  # his transaction is whole
    assert len(known(database)) == 3


ODILE = practitioners.Entry("Odile Fontaine", "", "99700218896", "", ("+33639989001",))


def test_who_registers_while_a_list_names_him_stands_there_once(database: Engine) -> None:
    """He is found by his RPPS at a second look: the list is not refused for what no row of it can help."""
    data, reports = b"name,phone,rpps\nMarc,0199003002,\nOdile F,0199003001,99700218896\n", list[Report]()
    desk = database.connect()
    practitioners.save(desk, clock.read(desk), Actor(None, "Sophie"), None, ODILE)
    with meanwhile(database, data, reports):
        desk.commit()
    desk.close()
    assert [counts(report) for report in reports] == [(1, 1, 0)]
    assert known(database) == [("Marc", None, ("+33199003002",)), ("Odile F", ODILE.rpps, ("+33199003001",))]


def test_who_is_forgotten_while_a_list_names_him_is_not_written_over_what_was_blanked(database: Engine) -> None:
    with database.begin() as conn:
        assert take_in(conn, b"name,phone\nOdile,0639989001\nMarc,0199003002\n").ok
        odile = next(one.id for one in store.practitioners(conn) if one.name == "Odile")
    data, reports = b"name,phone,practice\nOdile,0639989001,Didot\nMarc,0199003002,\n", list[Report]()
    desk = database.connect()
    his = t.practitioners.c.id == odile
    desk.execute(update(t.practitioners).where(his).values(name="", erased_at=func.now()))
    desk.execute(delete(t.practitioner_phones).where(t.practitioner_phones.c.practitioner_id == odile))
    with meanwhile(database, data, reports):
        desk.commit()
    desk.close()
    assert [counts(report) for report in reports] == [(1, 0, 1)]  # somebody new, as if the list had come afterwards
    with database.connect() as conn:
        assert conn.execute(select(t.practitioners.c.name, t.practitioners.c.practice).where(his)).one() == ("", "")
        assert odile not in {one.id for one in store.practitioners(conn)}


def test_what_an_editor_writes_beside_a_list_that_does_not_speak_of_it_stays(database: Engine) -> None:
    with database.begin() as conn:
        assert take_in(conn, b"name,phone,email,practice\nOdile,0639989001,,\n").ok
    data, reports = b"name,phone,email,practice\nOdile,0639989001,,Didot\n", list[Report]()
    desk = database.connect()
    desk.execute(update(t.practitioners).values(email="odile@cabinet.example"))
    with meanwhile(database, data, reports):
        desk.commit()
    desk.close()
    with database.connect() as conn:
        (odile,) = store.practitioners(conn)
    assert (odile.email, odile.practice) == ("odile@cabinet.example", "Didot")
    assert [counts(report) for report in reports] == [(0, 1, 0)]


def test_a_list_that_others_overtake_again_and_again_is_refused_in_words_and_leaves_nothing(
    register: Administrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_: object) -> None:
        raise in_bulk.Overtaken

    monkeypatch.setattr(in_bulk, "change", overtaken)
    report = import_practitioners(register.connection, many(10, "Didot"))
    assert [error.code for error in report.errors] == ["overtaken"]
    assert store.practitioners(register.connection) == []


def test_who_was_taken_out_is_no_row_to_write(register: Administrator) -> None:
    register.practitioners("name,phone\nOdile,0639989001\n")
    (odile,) = store.practitioners(register.connection)
    register.connection.execute(delete(t.practitioners))
    with pytest.raises(in_bulk.Overtaken):
        in_bulk.change(register.connection, [(odile, replace(odile, practice="Didot"))])
