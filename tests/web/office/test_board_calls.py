"""Calls of a ward: what came of them, and why who was rung was rung, in that order; never whose number called."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text, update

from callbacks import call_board, paging
from scheduling.tables import people, wards
from tests.web.office.conftest import Office
from tests.web.office.waiting import DR_ROUX, Waiting, read, sentences


@pytest.fixture
def waiting(office: Office) -> Waiting:
    return Waiting(office)


def results(waiting: Waiting, query: str = "", who: str = "editor") -> list[str]:
    """What came of the calls listed, from the first."""
    page = read(waiting.office.browse(who).get(f"/calls?{query}"))
    table = page.partition("Téléphones sonnés Référence ")[2]
    return re.findall(r"pris par un senior|demande enregistrée|perdu|rappel en cours|passé au standard", table)


def test_the_newest_comes_first_callbacks_among_them(waiting: Waiting) -> None:
    waiting.call(result="lost", started_at=waiting.now - timedelta(hours=3))
    waiting.calls_back(waiting.asks(), "Amélie")
    waiting.call(result="answered", started_at=waiting.now - timedelta(hours=1))
    assert results(waiting) == ["rappel en cours", "pris par un senior", "perdu"]


def test_calls_that_the_house_placed_about_a_request_stand_in_its_story_not_here(waiting: Waiting) -> None:
    alert = waiting.call(result="senior", direction="alert")
    assert "Aucun appel sur cette période" in read(waiting.office.browse("editor").get("/calls"))
    assert waiting.office.browse("editor").get(f"/calls/{alert}").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("result=answered", ["pris par un senior"]),
        ("result=callback", ["rappel en cours"]),
        ("result=nonsense", ["rappel en cours", "pris par un senior"]),
        ("time=day&place=cardio", ["rappel en cours", "pris par un senior"]),
        ("time=any", ["rappel en cours", "pris par un senior", "perdu"]),
        ("time=chosen&since=2026-11-23&until=2026-11-24", ["perdu"]),
        ("place=h:Avicenne", []),
    ],
)
def test_they_are_narrowed(waiting: Waiting, query: str, found: list[str]) -> None:
    waiting.call(result="lost", started_at=waiting.now - timedelta(days=14))
    waiting.call(result="answered", started_at=waiting.now - timedelta(hours=1))
    waiting.calls_back(waiting.asks(), "Amélie")
    assert results(waiting, query) == found


def test_a_ward_sees_its_own_calls_only(waiting: Waiting) -> None:
    theirs, back = waiting.call("pneumo", result="lost"), waiting.calls_back(waiting.asks("pneumo"), "Farid")
    assert results(waiting) == []
    assert sorted(results(waiting, who="elsewhere")) == ["perdu", "rappel en cours"]
    for url in (f"/calls/{theirs}", f"/calls/{back}", "/calls?place=pneumo", f"/calls/{uuid4()}"):
        assert waiting.office.browse("editor").get(url).status_code == 404


def test_they_are_read_page_by_page_and_each_comes_once(waiting: Waiting) -> None:
    made = {waiting.call(started_at=waiting.now - timedelta(hours=number // 3)) for number in range(6)}
    made.add(waiting.calls_back(waiting.asks(), "Amélie"))
    asked, after, seen = call_board.Asked(tuple(waiting.office.wards.values())), None, []
    with waiting.office.engine.connect() as conn:
        while True:
            page = call_board.page(conn, asked, after, limit=3)
            seen.append([each.id for each in page.rows])
            if page.next is None:
                break
            after = call_board.place(str(page.next))
    assert [len(each) for each in seen] == [3, 3, 1]
    assert {each for page in seen for each in page} == made


@pytest.mark.parametrize("said", ["", "1", "1-x", "x-" + "0" * 36, "9" * 60, f"1-{'g' * 36}"])
def test_an_address_that_we_never_wrote_begins_at_the_beginning(waiting: Waiting, said: str) -> None:
    waiting.call(result="lost")
    assert call_board.place(said) is None
    assert results(waiting, f"after={said}") == ["perdu"]


# Why --------------------------------------------------------------------------------------------------------------


def rings_told(waiting: Waiting, call: object) -> list[str]:
    return sentences(waiting.office.browse("editor").get(f"/calls/{call}"), "rings")


def test_each_ring_is_told_with_its_reason(waiting: Waiting) -> None:
    other = waiting.call("pneumo", result="answered", candidates=("Farid",))
    waiting.rings(other, "Amélie", -30, 40, "taken")
    call = waiting.call(result="answered", answered_by=waiting.office.seniors["Amélie"], answered_at=waiting.now)
    waiting.rings(call, "Bruno", 0, 6, "declined")
    waiting.rings(call, "Amélie", 20, 120, "taken", accepted_real=waiting.now + timedelta(seconds=27))
    assert rings_told(waiting, call) == [
        "Amélie Durand (rang 1) ne sonne pas : son téléphone était pris par un autre appel.",
        "12:00:00 Bruno Petit (rang 1) : le téléphone sonne 6 s, « au suivant », touche 2.",
        "12:00:20 Amélie Durand (rang 1) : le téléphone sonne 7 s, appel pris, touche 1. Second tour.",
    ]
    said = read(waiting.office.browse("editor").get(f"/calls/{call}"))
    assert "À cette heure, Cardiologie répondait avec son propre planning." in said
    assert "Ordre de sonnerie, retenu au choix du service : Amélie Durand (rang 1), Bruno Petit (rang 2)." in said
    assert "Amélie Durand a pris l'appel. Conversation : 1 min 53 s." in said


def test_a_call_that_is_not_over_is_told_as_far_as_it_is_known(waiting: Waiting) -> None:
    call = waiting.call(result="open", candidates=("Amélie", "Bruno"))
    waiting.rings(call, "Amélie", 0, 6, None)  # his telephone is on the hook; what the carrier says of it is on its way
    waiting.rings(call, "Bruno", 20, 120, None, ended_real=None)
    assert rings_told(waiting, call) == [
        "12:00:00 Amélie Durand (rang 1) : le téléphone sonne 6 s, on ne sait pas encore comment cela a fini.",
        "12:00:20 Bruno Petit (rang 1) : le téléphone sonne.",
    ]
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update attempts set accepted_real = rung_real + interval '7 s' where ended_real is null"))
    told = "12:00:20 Bruno Petit (rang 1) : le téléphone sonne 7 s, appel pris, touche 1."
    assert rings_told(waiting, call)[1] == told


def test_who_is_on_the_telephone_for_his_own_callback_is_not_rung(waiting: Waiting) -> None:
    waiting.calls_back(waiting.asks(), "Amélie")
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update bridges set asked_real = :at"), {"at": waiting.now})
    call = waiting.call()
    waiting.rings(call, "Bruno", 5, 15, "no-answer")
    waiting.rings(call, "Bruno", 20, 70, "no-answer")
    assert rings_told(waiting, call)[0].startswith("Amélie Durand (rang 1) ne sonne pas : son téléphone était pris")
    assert "Plus de 75 secondes s'étaient écoulées" in read(waiting.office.browse("editor").get(f"/calls/{call}"))


def test_nobody_was_rung_since_all_were_on_the_telephone_at_some_moment_of_the_call(waiting: Waiting) -> None:
    other = waiting.call("pneumo", result="answered", candidates=("Farid",))
    waiting.rings(other, "Amélie", 30, 20, "taken")
    call = waiting.call(candidates=("Amélie",))
    with waiting.office.engine.begin() as conn:
        first = "insert into turns (call_id, turn, answer, real) values (:id, 0, '', :at)"
        conn.execute(text(first), {"id": call, "at": waiting.now})
    assert rings_told(waiting, call) == [
        "Amélie Durand (rang 1) ne sonne pas : son téléphone était pris par un autre appel."
    ]


def test_a_closed_ward_says_who_answered_for_it_then(waiting: Waiting) -> None:
    with waiting.office.engine.begin() as conn:
        shut = {"opening": "mon-fri 14:00-18:00", "covered_by_id": waiting.office.wards["pneumo"]}
        conn.execute(update(wards).where(wards.c.slug == "cardio").values(shut))
    call = waiting.call(candidates=("Farid",))
    waiting.rings(call, "Farid", 0, 15, "no-answer")
    said = read(waiting.office.browse("editor").get(f"/calls/{call}"))
    assert "À cette heure, Cardiologie était fermé : Pneumologie répondait à sa place." in said
    assert "Farid Benali (rang 1) : le téléphone sonne" in said
    assert "Le planning de cette heure" not in said


def test_a_ward_that_was_closed_without_cover_rang_nobody(waiting: Waiting) -> None:
    with waiting.office.engine.begin() as conn:
        conn.execute(update(wards).where(wards.c.slug == "cardio").values(opening="mon-fri 14:00-18:00"))
    said = read(waiting.office.browse("editor").get(f"/calls/{waiting.call(candidates=())}"))
    assert "était fermé, sans relais. Personne à faire sonner. Aucun téléphone n'a sonné." in said
    assert "L'appel a donné une demande" in said


def test_the_callers_own_telephone_is_not_rung(waiting: Waiting) -> None:
    with waiting.office.engine.begin() as conn:
        amelie = people.c.id == waiting.office.seniors["Amélie"]
        conn.execute(update(people).where(amelie).values(phone="+33639980199"))
    call = waiting.call(caller="+33639980199", candidates=("Bruno",))
    waiting.rings(call, "Bruno", 0, 15, "no-answer")
    said = read(waiting.office.browse("editor").get(f"/calls/{call}"))
    assert "Amélie Durand n'a pas sonné : l'appel venait de son propre téléphone." in said
    assert "Le planning de cette heure" not in said


def test_a_rota_that_was_changed_since_is_not_taken_for_the_order_of_then(waiting: Waiting) -> None:
    call = waiting.call(candidates=("Chloé", "Bruno"))
    waiting.rings(call, "Chloé", 0, 15, "no-answer")
    said = read(waiting.office.browse("editor").get(f"/calls/{call}"))
    assert "Chloé Martin (rang 1), Bruno Petit (rang 2)" in said
    assert "Le planning de cette heure n'est plus le même" in said


def test_a_call_that_never_came_to_ringing_says_so(waiting: Waiting) -> None:
    call = waiting.call(result="followup", memory={})
    said = read(waiting.office.browse("editor").get(f"/calls/{call}"))
    assert "L'appel n'est pas allé jusqu'aux seniors" in said
    assert "Le médecin suivait une demande" in said


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ("outcome = null", "Le rappel est en cours."),
        ("outcome = 'not_rung'", "Le senior n'a pas décroché : le médecin n'a pas été appelé."),
        ("outcome = 'unaccepted', rung_at = app_now()", "une messagerie, un fax."),
        (
            "outcome = 'reached', rung_at = app_now(), accepted_at = app_now(), seconds = 75",
            "Le médecin a été joint. Conversation : 1 min 15 s.",
        ),
    ],
)
def test_a_callback_is_told_too(waiting: Waiting, columns: str, told: str) -> None:
    back = waiting.calls_back(waiting.asks(), "Amélie")
    with waiting.office.engine.begin() as conn:
        conn.execute(text(f"update bridges set {columns}"))
    said = read(waiting.office.browse("reader").get(f"/calls/{back}"))
    assert "Amélie Durand a demandé à rappeler le médecin (sur sa page)." in said
    assert told in said
    assert DR_ROUX[3:] not in said.replace(" ", "")


def test_a_call_leads_to_the_request_that_came_of_it(waiting: Waiting) -> None:
    reference = waiting.asks()
    call = waiting.call(request_id=waiting.id(reference))
    assert f'href="/requests/{reference}"' in waiting.office.browse("reader").get(f"/calls/{call}").text
    assert f'href="/requests/{reference}"' in waiting.office.browse("reader").get("/calls").text


def test_the_calls_of_a_week_are_found_by_index(waiting: Waiting) -> None:
    with waiting.office.engine.begin() as conn:
        conn.execute(
            text(
                """
                insert into calls (sid, ward_id, result, step, started_at, ended_at)
                select 'CA' || n, :ward_id, 'lost', 'ask_ward', app_now() - n * interval '1 minute', app_now()
                from generate_series(1, 50000) as n"""
            ),
            {"ward_id": waiting.office.wards["cardio"]},
        )
        conn.execute(text("analyze calls"))
        values = {"ward_ids": list(waiting.office.wards.values()), "result": "", "limit": 51} | {
            "since": paging.FIRST,
            "until": paging.LAST,
            "at": paging.LAST,
            "id": uuid4(),
        }
        plan = "\n".join(conn.execute(text(f"explain {call_board._PAGE}"), values).scalars())
    assert "ix_calls_ward on calls" in plan
    assert "Seq Scan on calls" not in plan
