"""Only we can write a link's token, and a wrong one is known without asking."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select

from callbacks.links import Link, resolve, revoke, sign, token_for, unsign, url
from callbacks.requests import Filing, file
from callbacks.tables import links
from config import clock
from scheduling.tables import hospitals, people, wards

SECRET = b"a secret of thirty-two characters"
NOON = datetime(2027, 3, 28, 12, tzinfo=UTC)


@given(st.integers(min_value=1, max_value=36**10 - 1))
def test_what_we_sign_we_know_again(link_id: int) -> None:
    token = sign(link_id, SECRET)
    assert unsign(token, SECRET) == link_id
    assert token.isascii()
    assert token.isalnum()


@given(st.text())
def test_what_others_write_is_nothing(token: str) -> None:
    assert unsign(token, SECRET) is None


@given(st.integers(min_value=1, max_value=10**6), st.data())
def test_one_other_letter_and_it_is_nothing(link_id: int, data: st.DataObject) -> None:
    token = sign(link_id, SECRET)
    place = data.draw(st.integers(min_value=0, max_value=len(token) - 1))
    letter = data.draw(st.sampled_from("0123456789abcdefghijklmnopqrstuvwxyzABC-").filter(lambda c: c != token[place]))
    assert unsign(token[:place] + letter + token[place + 1 :], SECRET) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "0" + token,
        lambda token: token.upper(),
        lambda token: token + " ",
        lambda token: token[1:],
        lambda token: "1" * 5000 + token,
        lambda token: "",
    ],
    ids=["leading zero", "capitals", "space", "shorter", "very long", "empty"],
)
def test_a_token_is_written_in_one_way_only(spoil: object) -> None:
    assert callable(spoil)
    assert unsign(spoil(sign(12_345, SECRET)), SECRET) is None


def test_another_house_signs_otherwise() -> None:
    assert unsign(sign(7, b"x" * 32), SECRET) is None


def test_a_link_is_short_enough_for_an_sms() -> None:
    assert len(url("https://r24.example", sign(999_999, SECRET))) <= 40


@pytest.mark.dates
@pytest.mark.parametrize(
    ("closed_at", "now", "worn_out"),
    [
        (None, NOON + timedelta(days=400), False),
        (NOON, NOON + timedelta(days=7), False),
        (NOON, NOON + timedelta(days=7, seconds=1), True),
    ],
    ids=["never closed", "within the week", "after it"],
)
def test_a_link_lasts_as_long_as_its_request_and_a_week(
    closed_at: datetime | None, now: datetime, worn_out: bool
) -> None:
    assert Link(1, 2, 3, closed_at).worn_out(now) is worn_out


# Revoked ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def request_id(database: Engine) -> int:
    """A request of Dr Roux, and Amélie (person 1), who may be alerted."""
    with database.begin() as conn:
        for table, values in (
            (hospitals, {"name": "Cochin"}),
            (wards, {"slug": "cardio", "hospital_id": 1, "name": "Cardiologie", "keypad": "227"}),
            (people, {"name": "Amélie Durand", "phone": "+33639980001"}),
            (people, {"name": "Bruno Petit", "phone": "+33639980002"}),
        ):
            conn.execute(insert(table).values(values))
        moment = clock.read(conn)
        return file(conn, Filing(1, "voice", "+33639980011", None, None, moment.now, moment)).id


def test_a_person_has_one_link_to_a_request_until_it_is_revoked(database: Engine, request_id: int) -> None:
    with database.begin() as conn:
        first = token_for(conn, request_id, 1, NOON, SECRET)
        assert token_for(conn, request_id, 1, NOON + timedelta(hours=1), SECRET) == first
        bruno = token_for(conn, request_id, 2, NOON, SECRET)
        assert revoke(conn, request_id, 1)
        assert not revoke(conn, request_id, 1)
        assert resolve(conn, first, SECRET) is None
        [revoked] = conn.execute(select(links).where(links.c.revoked_at.is_not(None))).all()
        assert (revoked.request_id, revoked.person_id) == (request_id, 1)
        second = token_for(conn, request_id, 1, NOON, SECRET)
        assert second not in (first, bruno)
        assert token_for(conn, request_id, 1, NOON, SECRET) == second
        assert resolve(conn, first, SECRET) is None
        found, other = resolve(conn, second, SECRET), resolve(conn, bruno, SECRET)
        assert found is not None
        assert other is not None
        assert (found.person_id, other.person_id) == (1, 2)


def test_there_is_nothing_to_revoke_for_who_was_never_alerted(database: Engine, request_id: int) -> None:
    with database.begin() as conn:
        assert not revoke(conn, request_id, 1)
