"""What a ward's editors hear of their rota before a caller finds out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, insert, text, update

from config.clock import Moment
from scheduling import checks, store
from scheduling import tables as t
from scheduling.check_words import sentence, words
from scheduling.checks import Concern, Place, Severity
from scheduling.planning.trail import Actor, record
from scheduling.rota import Ward
from tests.scheduling.register import Register

pytestmark = pytest.mark.dates
MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)  # 08:30 in Paris
HEADER = "ward,start,end,rank,phone\n"
AMELIE, BRUNO, CHLOE = "06 39 98 00 01", "06 39 98 00 02", "06 39 98 00 03"


def found(register: Register, slug: str = "medecine", now: datetime = MONDAY) -> list[Concern]:
    """Of one ward, as one who sees them all is told; everybody's telephone is verified and the month published."""
    return [each for each in checks.concerns(register.connection, now) if each.ward.slug == slug]


def said(register: Register, slug: str = "medecine", now: datetime = MONDAY) -> list[str]:
    return [words(concern, "en") for concern in found(register, slug, now)]


def rota(register: Register, *rows: str) -> None:
    assert register.rota(HEADER + "\n".join(rows) + "\n").ok


@pytest.fixture
def hospital(hospital: Register) -> Register:
    """Nothing is left to do but what a test leaves to do."""
    hospital.connection.execute(update(t.people).values(phone_verified_at=MONDAY))
    _publish(hospital, "2026-12-01")
    return hospital


def _publish(register: Register, month: str) -> None:
    audit_id = record(register.connection, Moment(MONDAY, MONDAY), Actor(None, "import"), "month.published")
    register.connection.execute(
        text(
            "insert into rota_months (ward_id, month, published_at, audit_id, shifts)"
            " select id, :month, :at, :audit, '[]' from wards"
        ),
        {"month": month, "at": MONDAY, "audit": audit_id},
    )


def full_rota(register: Register, phone: str = AMELIE) -> None:
    """Until the end of January, in shifts of two weeks."""
    starts = [MONDAY + timedelta(weeks=week) for week in range(0, 10, 2)]
    rows = [f"medecine,{at:%Y-%m-%d} 08:30,{at + timedelta(weeks=2):%Y-%m-%d} 08:30,1,{phone}" for at in starts]
    rota(register, *rows)


def test_a_ward_with_a_full_rota_and_its_people_has_nothing_to_mend(hospital: Register) -> None:
    full_rota(hospital)
    assert said(hospital) == []


def test_each_hole_is_told_with_its_hours_and_from_the_last_shift_on_there_is_one(hospital: Register) -> None:
    rota(
        hospital,
        f"medecine,2026-11-23 08:30,2026-11-25 18:30,1,{AMELIE}",
        f"medecine,2026-11-26 08:30,2026-12-05 08:30,2,{AMELIE}",
    )
    hole, end = found(hospital)
    assert words(hole, "en") == "nobody on call from Wed 25/11 at 18:30 to Thu 26/11 at 8:30"
    assert sentence(hole) == "Personne de garde du mer. 25/11 à 18h30 au jeu. 26/11 à 8h30"
    assert words(end, "en") == "the rota ends on Sat 05/12 at 8:30: nobody on call from then on"
    assert [(each.severity, each.place) for each in (hole, end)] == [
        (Severity.NOW, Place.ROTA),
        (Severity.SOON, Place.ROTA),
    ]


def test_it_is_the_same_hole_tomorrow_and_the_same_end_of_the_rota(hospital: Register) -> None:
    rota(
        hospital,
        f"medecine,2026-11-23 08:30,2026-11-25 18:30,1,{AMELIE}",
        f"medecine,2026-11-26 08:30,2026-12-05 08:30,1,{AMELIE}",
    )
    today, tomorrow = (found(hospital, now=MONDAY + timedelta(days=day)) for day in (0, 1))
    assert [each.key for each in today] == [each.key for each in tomorrow]


def test_an_empty_rota_is_one_concern(hospital: Register) -> None:
    assert said(hospital) == ["the rota of the fortnight is empty: nobody on call"]


def test_a_closed_ward_has_no_hole(hospital: Register) -> None:
    days = [MONDAY + timedelta(days=day) for day in range(18)]
    rows = [f"cardio,{day:%Y-%m-%d} 08:30,{day:%Y-%m-%d} 18:30,1,{AMELIE}" for day in days if day.weekday() < 5]
    rota(hospital, *rows)
    assert said(hospital, "cardio") == []


