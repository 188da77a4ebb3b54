"""A number lies sealed, and is the same number wherever and whenever it was sealed; without the key it is noise."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, insert, select, text, update

from config import sealed_numbers
from config.sealed_numbers import Numbers
from config.sealed_types import Sealed, SealedWithin, in_any_form, opened_within, sealed

OLD, NEW, LOST = b"o" * 32, b"n" * 32, b"l" * 32
GP, OTHER = "+33639980101", "+33639980102"
ADDRESS = "ines.morel@cabinet.example"

notes = Table(
    "h5_notes",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("number", Sealed, unique=True),
    Column("memory", SealedWithin),
)


# Alone


@given(st.text(min_size=1, max_size=80).filter(lambda said: not said.startswith("siv1:") and said.isprintable()))
def test_what_was_sealed_opens_and_is_one_text_for_one_number(plain: str) -> None:
    numbers = Numbers([NEW], sealing=True)
    lying = numbers.seal(plain)
    assert (numbers.open(lying), Numbers([NEW], sealing=True).seal(plain)) == (plain, lying)
    assert lying.startswith(numbers.head)


def test_two_numbers_or_two_keys_give_texts_that_tell_nothing() -> None:
    numbers, other = Numbers([NEW], sealing=True), Numbers([OLD], sealing=True)
    lying = {numbers.seal(GP), numbers.seal(OTHER), other.seal(GP)}
    assert len(lying) == 3
    assert not any(part in each for each in lying for part in (GP[1:], GP[-6:]))


def test_it_is_never_sealed_twice_and_what_is_empty_stays_empty() -> None:
    numbers = Numbers([NEW], sealing=True)
    assert numbers.seal(numbers.seal(GP)) == numbers.seal(GP)
    assert numbers.seal("") == ""


@pytest.mark.parametrize(
    "lying",
    [
        Numbers([LOST], sealing=True).seal(GP),
        Numbers([NEW], sealing=True).seal(GP)[:-5] + "AAAA=",
        "siv1:",
        "siv1:zz:é",
        "siv1:" + Numbers([NEW], sealing=True).head[5:],
    ],
)
def test_what_no_key_opens_stays_as_it_lies_and_breaks_nothing(lying: str) -> None:
    assert Numbers([NEW, OLD], sealing=True).open(lying) == lying


def test_every_form_of_a_number_is_known_the_newest_first_and_in_clear_last() -> None:
    numbers = Numbers([NEW, OLD], sealing=True)
    old = Numbers([OLD], sealing=True)
    assert numbers.forms(GP) == (numbers.seal(GP), old.seal(GP), GP)


def test_switched_off_again_it_still_opens_and_finds_but_writes_in_clear() -> None:
    numbers, before = Numbers([NEW]), Numbers([NEW], sealing=True)
    assert (numbers.seal(GP), numbers.open(before.seal(GP)), numbers.head) == (GP, GP, "")
    assert before.seal(GP) in numbers.forms(GP)


def test_nothing_is_sealed_without_a_key() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Numbers([], sealing=True)


def test_many_threads_seal_and_open_at_once() -> None:
    numbers = Numbers([NEW], sealing=True)
    asked = [f"+3363998{n:04}" for n in range(2000)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda each: numbers.open(numbers.seal(each)), asked)) == asked


# In the register


@pytest.fixture
def conn(database: Engine) -> Iterator[Connection]:
    """Rows of one GP as three releases wrote them: in clear, with the old key, with the new one."""
    with database.begin() as connection:
        connection.execute(text("create temp table h5_notes (id int primary key, number text unique, memory jsonb)"))
        for id, (keys, sealing) in enumerate([([], False), ([OLD], True), ([NEW, OLD], True)]):
            with sealed_numbers.configured(keys, sealing=sealing):
                connection.execute(insert(notes).values(id=id, number=GP, memory={"said": [GP, "1"], "to": OTHER}))
        with sealed_numbers.configured([NEW, OLD], sealing=True):
            yield connection


def raw(conn: Connection, column: str) -> str:
    return " ".join(conn.execute(text(f"select '>' || cast({column} as text) from h5_notes order by id")).scalars())


def test_it_lies_sealed_and_is_read_in_clear_by_whatever_statement(conn: Connection) -> None:
    assert raw(conn, "number").count(GP) == 1  # the row from before; a text that only contains one is not opened
    assert list(conn.execute(text("select number from h5_notes")).scalars()) == [GP] * 3
    assert conn.execute(text("select array_agg(number) from h5_notes")).scalar_one() == [GP] * 3
    assert conn.execute(select(notes.c.number).distinct()).scalars().all() == [GP] * 3


def test_it_is_found_in_every_form(conn: Connection) -> None:
    number = notes.c.number
    for condition, found in (
        (number == GP, [0, 1, 2]),
        (number.in_([OTHER, GP]), [0, 1, 2]),
        (number.in_([]), []),
        (number != OTHER, [0, 1, 2]),
        (number.not_in([GP]), []),
        (number.is_(None), []),
        (number == OTHER, []),
    ):
        asked = select(notes.c.id).where(condition).order_by(notes.c.id)
        assert conn.execute(asked).scalars().all() == found, condition


def test_statements_in_sql_write_and_find_it_by_the_types_of_their_parameters(conn: Connection) -> None:
    conn.execute(text("insert into h5_notes (id, number) values (9, :n)").bindparams(*sealed("n")), {"n": OTHER})
    assert OTHER not in raw(conn, "number")
    asked = text("select id from h5_notes where number = any(:n)").bindparams(*in_any_form("n"))
    assert conn.execute(asked, {"n": OTHER}).scalars().all() == [9]
    assert conn.execute(asked, {"n": None}).scalars().all() == []


def test_numbers_that_a_call_remembers_lie_sealed_too(conn: Connection) -> None:
    remembered = {"said": [GP, "1"], "to": OTHER}
    assert raw(conn, "memory").count(OTHER) == 1
    assert conn.execute(select(notes.c.memory)).scalars().all() == [remembered] * 3
    assert opened_within(conn.execute(text("select memory from h5_notes where id = 2")).scalar_one()) == remembered


def test_a_change_of_another_column_leaves_the_number_as_it_lies(conn: Connection) -> None:
    before = raw(conn, "number")
    conn.execute(update(notes).where(notes.c.number == GP).values(memory={}))
    assert raw(conn, "number") == before


@pytest.mark.parametrize(
    "noise",
    [
        lambda column: column.like("%101"),
        lambda column: column.startswith("+33"),
        lambda column: column > "+33",
        lambda column: column.asc(),
        lambda column: column + "x",
    ],
)
def test_what_would_compare_noise_is_refused_where_it_is_written(noise) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TypeError, match="only found whole"):
        noise(notes.c.number)


def test_a_command_gives_the_numbers_back_as_it_found_them() -> None:
    before = sealed_numbers.ours()
    with pytest.raises(KeyError), sealed_numbers.configured([NEW], sealing=True):
        raise KeyError
    assert sealed_numbers.ours() is before


@pytest.mark.parametrize("sealing", [True, False])
def test_who_types_a_stolen_number_into_a_form_is_not_shown_it_in_clear(conn: Connection, sealing: bool) -> None:
    stolen = str(Numbers([NEW], sealing=True).seal(GP))
    with sealed_numbers.configured([NEW], sealing=sealing):
        asked = {"name": stolen, "several": [stolen, "Amélie"]}
        shown = conn.execute(text("select cast(:name as text), cast(:several as text[])"), asked).one()
    assert GP not in str(shown)
    assert shown == (stolen.replace(":", " :", 1), [stolen.replace(":", " :", 1), "Amélie"])


@pytest.mark.parametrize("sealing", [True, False])
def test_what_a_lost_key_sealed_is_written_back_as_it_lay(conn: Connection, sealing: bool) -> None:
    lost = Numbers([LOST], sealing=True).seal(GP)
    conn.execute(insert(notes).values(id=9, number=lost))
    with sealed_numbers.configured([NEW], sealing=sealing):
        read = conn.execute(select(notes.c.number).where(notes.c.id == 9)).scalar_one()
        conn.execute(update(notes).where(notes.c.id == 9).values(number=read))
        assert conn.execute(select(notes.c.id).where(notes.c.number == read)).scalars().all() == [9]
    assert conn.execute(select(notes.c.number).where(notes.c.id == 9)).scalar_one() == str(lost)
