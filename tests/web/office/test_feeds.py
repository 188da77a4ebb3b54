"""Calendars behind secret links: who hands them out, what they show, and how they end."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import icalendar
import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from scheduling import tables as t
from scheduling.planning import feeds
from scheduling.planning import tables as p
from tests.web.office.conftest import Office, post

LINK = re.compile(r'value="http://localhost(/calendar/[^"]+)"')
FORGED = "1-abcdefghijkl--" + "0" * 32


@pytest.fixture
def office(office: Office) -> Office:
    """Amélie takes the line of cardiology, and once that of pneumology."""
    with office.engine.begin() as conn:
        conn.exec_driver_sql("select 1")
        now = conn.exec_driver_sql("select real_now()").scalar_one().astimezone(UTC)
        conn.execute(insert(t.ward_seniors).values(ward_id=office.wards["pneumo"], person_id=office.seniors["Amélie"]))
    day = (now + timedelta(days=2)).date()
    office.shift("cardio", "Amélie", f"{day} 08:30", f"{day} 18:30")
    office.shift("cardio", "Bruno", f"{day} 08:30", f"{day} 18:30", rank=2)
    office.shift("pneumo", "Amélie", f"{day + timedelta(days=1)} 08:30", f"{day + timedelta(days=1)} 18:30")
    office.shift("cardio", "Amélie", f"{day - timedelta(days=120)} 08:30", f"{day - timedelta(days=120)} 18:30")
    office.shift("cardio", "Amélie", f"{day + timedelta(days=420)} 08:30", f"{day + timedelta(days=420)} 18:30")
    return office


def makes(browser: FlaskClient, office: Office, senior: str = "", slug: str = "cardio") -> str:
    """Make a link on the ward's page (its own, or a senior's), and take it from there."""
    person = {"person": str(office.seniors[senior])} if senior else {}
    assert post(browser, f"/feeds/{slug}/renew", **person).status_code == 303
    page = browser.get(f"/feeds/{slug}").text
    name = "Amélie Durand" if senior else "Cardiologie"
    field = next(part for part in page.split("<input") if f"Lien d&#39;agenda\N{NARROW NO-BREAK SPACE}: {name}" in part)
    found = LINK.search(unescape(field))
    assert found
    return found[1]


def titles(browser: FlaskClient, link: str) -> list[str]:
    """What a calendar shows that subscribes to the link."""
    reply = browser.get(link)
    assert (reply.status_code, reply.content_type) == (200, "text/calendar; charset=utf-8")
    return [str(event["SUMMARY"]) for event in icalendar.Calendar.from_ical(reply.data).events]


def test_a_ward_s_calendar_shows_names_and_no_telephone(office: Office) -> None:
    link = makes(office.browse("editor"), office)
    anybody = office.browse()
    assert titles(anybody, link) == ["Amélie Durand", "Bruno Petit · rang 2"]
    text = anybody.get(link).text
    assert "0639" not in text.replace(" ", "")
    assert "+33" not in text
    assert "Pneumologie" not in text


def test_a_senior_s_calendar_shows_his_wards_and_no_colleague(office: Office) -> None:
    link = makes(office.browse("admin"), office, "Amélie")
    assert titles(office.browse(), link) == ["Cardiologie", "Pneumologie"]
    assert "Bruno" not in office.browse().get(link).text


def test_the_link_that_an_editor_hands_out_shows_his_wards_alone(office: Office) -> None:
    """Else an editor of cardiology would read in Amélie's calendar who holds the line of pneumology."""
    link = makes(office.browse("editor"), office, "Amélie")
    assert titles(office.browse(), link) == ["Cardiologie"]
    whole = re.sub(r"(-)[0-9.]+(-[0-9a-f]{32})", r"\1\2", link)
    assert whole != link
    assert office.browse().get(whole).status_code == 404  # the list of wards is signed


