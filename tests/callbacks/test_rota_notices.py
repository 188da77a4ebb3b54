"""A ward's editors hear by SMS what is new to mend: by day, once a day, until it is mended."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from callbacks import rota_notices
from config.texts import gsm7
from tests.callbacks.promised import AMELIE, Story
from tests.callbacks.rotas import paris

FANNY, GILLES, HELENE = (f"+3363998007{n}" for n in range(3))
MORNING = paris(23, 9)


@pytest.fixture
def story(database: Engine) -> Story:
    """Amélie is on call until Thursday; Fanny looks after the rota, Gilles administers the house."""
    story = Story(database, now=MORNING)
    story.empties_the_rota()
    story.puts_on_call(AMELIE, start=paris(23, 8, 30), end=paris(26, 8, 30))
    with database.begin() as conn:
        conn.execute(text("update people set phone_verified_at = :now"), {"now": story.now})
        conn.execute(
            text(
                "with line as (insert into audit (at, actor, what) values (:now, 'Fanny', 'rota.published')"
                " returning id)"
                " insert into rota_months (ward_id, month, published_at, audit_id, shifts)"
                " select w.id, month::date, :now, line.id, '[]' from wards w, line,"
                " generate_series('2026-12-01'::timestamp, '2027-06-01', '1 month') as month"
            ),
            {"now": story.now},
        )
    account(story, "Fanny", "editor", FANNY)
    account(story, "Gilles", "admin", GILLES, ward=False)
    return story


def account(story: Story, name: str, role: str, phone: str | None, *, ward: bool = True, language: str = "fr") -> None:
    values = {"name": name, "email": f"{name.lower()}@cochin.test", "role": role, "phone": phone, "language": language}
    with story.engine.begin() as conn:
        row = text(
            "insert into accounts (email, name, role, phone, language)"
            " values (:email, :name, :role, :phone, :language) returning id"
        )
        account_id = conn.execute(row, values).scalar_one()
        if ward:
            belongs = text("insert into account_wards values (:account, :ward)")
            conn.execute(belongs, {"account": account_id, "ward": story.ward_id})


def looks(story: Story, times: int = 1) -> list[tuple[str, str]]:
    """(recipient, text) of what is written now, however often one looks."""
    for _ in range(times):
        with story.engine.begin() as conn:
            rota_notices.tell(conn, story.moment, story.house)
    return [(message.recipient, message.body) for message in story.messages()]


def test_the_editor_of_the_ward_is_told_in_one_segment_with_the_page_to_mend_it_on(story: Story) -> None:
    [(to, body)] = looks(story, times=3)
    assert to == FANNY
    assert body == (
        "Rappel24 : planning Cardiologie, à régler (1) : Le planning finit le jeu. 26/11 à 8h30 :"
        " personne de garde ensuite. https://r24.example/checks"
    )
    assert gsm7.segments(body) == 1


def test_what_was_told_is_not_told_again_the_next_day(story: Story) -> None:
    looks(story)
    story.now += timedelta(days=1)
    assert looks(story) == []


def test_something_new_waits_for_the_next_day_and_is_told_then(story: Story) -> None:
    looks(story)
    story.knows_stop_of(AMELIE)
    assert looks(story) == []
    story.now += timedelta(days=1)
    [(_, body)] = looks(story)
    assert "à régler (2) : Amélie est de garde et a répondu STOP" in body
    assert gsm7.segments(body) == 1


def test_what_was_mended_and_comes_back_is_news(story: Story) -> None:
    looks(story)
    story.puts_on_call(AMELIE, start=paris(26, 8, 30), end=paris(26, 8, 30) + timedelta(days=60))
    story.now += timedelta(days=1)
    assert looks(story) == []
    with story.engine.begin() as conn:
        conn.execute(text("delete from shifts where lower(during) > :now"), {"now": story.now})
    assert len(looks(story)) == 1


@pytest.mark.parametrize(("hour", "told"), [(7, 0), (8, 1), (19, 1), (20, 0), (23, 0)])
def test_nobody_is_told_in_the_quiet_hours(story: Story, hour: int, told: int) -> None:
    story.now = paris(24, hour)
    assert len(looks(story)) == told


def test_the_day_is_the_hospitals(story: Story) -> None:
    with story.engine.begin() as conn:
        conn.execute(text("update hospitals set timezone = 'Indian/Reunion'"))
    story.now = paris(23, 18)  # nine in the evening on Réunion
    assert looks(story) == []
    story.now = paris(24, 6)  # nine in the morning there
    assert len(looks(story)) == 1


def test_the_administrators_are_told_when_no_editor_can_be(story: Story) -> None:
    with story.engine.begin() as conn:
        conn.execute(text("update accounts set phone = '+33199000055' where name = 'Fanny'"))  # a landline
    assert [to for to, _ in looks(story)] == [GILLES]


@pytest.mark.parametrize("change", ["disabled_at = now()", "role = 'reader'", "phone = null"])
def test_who_may_not_mend_it_is_not_told(story: Story, change: str) -> None:
    account(story, "Hélène", "editor", HELENE)
    with story.engine.begin() as conn:
        conn.execute(text(f"update accounts set {change} where name = 'Fanny'"))
    assert [to for to, _ in looks(story)] == [HELENE]


def test_nobody_to_tell_and_it_stays_news(story: Story) -> None:
    with story.engine.begin() as conn:
        conn.execute(text("update accounts set phone = null"))
    assert looks(story) == []
    account(story, "Hélène", "editor", HELENE)
    assert [to for to, _ in looks(story)] == [HELENE]


def test_each_is_told_in_his_language(story: Story) -> None:
    account(story, "Hélène", "editor", HELENE, language="en")
    bodies = dict(looks(story))
    assert bodies[HELENE].startswith("Rappel24: Cardiologie rota, to mend (1): The rota ends on Thu 26/11 at 8:30")


def test_a_ward_that_is_not_his_is_not_named_to_an_editor(story: Story) -> None:
    elsewhere = story.opens_ward("pneumo", "Pneumologie", head_id=1, coordinator_id=1)
    story.puts_on_call(AMELIE, start=paris(23, 8, 30), end=paris(23, 18, 30), ward_id=elsewhere)
    story.puts_on_call(AMELIE, start=paris(26, 8, 30), end=paris(26, 8, 30) + timedelta(days=60))
    bodies = dict(looks(story))
    assert "Amélie est aussi de garde ailleurs" in bodies[FANNY]
    assert "Pneumologie" not in bodies[FANNY]


def test_a_long_name_of_a_ward_gives_way_before_the_page_does(story: Story) -> None:
    story.changes_ward(name="Anesthésie-réanimation et médecine périopératoire pédiatrique")
    [(_, body)] = looks(story)
    assert gsm7.segments(body) == 1
    assert body.endswith("https://r24.example/checks")


def test_several_ticks_at_once_write_one_message(story: Story) -> None:
    def look(_: int) -> int:
        with story.engine.begin() as conn:
            return rota_notices.tell(conn, story.moment, replace(story.house))

    with ThreadPoolExecutor(4) as ticks:
        assert sum(ticks.map(look, range(8))) == 1


def test_an_editor_without_a_mobile_is_written_to_where_the_house_has_an_address(story: Story) -> None:
    with story.engine.begin() as conn:
        conn.execute(text("update accounts set phone = '+33199000055' where name = 'Fanny'"))  # a landline
    story.house = replace(story.house, mail_address="avis@rappel24.test")
    with story.engine.begin() as conn:
        rota_notices.tell(conn, story.moment, story.house)
    (message,) = story.messages()
    assert (message.channel, message.recipient) == ("email", "fanny@cochin.test")
    assert message.detail["subject"] == "Rappel24 – planning Cardiologie : à régler (1)"
    assert "Le planning finit le jeu. 26/11 à 8h30" in message.body
    assert "https://r24.example/checks" in message.body


def test_an_editor_with_a_mobile_is_still_texted(story: Story) -> None:
    story.house = replace(story.house, mail_address="avis@rappel24.test")
    assert [to for to, _ in looks(story)] == [FANNY]