@pytest.mark.parametrize(
    ("now", "since"),
    [
        (datetime(2027, 3, 27, 12, tzinfo=UTC), "Sun 28/03 at 3:30"),
        (datetime(2027, 10, 30, 12, tzinfo=UTC), "Sun 31/10 at 2:30 (winter time)"),
    ],
    ids=["an hour that does not exist", "an hour that exists twice"],
)
def test_a_hole_that_begins_in_the_night_of_the_clock_change(hospital: Register, now: datetime, since: str) -> None:
    night = now.replace(hour=1, minute=30) + timedelta(days=1)
    shift = {
        "ward_id": hospital.ward_id("medecine"),
        "person_id": hospital.connection.execute(text("select id from people where name = 'Amélie'")).scalar_one(),
        "rank": 1,
    }
    for start, end in ((now, night), (night + timedelta(hours=2), now + timedelta(days=20))):
        during = text(f"tstzrange('{start.isoformat()}', '{end.isoformat()}')")
        hospital.connection.execute(insert(t.shifts).values(**shift, during=during))
    [hole] = [each for each in found(hospital, now=now) if each.code == "hole"]
    assert words(hole, "en").startswith(f"nobody on call from {since} to ")


def test_a_ward_without_head_or_coordinator_is_told(register: Register) -> None:
    register.wards("ward,hospital,name\nmedecine,Cochin,Médecine interne\n")
    assert {"no head of ward: the ladder skips it", "no coordinator: the ladder skips it"} <= {*said(register)}


def test_who_is_on_the_rota_and_texted_stop_is_told_at_once(hospital: Register) -> None:
    full_rota(hospital)
    hospital.connection.execute(update(t.people).where(t.people.c.name == "Amélie").values(opted_out_at=MONDAY))
    assert said(hospital) == ["Amélie is on the rota and texted STOP: alerts go by voice"]
    assert found(hospital)[0].severity is Severity.NOW


def test_who_is_on_the_rota_without_a_mobile_or_a_verified_telephone_is_told(hospital: Register) -> None:
    hospital.seniors("name,phone,wards\nManon,01 99 00 00 05,medecine\n")
    full_rota(hospital, phone="01 99 00 00 05")
    assert said(hospital) == [
        "Manon is on the rota without a mobile: alerts go by voice",
        "telephone never verified: Manon, on call on Mon 23/11 at 8:30",
    ]
    assert found(hospital)[1].person == found(hospital)[0].person


def test_a_long_closing_without_cover_is_told(hospital: Register) -> None:
    hospital.wards("ward,hospital,name,opening,covered_by\ncardio,Cochin,Cardiologie,mon-fri 08:30-18:30,\n")
    [closing] = [each for each in found(hospital, "cardio") if each.code == "closing"]
    assert words(closing, "en").startswith("can be closed for 87 h without cover (from Fri 29/10 at 18:30")
    assert closing.severity is Severity.TIDY
    [soon] = [each for each in found(hospital, "cardio", datetime(2027, 10, 25, tzinfo=UTC)) if each.code == "closing"]
    assert soon.severity is Severity.SOON


def test_a_ward_that_is_being_prepared_is_no_cover(hospital: Register) -> None:
    def closing(live_from: datetime | None) -> list[str]:
        prepared = update(t.wards).where(t.wards.c.slug == "medecine").values(live_from=live_from)
        hospital.connection.execute(prepared)
        return [words(each, "en") for each in found(hospital, "cardio") if each.code == "closing"]

    assert closing(MONDAY) == []
    [never] = closing(None)
    assert never.startswith("can be closed for 87 h without cover")
    [on_sunday] = closing(MONDAY + timedelta(days=6))
    assert on_sunday.startswith("can be closed for 38 h without cover")


def test_who_is_on_call_in_two_wards_at_once_is_told_to_both(hospital: Register) -> None:
    full_rota(hospital)
    rota(hospital, f"cardio,2026-11-24 08:30,2026-11-24 18:30,1,{AMELIE}")
    [twice] = [each for each in found(hospital) if each.code == "double_booked"]
    assert words(twice, "en") == (
        "Amélie is on call in two wards (Cardiologie) from Tue 24/11 at 8:30 to Tue 24/11 at 18:30"
    )
    assert twice.severity is Severity.SOON
    assert "double_booked" in [each.code for each in found(hospital, "cardio")]


def test_a_ward_that_is_not_yours_is_not_named(hospital: Register) -> None:
    full_rota(hospital)
    rota(hospital, f"cardio,2026-11-24 08:30,2026-11-24 18:30,2,{AMELIE}")
    mine = [store.ward(hospital.connection, hospital.ward_id("medecine"))]
    [twice] = checks.concerns(hospital.connection, MONDAY, mine)
    assert words(twice) == "Amélie est aussi de garde ailleurs du mar. 24/11 à 8h30 au mar. 24/11 à 18h30"
    assert twice.severity is Severity.TIDY


