"""The hospital's referent hears once a month which pathways are missing: counts by ward, and no name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from structlog.testing import capture_logs

from callbacks.figures import pathways, referent_letters
from callbacks.figures.pathways import Pathway
from callbacks.figures.referent_letters import lines, month_before
from config.clock import Moment
from tests.callbacks.promised import HOUSE, Story
from tests.callbacks.rotas import paris

WRITES = replace(HOUSE, mail_address="avis@rappel24.test")
REFERENT = "referente@cochin.test"
SECOND = paris(2, 9).replace(month=12)  # of December, by day
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def story(database: Engine) -> Story:
    """Inès answers for what GPs say of the hospital."""
    story = Story(database, house=WRITES)
    row = text("insert into people (name, phone, email) values ('Inès', '+33639980077', :email) returning id")
    with database.begin() as conn:
        head = conn.execute(row, {"email": REFERENT}).scalar_one()
    story.opens_ward("referent", "Référent ville-hôpital", role="referent", head_id=head)
    story.files()
    story.now = SECOND
    return story


def said(conn: Connection) -> list[Pathway]:
    hospital = conn.execute(text("select id from hospitals")).scalar_one()
    return pathways.read(conn, hospital, *NOVEMBER)


def looks(story: Story, times: int = 1) -> list[tuple[str, str]]:
    """(recipient, text) of what is written now, however often one looks."""
    for _ in range(times):
        with story.engine.begin() as conn:
            referent_letters.tell(conn, Moment(story.now, story.now), story.house)
    return [(message.recipient, message.body) for message in story.messages() if message.purpose == "figures"]


def changes(story: Story, statement: str) -> None:
    with story.engine.begin() as conn:
        conn.execute(text(statement), {"ward": story.ward_id})


def test_a_line_that_was_reported_wrong_is_counted_under_the_ward_it_is_about(story: Story) -> None:
    changes(
        story,
        "update requests set kind = 'directory', about_id = :ward,"
        " ward_id = (select id from wards where role = 'referent')",
    )
    with story.engine.begin() as conn:
        assert said(conn) == [Pathway("Cardiologie", wrong=1, outside=0, elsewhere=0)]


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        ("HORS_CHAMP", [Pathway("Cardiologie", 0, 1, 0)]),
        ("AUTRE_LIGNE", [Pathway("Cardiologie", 0, 0, 1)]),
        ("CONSEIL", []),
        (None, []),
    ],
)
def test_how_it_ended_says_what_is_missing(story: Story, outcome: str | None, found: list[Pathway]) -> None:
    changes(story, f"update requests set outcome = {'null' if outcome is None else repr(outcome)}")
    with story.engine.begin() as conn:
        assert said(conn) == found


def test_a_request_that_both_fields_call_another_lines_counts_once(story: Story) -> None:
    changes(story, "update requests set outcome = 'AUTRE_LIGNE'")
    changes(
        story,
        "insert into assessments (request_id, side, outcome, how, at)"
        " select id, 'hospital', 'AUTRE_LIGNE', 'page', created_at from requests",
    )
    with story.engine.begin() as conn:
        assert said(conn) == [Pathway("Cardiologie", 0, 0, 1)]


def test_another_month_is_not_told(story: Story) -> None:
    changes(story, "update requests set outcome = 'HORS_CHAMP', created_at = '2026-10-31T22:59Z'")
    with story.engine.begin() as conn:
        assert said(conn) == []


def test_it_is_written_once_by_day_and_to_who_has_an_address(story: Story) -> None:
    changes(story, "update requests set outcome = 'HORS_CHAMP'")
    story.now = paris(1, 6).replace(month=12)  # before eight
    assert looks(story) == []
    story.now += timedelta(hours=3)
    [(to, body)] = looks(story, times=3)
    assert to == REFERENT
    assert "Cochin, 11/2026." in body
    assert "– Cardiologie : signalée fausse 0, hors champ moins de 5, autre ligne 0" in body
    story.now += timedelta(days=3)
    assert looks(story) == []


def test_a_month_in_which_nothing_was_said_is_told_too(story: Story) -> None:
    [(_, body)] = looks(story)
    assert "Rien n'a été signalé." in body


def test_a_hospital_of_which_something_is_broken_stops_no_other(story: Story) -> None:
    """Nobody knows the time zone of Avicenne, which comes before Cochin."""
    with story.engine.begin() as conn:
        conn.execute(_AVICENNE)
        conn.execute(_ITS_REFERENT)
    with capture_logs() as logs:
        [(to, body)] = looks(story)
    assert to == REFERENT
    assert "Cochin, 11/2026." in body
    assert [(entry["event"], entry["ward"]) for entry in logs if "failed" in entry["event"]] == [
        ("referent_letter.failed", "referent-avicenne")
    ]


_AVICENNE = text("insert into hospitals (name, timezone) values ('Avicenne', 'Europe/Nulle-Part')")
_ITS_REFERENT = text(
    "insert into wards (slug, hospital_id, name, keypad, role, head_id)"
    " select 'referent-avicenne', h.id, 'Référent', '255', 'referent', w.head_id"
    " from hospitals h, wards w where h.name = 'Avicenne' and w.slug = 'referent'"
)


def test_a_house_that_writes_no_letters_writes_none(story: Story) -> None:
    story.house = HOUSE
    assert looks(story) == []


@pytest.mark.parametrize(("count", "shown"), [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5")])
def test_a_few_answers_are_not_counted_out(count: int, shown: str) -> None:
    told = lines([Pathway("Cardiology", wrong=1, outside=count, elsewhere=0)], "en")
    assert told == f"– Cardiology: reported wrong 1, out of scope {shown}, another line 0"


@pytest.mark.parametrize(
    ("now", "zone", "first"),
    [
        (datetime(2026, 11, 30, 23, 30, tzinfo=UTC), "Europe/Paris", "2026-11-01"),
        (datetime(2026, 11, 30, 23, 30, tzinfo=UTC), "America/Cayenne", "2026-10-01"),
        (datetime(2027, 1, 1, 12, 0, tzinfo=UTC), "Indian/Reunion", "2026-12-01"),
    ],
)
def test_the_month_is_the_hospitals_own(now: datetime, zone: str, first: str) -> None:
    assert f"{month_before(now, zone).first}" == first
