"""Opening hours as a secretary types them, and as she reads them back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling import opening_words
from scheduling.opening import DAYS, BadOpening, Band, Opening
from scheduling.opening_words import Hours, typed, understood


@pytest.mark.parametrize(
    ("said", "canonical"),
    [
        ("lun-ven 8h30-18h30", "mon-fri 08:30-18:30"),
        ("Lun-Ven 08:30 – 18:30", "mon-fri 08:30-18:30"),
        ("Du lundi au vendredi de 8h30 à 18h30", "mon-fri 08:30-18:30"),
        ("lundi, mercredi 9h-12h", "mon,wed 09:00-12:00"),
        ("lun et mer 9h-12h, 14h-17h30", "mon,wed 09:00-12:00; mon,wed 14:00-17:30"),
        ("lun-ven 8h30-18h30\nsam 8h30-12h30\nférié 10h-12h", "mon-fri 08:30-18:30; sat 08:30-12:30; hol 10:00-12:00"),
        ("jours fériés 10h-12h", "hol 10:00-12:00"),
        ("ven 18h30-8h30", "fri 18:30-08:30"),
        ("lun-dim 0h-24h", "mon-sun 00:00-24:00"),
        ("mon-fri 08:30-18:30; sat 08:30-12:30", "mon-fri 08:30-18:30; sat 08:30-12:30"),
        ("Monday to Friday 08:30-18:30", "mon-fri 08:30-18:30"),
        ("", ""),
    ],
)
def test_hours_are_read_as_they_are_typed(said: str, canonical: str) -> None:
    assert str(Opening.parse(typed(said))) == canonical


@pytest.mark.parametrize(
    ("said", "code", "part"),
    [
        ("lun-ven", "band", "mon-fri"),
        ("lunedi 8h-9h", "day", "lunedi"),
        ("lun-férié 8h-9h", "holiday", ""),
        ("lun 8h-25h", "time", "08:00-25:00"),
        ("lun 8h-8h", "empty", "08:00-08:00"),
        ("lun 8-9", "hours", "8-9"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(said: str, code: str, part: str) -> None:
    with pytest.raises(BadOpening) as refusal:
        Opening.parse(typed(said))
    assert (refusal.value.code, refusal.value.part) == (code, part)


_MINUTES = st.integers(0, 24 * 60 - 1)
_BANDS = st.builds(
    lambda days, start, length: Band(tuple(sorted(days)), start, start + length),
    st.sets(st.integers(0, len(DAYS) - 1), min_size=1),
    _MINUTES,
    st.integers(1, 24 * 60 - 1),
)


@given(st.lists(_BANDS, max_size=4), st.sampled_from(["fr", "en"]))
def test_what_the_form_shows_is_read_back_as_it_was(bands: list[Band], language: str) -> None:
    canonical = str(Opening(tuple(sorted(set(bands)))))
    shown = opening_words.shown(canonical, language)
    assert str(Opening.parse(typed(shown))) == str(Opening.parse(canonical))


def test_a_night_is_understood_as_ending_on_the_next_day() -> None:
    opening = Opening.parse("mon-fri,sun,hol 18:30-08:30")
    assert understood(opening) == [Hours(((0, 4), (6, 6), (7, 7)), "18:30", "08:30", overnight=True)]
