"""Only we can write a link's token, and a wrong one is known without asking."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks.links import Link, sign, unsign, url

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
