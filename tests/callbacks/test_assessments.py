"""Either side says in taps what was asked, what came of it, what else would have been done."""

import pytest
from sqlalchemy import Engine, text

from callbacks import afterwards, assessments
from callbacks.assessed import How, Said, Side
from callbacks.assessments import About, By
from tests.callbacks.promised import AMELIE, Story

AMELIE_SAYS, HE_SAYS = By(Side.HOSPITAL, How.PAGE), By(Side.PRACTICE, How.POLL)


@pytest.fixture
def story(database: Engine) -> Story:
    found = Story(database)
    found.files(message=False)
    return found


def says(story: Story, by: By, **said: str) -> None:
    with story.engine.begin() as conn:
        assessments.say(conn, About(story.request_id), by, Said(**said), story.moment)


def closes(story: Story, outcome: str) -> None:
    with story.engine.begin() as conn:
        assessments.closed(conn, story.request_id, outcome, story.moment, person_id=story.ids[AMELIE])


def said(story: Story) -> dict[Side, Said]:
    with story.engine.begin() as conn:
        return dict(assessments.of(conn, About(story.request_id)))


def test_each_tap_fills_its_place_and_the_last_word_counts(story: Story) -> None:
    closes(story, "CONSEIL")
    says(story, AMELIE_SAYS, asked="AVIS_TT")
    says(story, AMELIE_SAYS, asked="AVIS_DIAG")
    says(story, HE_SAYS, otherwise="RIEN", outcome="URGENCES")
    says(story, AMELIE_SAYS, otherwise="URGENCES")
    assert said(story) == {
        Side.HOSPITAL: Said("AVIS_DIAG", "CONSEIL", "URGENCES"),
        Side.PRACTICE: Said(None, "URGENCES", "RIEN"),
    }
    with story.engine.begin() as conn:
        assert (
            conn.execute(text("select person_id from assessments where side = 'hospital'")).scalar_one()
            == story.ids[AMELIE]
        )


def test_who_could_not_be_reached_after_all_had_no_answer(story: Story) -> None:
    closes(story, "CONSEIL")
    says(story, HE_SAYS, asked="ADMISSION")
    closes(story, "NON_JOINT")  # he had not been called: it was opened again
    assert said(story) == {Side.PRACTICE: Said(asked="ADMISSION")}


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("advice", Said(outcome="AUTRE")),
        ("letter", Said("LETTRE", "AUTRE")),
        ("admission", Said("ADMISSION", "AUTRE")),
        ("feedback", None),
    ],
)
def test_what_a_kind_says_by_itself_is_asked_of_nobody(story: Story, kind: str, found: Said | None) -> None:
    with story.engine.begin() as conn:
        conn.execute(text("update requests set kind = :kind"), {"kind": kind})
    closes(story, "AUTRE")
    assert said(story).get(Side.HOSPITAL) == found


def test_of_a_call_the_gps_key_and_the_senior_stand_beside_each_other(story: Story) -> None:
    with story.engine.begin() as conn:
        conn.execute(text("update calls set result = 'answered', answered_by = :by"), {"by": story.ids[AMELIE]})
        call_id = conn.execute(text("select id from calls")).scalar_one()
        afterwards.keyed(conn, call_id, "URGENCES", story.moment)
        afterwards.tell(conn, call_id, "CONSEIL", story.moment)
        afterwards.tell(conn, call_id, "HDJ", story.moment)  # what she told first stands
        afterwards.assess(conn, call_id, Said(otherwise="SAMU"), story.moment)
        assert assessments.of(conn, About(call_id=call_id)) == {
            Side.PRACTICE: Said(outcome="URGENCES"),
            Side.HOSPITAL: Said(outcome="CONSEIL", otherwise="SAMU"),
        }
