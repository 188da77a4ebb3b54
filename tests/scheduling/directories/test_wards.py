"""The directory of wards: forms that are refused with every reason, two editors of one ward, what one should know."""

from dataclasses import replace

import pytest

from scheduling import store
from scheduling.directories import hospitals, wards
from scheduling.directories.forms import Refused, Saved, Stale, fingerprint
from scheduling.directories.wards import Entry
from tests.scheduling.directories.conftest import Secretary, codes, form


def filled(sophie: Secretary, **other: object) -> dict[str, object]:
    hospital = next(one.id for one in store.hospitals(sophie.conn) if one.name == "Cochin")
    return {"hospital_id": hospital, "name": "Neurologie", "opening": "lun-ven 8h-18h", **other}


def read(sophie: Secretary, **other: object) -> Entry | Refused:
    return wards.read_form(sophie.conn, form(**filled(sophie, **other)), None)


def entry(sophie: Secretary, slug: str) -> Entry:
    return wards.entry(sophie.conn, sophie.ward(slug))


def save(sophie: Secretary, slug: str, seen: Entry, **changes: object) -> object:
    draft = replace(seen, **changes)  # type: ignore[arg-type]
    return wards.save(sophie.conn, sophie.moment, sophie.by, sophie.ward(slug), draft, fingerprint(seen))


def test_a_new_ward_has_a_code_and_a_short_name_of_its_own(sophie: Secretary) -> None:
    draft = read(sophie)
    assert isinstance(draft, Entry)
    assert (draft.keypad, draft.slug, draft.opening) == ("638", "cochin-neurologie", "mon-fri 08:00-18:00")
    saved = wards.save(sophie.conn, sophie.moment, sophie.by, None, draft)
    assert isinstance(saved, Saved)
    assert wards.entry(sophie.conn, saved.id) == draft
    assert sophie.lines("ward") == [("ward.created", "Neurologie")]


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"name": ""}, ("name", "empty")),
        ({"name": "N" * 81}, ("name", "too_long")),
        ({"hospital_id": "999"}, ("hospital_id", "unknown_choice")),
        ({"hospital_id": ""}, ("hospital_id", "empty")),
        ({"slug": "a b"}, ("slug", "slug")),
        ({"slug": "cardio"}, ("slug", "slug_taken")),
        ({"slug": "new"}, ("slug", "slug_taken")),
        ({"keypad": "12"}, ("keypad", "keypad")),
        ({"keypad": "2222222"}, ("keypad", "keypad")),
        ({"name": "17"}, ("keypad", "no_code")),
        ({"opening": "lundi"}, ("opening", "opening_band")),
        ({"opening": "lunedi 8h-9h"}, ("opening", "opening_day")),
        ({"covered_by_id": "999"}, ("covered_by_id", "unknown_choice")),
        ({"head_id": "999"}, ("head_id", "unknown_choice")),
        ({"switchboard": "0899 00 00 00"}, ("switchboard", "number_premium")),
        ({"switchboard": "0690 00 00 00"}, ("switchboard", "number_elsewhere")),
        ({"switchboard": "15"}, ("switchboard", "number_short")),
    ],
)
def test_what_is_wrong_is_said_of_its_field(
    sophie: Secretary, typed: dict[str, object], fault: tuple[str, str]
) -> None:
    assert fault in codes(read(sophie, **typed))


def test_all_that_is_wrong_is_said_at_once(sophie: Secretary) -> None:
    found = codes(read(sophie, name="", keypad="1", opening="x", switchboard="0899000000"))
    assert {name for name, _ in found} == {"name", "keypad", "opening", "switchboard"}


def test_a_ward_of_reunion_reads_numbers_as_they_are_written_there(sophie: Secretary) -> None:
    reunion = next(one.id for one in store.hospitals(sophie.conn) if one.timezone == "Indian/Reunion")
    draft = read(sophie, hospital_id=reunion, switchboard="0262 00 00 01")
    assert isinstance(draft, Entry)
    assert draft.switchboard == "+262262000001"


