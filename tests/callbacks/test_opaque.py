"""The token of a row: ours to the letter, or nobody's."""

from uuid import UUID

import pytest

from callbacks import opaque

ROW, LABEL, SECRET = UUID(int=0x24_0000_2400), b"poll", b"a secret of the tests, long enough"
OURS = opaque.sign(ROW, LABEL, SECRET)


def test_what_we_wrote_is_known() -> None:
    assert opaque.unsign(OURS, LABEL, SECRET) == ROW
    assert len(OURS) == 30


@pytest.mark.parametrize(
    "token",
    [
        OURS + " ???",
        " " + OURS,
        OURS + "\n",
        OURS[:9] + "!" + OURS[9:],
        OURS + "==",
        OURS + "A",
        OURS[:-1],
        "",
        "é" * 30,
    ],
)
def test_what_is_almost_ours_is_not(token: str) -> None:
    """A decoder that passes over what it does not know would have made one address many."""
    assert opaque.unsign(token, LABEL, SECRET) is None


def test_another_tables_is_not_ours() -> None:
    assert opaque.unsign(OURS, b"call", SECRET) is None
    assert opaque.unsign(OURS, LABEL, b"another secret") is None