def test_a_renewed_link_ends_the_old_one_at_once(office: Office) -> None:
    editor = office.browse("editor")
    old = makes(editor, office)
    new = makes(editor, office)
    assert new != old
    ended = office.browse().get(old)
    assert (ended.status_code, "renouvelé" in ended.text) == (410, True)
    assert len(titles(office.browse(), new)) == 2
    with office.engine.connect() as conn:
        told = conn.execute(select(p.audit).where(p.audit.c.what == feeds.RENEWED)).all()
    assert [(row.actor, row.subject, row.ward_id) for row in told] == [
        ("Editor", "Cardiologie", office.wards["cardio"])
    ] * 2
    assert old.split("-")[1] not in str(told)


def test_the_calendar_of_who_has_left_is_gone(office: Office) -> None:
    link = makes(office.browse("admin"), office, "Amélie")
    with office.engine.begin() as conn:
        left = update(t.people).where(t.people.c.id == office.seniors["Amélie"])
        conn.execute(left.values(left_at=datetime(2026, 11, 1, tzinfo=UTC)))
    assert office.browse().get(link).status_code == 410


def test_nothing_is_sent_that_has_not_changed(office: Office) -> None:
    link, anybody = makes(office.browse("editor"), office), office.browse()
    first = anybody.get(link)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.last_modified is not None
    kept = {"If-None-Match": first.headers["ETag"]}
    again = anybody.get(link, headers=kept)
    assert (again.status_code, again.data) == (304, b"")
    assert anybody.get(link, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 200
    with office.engine.begin() as conn:
        conn.execute(update(t.people).where(t.people.c.id == office.seniors["Bruno"]).values(name="Bruno Grand"))
    assert anybody.get(link, headers=kept).status_code == 200


def test_an_event_keeps_its_uid_when_its_shift_is_stretched(office: Office) -> None:
    link, anybody = makes(office.browse("editor"), office), office.browse()

    def uids() -> set[str]:
        return {str(event["UID"]) for event in icalendar.Calendar.from_ical(anybody.get(link).data).events}

    before = uids()
    assert len(before) == 2
    with office.engine.begin() as conn:
        conn.exec_driver_sql("update shifts set during = tstzrange(lower(during), upper(during) - interval '1 hour')")
    assert uids() == before


@pytest.mark.parametrize("token", [FORGED, "x", "1", "1-abcdefghijkl-1-", "é" * 40, "9" * 300])
def test_a_guessed_link_opens_nothing(office: Office, token: str) -> None:
    reply = office.browse().get(f"/calendar/{token}.ics")
    assert reply.status_code == 404
    assert "n'existe pas" in reply.text


def test_who_guesses_on_is_told_to_wait(office: Office) -> None:
    guesser = office.browse()
    answers = [guesser.get(f"/calendar/{FORGED}.ics").status_code for _ in range(60)]
    assert (answers[0], answers[-1]) == (404, 429)


def test_looking_at_the_page_makes_no_link(office: Office) -> None:
    editor = office.browse("editor")
    page = editor.get("/feeds/cardio")
    assert "Pas encore de lien" in page.text
    with office.engine.connect() as conn:
        assert conn.execute(select(p.feeds)).all() == []


def test_a_senior_of_another_ward_has_no_link_here(office: Office) -> None:
    gaelle = str(office.seniors["Gaëlle"])
    assert post(office.browse("editor"), "/feeds/cardio/renew", person=gaelle).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"),
    [("admin", 200), ("editor", 200), ("reader", 403), ("switchboard", 403), ("elsewhere", 404), ("", 303)],
)
def test_links_are_for_those_who_edit_the_ward(office: Office, who: str, status: int) -> None:
    browser = office.browse(who)
    assert browser.get("/feeds/cardio").status_code == status
    if who:
        assert post(browser, "/feeds/cardio/renew").status_code == (303 if status == 200 else status)


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-11-22", "2026-09-01", "2027-12-01"),
        ("2026-01-31", "2025-11-01", "2027-02-01"),
        ("2026-12-31", "2026-10-01", "2028-01-01"),
    ],
)
def test_a_calendar_shows_whole_months(now: str, start: str, end: str) -> None:
    shown = feeds.window(datetime.fromisoformat(f"{now}T12:00:00+00:00"))
    assert [str(edge.date()) for edge in shown] == [start, end]