def test_who_saves_second_is_told_who_was_first_and_overwrites_nothing(sophie: Secretary) -> None:
    seen = entry(sophie, "cardio")
    assert save(sophie, "cardio", seen, name="Cardio A") == Saved(sophie.ward("cardio"), changed=True)
    second = save(sophie, "cardio", seen, name="Cardio B")
    assert isinstance(second, Stale)
    assert second.change is not None
    assert second.change.by == sophie.by
    assert entry(sophie, "cardio").name == "Cardio A"


@pytest.mark.parametrize(
    "field", ["name", "opening", "keywords", "covered_by_id", "head_id", "switchboard", "asks_presence", "keypad"]
)
def test_whatever_somebody_else_changed_is_noticed(sophie: Secretary, field: str) -> None:
    other = {
        "name": "Autre",
        "opening": "mon 08:00-09:00",
        "keywords": ("mot",),
        "covered_by_id": None,
        "head_id": None,
        "switchboard": None,
        "asks_presence": True,
        "keypad": "777",
    }
    seen = entry(sophie, "cardio")
    assert isinstance(save(sophie, "cardio", seen, **{field: other[field]}), Saved)
    assert isinstance(save(sophie, "cardio", seen, announces_shift=False), Stale)


def test_the_trail_says_what_was_and_what_is(sophie: Secretary) -> None:
    save(sophie, "cardio", entry(sophie, "cardio"), opening="", head_id=None, asks_presence=True)
    assert sophie.last().detail == {
        "before": {"opening": "mon-fri 08:30-18:30", "head": "Dr Roux", "asks_presence": False},
        "after": {"opening": "", "head": "", "asks_presence": True},
    }


def test_saving_what_is_there_already_leaves_no_line(sophie: Secretary) -> None:
    assert save(sophie, "cardio", entry(sophie, "cardio")) == Saved(sophie.ward("cardio"), changed=False)
    assert sophie.lines() == []


def test_an_editor_changes_hours_and_words_and_nothing_that_touches_other_wards(sophie: Secretary) -> None:
    before = entry(sophie, "cardio")
    typed = form(
        name="Autre", keypad="999", opening="lun 8h-9h", keywords="cœur; cardio", asks_presence="1", head_id=""
    )
    draft = wards.read_form(sophie.conn, typed, before, wards.EDITORS)
    expected = {"opening": "mon 08:00-09:00", "keywords": ("cœur", "cardio"), "asks_presence": True}
    assert draft == replace(before, **expected, announces_shift=False)  # type: ignore[arg-type]


def test_a_ward_does_not_cover_itself(sophie: Secretary) -> None:
    seen = entry(sophie, "cardio")
    assert codes(save(sophie, "cardio", seen, covered_by_id=sophie.ward("cardio"))) == [
        ("covered_by_id", "covers_itself")
    ]


def notices(sophie: Secretary, slug: str) -> list[str]:
    ward = store.ward(sophie.conn, sophie.ward(slug))
    return [notice.code for notice in wards.notices(sophie.conn, ward, sophie.moment.now)]


def test_wards_that_cover_each_other_in_a_circle_are_told(sophie: Secretary) -> None:
    assert notices(sophie, "cardio") == []
    save(sophie, "medecine", entry(sophie, "medecine"), covered_by_id=sophie.ward("cardio"))
    assert notices(sophie, "cardio") == ["cover_cycle"]
    assert "cover_cycle" in notices(sophie, "medecine")


def test_a_ward_closed_for_long_without_cover_is_told_with_its_hours(sophie: Secretary) -> None:
    save(sophie, "cardio", entry(sophie, "cardio"), covered_by_id=None)
    ward = store.ward(sophie.conn, sophie.ward("cardio"))
    (notice,) = wards.notices(sophie.conn, ward, sophie.moment.now)
    assert (notice.code, notice.values["hours"]) == ("long_closing", 87)  # the week-end of 1 November 2027, a Monday


def test_who_is_missing_is_told(sophie: Secretary) -> None:
    save(sophie, "medecine", entry(sophie, "medecine"), head_id=None, coordinator_id=None, switchboard=None)
    assert notices(sophie, "medecine") == ["no_head", "no_coordinator", "no_switchboard"]