@pytest.mark.parametrize(
    ("day", "severity"), [(17, None), (18, Severity.SOON), (19, Severity.SOON), (20, Severity.NOW)]
)
def test_the_next_month_is_asked_for_from_the_18th_on(hospital: Register, day: int, severity: Severity | None) -> None:
    full_rota(hospital)
    now = datetime(2026, 12, day, 8, tzinfo=UTC)
    told = [each for each in found(hospital, now=now) if each.code == "unpublished"]
    assert [each.severity for each in told] == ([severity] if severity is not None else [])
    if told:
        assert words(told[0]) == "le tableau de janvier 2027 n'est pas publié"
        _publish(hospital, "2027-01-01")
        assert said(hospital, now=now) == []


def test_the_18th_begins_in_the_hospitals_zone(hospital: Register) -> None:
    late_evening = datetime(2026, 12, 17, 21, 30, tzinfo=UTC)  # 22:30 in Paris, half past one on the 18th on Réunion
    assert "unpublished" not in [each.code for each in found(hospital, "medecine", late_evening)]
    assert "unpublished" in [each.code for each in found(hospital, "saint-pierre", late_evening)]


@pytest.mark.parametrize(("days", "told"), [(35, False), (36, True)])
def test_a_rota_that_nobody_touched_for_long_and_that_runs_out(hospital: Register, days: int, told: bool) -> None:
    rota(hospital, f"medecine,2026-11-23 08:30,2026-12-01 08:30,1,{AMELIE}")
    long_ago = Moment(MONDAY - timedelta(days=days), MONDAY)
    hospital.connection.execute(text("delete from audit where what like 'rota.%'"))
    record(hospital.connection, long_ago, Actor(None, "import"), "rota.import", ward_id=hospital.ward_id("medecine"))
    expected = [f"rota unchanged for {days} days, and it runs out"] if told else []
    assert [words(each, "en") for each in found(hospital) if each.code == "untouched"] == expected


def test_a_full_rota_may_be_left_alone(hospital: Register) -> None:
    full_rota(hospital)
    long_ago = Moment(MONDAY - timedelta(days=90), MONDAY)
    hospital.connection.execute(text("delete from audit where what like 'rota.%'"))
    record(hospital.connection, long_ago, Actor(None, "import"), "rota.import", ward_id=hospital.ward_id("medecine"))
    assert said(hospital) == []


def test_who_did_not_confirm_and_cannot_be_replaced_is_told_while_his_shift_lasts(hospital: Register) -> None:
    full_rota(hospital)
    hospital.connection.execute(
        text(
            "insert into presences (ward_id, person_id, rank, shift_start, asked_at, answer, answered_at, settled_at)"
            " select ward_id, person_id, rank, lower(during), :now, 'silence', :now, :now from shifts"
            " where lower(during) = :now"
        ),
        {"now": MONDAY},
    )
    assert said(hospital, now=MONDAY + timedelta(hours=1)) == [
        "Amélie did not confirm the shift of Mon 23/11 at 8:30, and nobody can take over"
    ]
    hospital.connection.execute(text("delete from shifts"))
    assert "unconfirmed" not in [each.code for each in found(hospital)]


def test_the_most_pressing_comes_first(hospital: Register) -> None:
    hospital.connection.execute(update(t.people).values(phone_verified_at=None))
    rota(
        hospital,
        f"medecine,2026-11-23 08:30,2026-11-24 08:30,1,{AMELIE}",
        f"medecine,2026-11-24 18:30,2026-12-05 08:30,1,{BRUNO}",
    )
    assert [each.code for each in found(hospital)] == ["hole", "runs_out", "unverified", "unverified"]


def test_many_wards_cost_no_more_questions_than_one(hospital: Register) -> None:
    asked: list[str] = []

    def note(*execution: object) -> None:
        asked.append(str(execution[2]))

    full_rota(hospital)
    every: Sequence[Ward] = store.wards(hospital.connection)
    event.listen(hospital.connection, "before_cursor_execute", note)
    checks.concerns(hospital.connection, MONDAY, every[:1])
    few = len(asked)
    checks.concerns(hospital.connection, MONDAY, [replace(ward) for ward in every])
    event.remove(hospital.connection, "before_cursor_execute", note)
    assert len(asked) - few <= few <= 8
