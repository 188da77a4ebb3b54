"""Et si ? Whoever edits a rota is told what a change would do for callers, before it is saved."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from re import sub

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from callbacks.tables import attempts, calls
from config.cli import main
from scheduling.planning.tables import audit
from scheduling.tables import shifts
from tests.config.test_admin import HOUSE
from tests.web.office.conftest import PARIS, Office, post
from tests.web.office.test_patterns import preview

NOW = datetime(2026, 11, 23, 7, tzinfo=PARIS)  # a Monday


@dataclass
class Past:
    """What happened in cardio in the four weeks before now: Amélie was on call by day, and rung."""

    office: Office
    _count: int = 0

    def call(
        self, days_ago: int, senior: str | None = "Amélie", *, taken: bool = False, caller: str | None = None
    ) -> None:
        """Somebody called at ten so many days ago; the senior who was rung took it, or nobody did."""
        self._count += 1
        at = (NOW - timedelta(days=days_ago)).replace(hour=10)
        result = "answered" if taken else "request"
        row = {"sid": f"CA{self._count}", "step": "end", "started_at": at, "caller": caller, "result": result}
        key = self.office.add(calls, ward_id=self.office.wards["cardio"], ended_at=at + timedelta(minutes=3), **row)
        if senior is None:
            return
        person, seconds = self.office.seniors[senior], timedelta(seconds=9 if taken else 15)
        told = {"accepted_real": at + seconds, "outcome": "taken"} if taken else {"outcome": "no-answer"}
        self.office.add(
            attempts,
            call_id=key,
            seq=1,
            person_id=person,
            phone="+33639980101",
            rank=1,
            rung_at=at,
            rung_real=at,
            ended_real=at + seconds,
            **told,
        )


@pytest.fixture
def past(office: Office) -> Past:
    """It is Monday the 23rd; Amélie answered two calls of ten, Bruno eight of ten that were put to him."""
    with office.engine.begin() as conn:
        conn.exec_driver_sql(f"update clock set anchor = '{NOW.isoformat()}', anchor_real = real_now()")
    office.shift("cardio", "Amélie", "2026-10-26 08:30", "2026-12-21 18:30")
    found = Past(office)
    for number in range(10):
        found.call(3 + 7 * (number % 3) + number // 5, "Amélie", taken=number < 2)
        found.call(40 + number, "Bruno", taken=number < 8)
    return found


def text_of(html: str) -> str:
    return " ".join(unescape(sub(r"<[^>]+>", " ", html)).split())


def standing(office: Office) -> tuple[int, int]:
    """Shifts and lines of the trail."""
    with office.engine.connect() as conn:
        counted = (conn.execute(select(func.count()).select_from(table)).scalar_one() for table in (shifts, audit))
        first, second = counted
        return first, second


def assigns(office: Office, **more: str) -> str:
    """An editor puts Bruno behind Amélie for three weeks, or asks what that would do."""
    hours = {"rank": "2", "start": "2026-11-23T08:30", "end": "2026-12-14T18:30"}
    form = hours | {"person": str(office.seniors["Bruno"])} | more
    reply = post(office.browse("editor"), "/rota/ward/cardio/assign", **form)
    assert reply.status_code in (200, 303)
    return text_of(reply.text)


def test_an_editor_hears_what_bruno_behind_amelie_would_bring_and_nothing_is_saved(past: Past) -> None:
    before = standing(past.office)
    page = assigns(past.office, do="try")
    assert "10 appels des quatre dernières semaines tombent sur ces heures" in page
    found = sub(r".*Répondus : (\d+) % au lieu de (\d+) %.*", r"\1 \2", page).split()
    assert int(found[0]) > int(found[1]) + 10
    assert "10 appels seulement : le hasard pèse plus que le tableau" in page
    assert "Rien n'est enregistré." in page
    assert standing(past.office) == before
    assigns(past.office)
    assert standing(past.office) == (before[0] + 1, before[1] + 1)


def test_a_change_that_is_refused_is_refused_as_ever(past: Past) -> None:
    page = post(
        past.office.browse("editor"),
        "/rota/ward/cardio/assign",
        do="try",
        rank="1",
        person=str(past.office.seniors["Bruno"]),
        start="2026-11-23T08:30",
        end="2026-11-23T18:30",
    )
    assert page.status_code == 422
    assert "Amélie Durand" in text_of(page.text)
    assert standing(past.office)[0] == 1


def test_hours_in_which_nobody_called_show_nothing(past: Past) -> None:
    page = assigns(past.office, do="try", start="2026-11-25T19:00", end="2026-11-25T23:00")
    assert "Aucun appel des quatre dernières semaines ne tombe sur ces heures" in page


def test_the_page_sets_what_is_expected_beside_what_was(past: Past) -> None:
    page = text_of(past.office.browse("editor").get("/rota/ward/cardio/whatif").text)
    assert "Ces quatre semaines, en vrai 20 % 10 appels" in page
    assert "Les mêmes, rejouées" in page
    assert "À venir" not in page
    asked = text_of(past.office.browse("editor").get("/rota/ward/cardio/whatif?ring=25").text)
    assert "À venir, en sonnant 25 secondes" in asked
    assert "Personne n'a encore sonné plus de 15 secondes" in asked


def test_a_second_line_is_the_rota_of_another_ward(past: Past) -> None:
    past.office.shift("pneumo", "Élise", "2026-11-01 00:00", "2026-12-31 00:00")
    page = text_of(past.office.browse("admin").get("/rota/ward/cardio/whatif?second=pneumo").text)
    assert "À venir, puis Pneumologie si personne ne répond" in page
    assert "comptés comme leur équipe : Élise Moreau" in page
    # One whose rota he may not see is none for him.
    assert past.office.browse("editor").get("/rota/ward/cardio/whatif?second=pneumo").status_code == 404


def test_a_second_call_within_ten_minutes_is_the_same_call(past: Past) -> None:
    past.call(5, None, caller="+33639980011")
    with past.office.engine.begin() as conn:
        twice = "insert into calls (sid, step, started_at, caller, ward_id, result, ended_at) select 'CAtwice', step,"
        same = (
            "started_at + interval '9 minutes', caller, ward_id, result, ended_at from calls where caller is not null"
        )
        conn.exec_driver_sql(f"{twice} {same}")
    page = text_of(past.office.browse("editor").get("/rota/ward/cardio/whatif").text)
    assert "en vrai 18 % 11 appels" in page


def test_a_ward_that_nobody_called_has_nothing_to_replay(past: Past) -> None:
    page = text_of(past.office.browse("admin").get("/rota/ward/pneumo/whatif").text)
    assert "il n'y a rien à rejouer" in page


def test_the_command_replays_a_file_and_saves_nothing(
    past: Past, database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = standing(past.office)
    own = HOUSE | {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "RAPPEL24_HOME": str(tmp_path)}
    file = tmp_path / "rota.csv"
    file.write_text("ward,start,end,rank,phone\ncardio,2026-11-23 08:30,2026-12-14 18:30,1,06 39 98 01 02\n")
    edges = ("--replace", "2026-11-23 08:30", "2026-12-14 18:30")
    done = CliRunner().invoke(main, ["whatif", "cardio", "--rota", str(file), *edges], env=own)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("10 calls in 28 days, 2 answered (20%)\n10 replayed;")
    assert "by the file: " in done.stdout
    assert standing(past.office) == before
    assert CliRunner().invoke(main, ["whatif", "nowhere"], env=own).exit_code == 1


def test_a_month_filled_by_a_pattern_says_so_before_it_is_written(past: Past) -> None:
    """January holds nobody yet, and would hold all four: every call of the four weeks would find somebody."""
    post(past.office.browse("editor"), "/patterns/cardio/templates/offered", ranks="1")
    page = preview(past.office.browse("editor"), past.office)
    assert "62 créneaux à inscrire" in page
    assert "10 appels des quatre dernières semaines tombent sur ces heures" in text_of(page)
    assert "au lieu de 0 %" in " ".join(text_of(page).split())
    assert standing(past.office)[0] == 1