def test_a_code_that_another_hospital_has_too_is_shown_and_allowed(sophie: Secretary) -> None:
    (other,) = wards.clashes(sophie.conn, "227", sophie.ward("cardio"))
    assert (other.hospital, other.name) == ("Réunion Sud", "Cardiologie")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("cardio", ["cardio", "saint-pierre"]),
        ("CARDIÔ cochin", ["cardio"]),
        ("medecine", ["medecine"]),
        ("roux", ["cardio", "medecine"]),
        ("227 reunion", ["saint-pierre"]),
        ("radio", []),
        ("", ["cardio", "medecine", "saint-pierre"]),
    ],
)
def test_a_ward_is_found_by_any_word_that_is_said_of_it(sophie: Secretary, asked: str, found: list[str]) -> None:
    lines = wards.listed(sophie.conn, store.wards(sophie.conn), asked)
    assert sorted(line.ward.slug for line in lines) == found


def test_the_list_says_how_many_seniors_and_when_it_was_checked(sophie: Secretary) -> None:
    cardio = store.ward(sophie.conn, sophie.ward("cardio"))
    assert wards.listed(sophie.conn, [cardio])[0].checked_at is None
    wards.check(sophie.conn, sophie.moment, sophie.by, cardio)
    (line,) = wards.listed(sophie.conn, [cardio])
    assert (line.seniors, line.checked_at) == (2, sophie.moment.now)
    assert sophie.lines() == [("ward.checked", "Cardiologie")]


def test_a_hospital_is_made_and_renamed_once_by_one(sophie: Secretary) -> None:
    said = hospitals.read_form(sophie.conn, form(name="Bichat", timezone="Europe/Paris"), None)
    assert isinstance(said, hospitals.Entry)
    saved = hospitals.save(sophie.conn, sophie.moment, sophie.by, None, said)
    assert isinstance(saved, Saved)
    renamed = replace(said, name="Bichat – Claude-Bernard")
    args = (sophie.conn, sophie.moment, sophie.by, saved.id)
    assert hospitals.save(*args, renamed, fingerprint(said)) == Saved(saved.id, changed=True)
    assert isinstance(hospitals.save(*args, said, fingerprint(said)), Stale)
    assert sophie.lines() == [("hospital.created", "Bichat"), ("hospital.changed", "Bichat – Claude-Bernard")]


@pytest.mark.parametrize(("typed", "kept"), [({}, "ask"), ({"unknown_senders": "refuse"}, "refuse")])
def test_a_hospital_says_what_becomes_of_unknown_gps_who_write(
    sophie: Secretary, typed: dict[str, object], kept: str
) -> None:
    said = hospitals.read_form(sophie.conn, form(name="Bichat", timezone="Europe/Paris", **typed), None)
    assert isinstance(said, hospitals.Entry)
    saved = hospitals.save(sophie.conn, sophie.moment, sophie.by, None, said)
    assert isinstance(saved, Saved)
    assert hospitals.entry(sophie.conn, saved.id) == replace(said, unknown_senders=kept)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"name": "Cochin", "timezone": "Europe/Paris"}, ("name", "hospital_taken")),
        ({"name": "", "timezone": "Europe/Paris"}, ("name", "empty")),
        ({"name": "Bichat", "timezone": "Mars/Olympus"}, ("timezone", "unknown_choice")),
        (
            {"name": "Bichat", "timezone": "Europe/Paris", "unknown_senders": "ignore"},
            ("unknown_senders", "unknown_choice"),
        ),
    ],
)
def test_a_hospital_that_cannot_be_is_refused(
    sophie: Secretary, typed: dict[str, object], fault: tuple[str, str]
) -> None:
    assert codes(hospitals.read_form(sophie.conn, form(**typed), None)) == [fault]


def test_a_ward_nobody_has_ever_seen_has_no_entry(sophie: Secretary) -> None:
    with pytest.raises(store.NoSuchWard):
        wards.entry(sophie.conn, 999)
