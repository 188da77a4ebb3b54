"""The board: what a ward owes, most urgent first; whose it is, what comes next; and nothing of another ward."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from callbacks import board, paging
from callbacks.trying import Result
from scheduling.accounts.roles import Role
from scheduling.tables import wards
from tests.web.office.conftest import Office, script, statements
from tests.web.office.waiting import DR_ROUX, NOON, Waiting, order, read
from web.office.guard import BY_ITSELF

HOURS = timedelta(hours=1)


@pytest.fixture
def waiting(office: Office) -> Waiting:
    return Waiting(office)


def test_the_most_urgent_comes_first_whoever_asked_first_and_wherever(waiting: Waiting) -> None:
    later, sooner = waiting.asks(ago=2 * HOURS), waiting.asks(ago=20 * HOURS)
    elsewhere = waiting.asks("pneumo", ago=10 * HOURS)
    assert order(waiting.office.browse("admin").get("/requests")) == [sooner, elsewhere, later]


def test_a_row_says_until_when_who_has_it_what_comes_next_and_when_he_is_reached(waiting: Waiting) -> None:
    reference = waiting.asks(ago=3 * HOURS, reach="noon")
    waiting.claims(reference, "Amélie")
    waiting.tries(reference, "Amélie", Result.BUSY)
    waiting.says_more(reference)
    page = waiting.office.browse("reader").get("/requests")
    said = read(page)
    assert "Cardiologie Cochin" in said
    assert "reste 21 h 00 avant mer. 9 déc. 09:00" in said
    assert "prise en charge par Amélie Durand, depuis 12:00" in said
    assert "15:00 25 % du délai → Amélie Durand" in said
    assert "12 h – 14 h Essais 1 Non écoutés 1" in said


def test_who_would_be_told_next_is_asked_of_the_rota_of_that_time(waiting: Waiting) -> None:
    waiting.asks()
    assert "12:05 première alerte → Amélie Durand" in read(waiting.office.browse("reader").get("/requests"))


def test_no_gp_stands_on_the_board_by_name_or_number(waiting: Waiting) -> None:
    waiting.asks()
    for url in ("/requests", "/calls", *(f"/requests/{each}" for each in waiting.filed)):
        page = waiting.office.browse("admin").get(url)
        assert page.status_code == 200
        assert DR_ROUX[3:] not in page.text.replace(" ", "")


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("owed", ["late", "risky", "claimed", "fresh"]),
        ("open", ["late", "risky", "fresh"]),
        ("claimed", ["claimed"]),
        ("at_risk", ["risky"]),
        ("overdue", ["late"]),
        ("closed", ["second", "first"]),
        ("nonsense", ["late", "risky", "claimed", "fresh"]),
    ],
)
def test_each_standing_finds_its_own(waiting: Waiting, state: str, found: list[str]) -> None:
    ages = {"late": 25, "risky": 19, "claimed": 10, "fresh": 1, "first": 5, "second": 5}
    names = {waiting.asks(ago=hours * HOURS): name for name, hours in ages.items()}
    by_name = {name: reference for reference, name in names.items()}
    waiting.claims(by_name["claimed"], "Amélie")
    waiting.closes(by_name["first"], "Amélie")
    waiting.passes(minutes=1)
    waiting.closes(by_name["second"], "Amélie")
    page = waiting.office.browse("editor").get(f"/requests?state={state}")
    assert [names[reference] for reference in order(page)] == found


@pytest.mark.parametrize(("hours", "listed"), [(17.9, 0), (18.1, 1), (23.9, 1), (24.1, 0)])
def test_at_risk_is_less_than_a_quarter_of_the_promise(waiting: Waiting, hours: float, listed: int) -> None:
    waiting.asks(ago=hours * HOURS)
    assert len(order(waiting.office.browse("editor").get("/requests?state=at_risk"))) == listed


def test_a_ward_sees_its_own_requests_only(waiting: Waiting) -> None:
    mine, theirs = waiting.asks("cardio"), waiting.asks("pneumo")
    editor = waiting.office.browse("editor")
    assert order(editor.get("/requests")) == [mine]
    assert editor.get("/requests?place=pneumo").status_code == 404
    assert editor.get(f"/requests/{theirs}").status_code == 404
    assert order(editor.get("/requests?place=h:Cochin")) == [mine]
    assert "Pneumologie" not in editor.get("/requests").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("place=cardio", {"cardio"}),
        ("place=h:Cochin", {"cardio", "pneumo"}),
        ("place=h:Avicenne", {"gastro"}),
        ("place=h:Nowhere", set()),
        ("time=day", {"cardio", "pneumo"}),
        ("time=chosen&since=2026-12-07&until=2026-12-07", {"gastro"}),
        ("time=chosen&since=2026-12-08", {"cardio", "pneumo"}),
        ("time=chosen&since=tomorrow", {"cardio", "pneumo", "gastro"}),
    ],
)
def test_it_is_narrowed_by_place_and_by_time(waiting: Waiting, query: str, found: set[str]) -> None:
    ages = {"cardio": 2, "pneumo": 3, "gastro": 26}
    names = {waiting.asks(slug, ago=hours * HOURS): slug for slug, hours in ages.items()}
    assert {names[each] for each in order(waiting.office.browse("admin").get(f"/requests?{query}"))} == found


def test_it_is_read_page_by_page_and_each_request_comes_once(waiting: Waiting) -> None:
    asked = [waiting.asks(("cardio", "pneumo")[number % 2], ago=number // 3 * HOURS) for number in range(7)]
    with waiting.office.engine.connect() as conn:
        wards = tuple(waiting.office.wards.values())
        seen, after = [], None
        while True:
            page = board.page(conn, board.Asked(wards), NOON, after, limit=3)
            seen.append([each.view.reference for each in page.rows])
            if page.next is None:
                break
            after = board.place(str(page.next))
    assert [len(each) for each in seen] == [3, 3, 1]
    assert sorted(each for page in seen for each in page) == sorted(asked)


@pytest.mark.parametrize("said", ["", "1", "-1", "a-b", "1-", "9" * 40, "1-" + "9" * 30, "9" * 20 + "-1", "٣-٣"])
def test_an_address_that_we_never_wrote_begins_at_the_beginning(waiting: Waiting, said: str) -> None:
    reference = waiting.asks()
    assert board.place(said) is None
    assert order(waiting.office.browse("editor").get("/requests", query_string={"after": said})) == [reference]


@pytest.mark.parametrize(
    "url",
    [
        "/requests/\0",
        "/requests/\0/mark",
        "/requests?place=\0",
        "/calls?place=\0",
        f"/people/{2**31}",
        "/people/" + "9" * 200,
    ],
)
def test_what_postgresql_cannot_even_be_asked_for_does_not_exist(waiting: Waiting, url: str) -> None:
    assert waiting.office.browse("admin").get(url.replace("\0", "%00")).status_code == 404


def test_what_is_counted_ends_at_more_than_five_hundred(waiting: Waiting) -> None:
    fill(waiting, 600)
    said = read(waiting.office.browse("editor").get("/requests"))
    assert "À rappeler > 500 Sans senior > 500 Prises en charge 0" in said


def test_a_reference_leads_to_its_request_and_another_wards_to_nothing(waiting: Waiting) -> None:
    mine, theirs = waiting.asks("cardio"), waiting.asks("pneumo")
    editor = waiting.office.browse("editor")
    assert editor.get(f"/requests/find?reference={mine[:3]} {mine[3:]}").location == f"/requests/{mine}"
    for unknown in (theirs, "12", "", "x" * 500):
        assert editor.get(f"/requests/find?reference={unknown}").location == "/requests"
    assert "Aucune demande de vos services" in read(editor.get("/requests"))


def test_the_mark_changes_when_something_happens_to_a_request_of_his_and_not_otherwise(waiting: Waiting) -> None:
    mine, theirs = waiting.asks("cardio"), waiting.asks("pneumo")

    def mark() -> str:
        found: str = waiting.office.browse("editor").get("/requests/mark").get_json()["mark"]
        return found

    before = mark()
    waiting.claims(theirs, "Farid")
    assert mark() == before
    seen = [before]
    for act in (waiting.claims, waiting.tries, waiting.calls_back):
        act(mine, "Amélie")
        seen.append(mark())
    assert len(set(seen)) == len(seen)
    # The page was drawn with the mark that is asked for.
    assert f'data-mark="{seen[-1]}"' in waiting.office.browse("editor").get("/requests").text


def test_a_board_that_is_left_open_keeps_nobody_signed_in(waiting: Waiting) -> None:
    alone, used = waiting.office.browse("editor"), waiting.office.browse("editor")
    for minutes in (10, 20, 29, 31):
        waiting.office.waits(timedelta(minutes=minutes))
        left_open = alone.get("/requests/mark", headers={BY_ITSELF: "1"})
        assert left_open.status_code == (200 if minutes < 30 else 303)
        assert used.get("/requests").status_code == 200


def test_a_callback_that_lasts_is_seen_as_it_goes(waiting: Waiting) -> None:
    reference = waiting.asks()
    waiting.calls_back(reference, "Bruno")
    assert "Bruno Petit rappelle : son téléphone sonne" in read(waiting.office.browse("reader").get("/requests"))


def test_who_has_no_ward_is_told_so(waiting: Waiting) -> None:
    waiting.office.account("new", Role.EDITOR)
    assert "Aucun service" in read(waiting.office.browse("new").get("/requests"))
    assert script(waiting.office.browse("new"), "/requests/mark").status_code == 405


def test_the_mark_looks_at_the_last_events_alone(waiting: Waiting) -> None:
    reference = waiting.asks()
    many = """
        insert into events (request_id, at, kind)
        select :id, app_now(), 'called_again' from generate_series(1, 50000)"""
    with waiting.office.engine.begin() as conn:
        conn.execute(text(many), {"id": waiting.id(reference)})
        conn.execute(text("analyze events"))
        wards = {"ward_ids": list(waiting.office.wards.values())}
        plan = "\n".join(conn.execute(text(f"explain {board._MARK}"), wards).scalars())
    assert "Seq Scan on events" not in plan


# However many ---------------------------------------------------------------------------------------------------


def a_house_of_many_wards(waiting: Waiting, count: int) -> list[str]:
    """Their names: each has two on call in turns of twelve hours, and ward after ward is covered by the one before."""
    office, slugs = waiting.office, [f"w{number}" for number in range(count)]
    for number, slug in enumerate(slugs):
        columns: dict[str, object] = {"hospital_id": office.hospitals["Cochin"], "name": f"Unité {number}"}
        if number:
            columns |= {"covered_by_id": office.wards[slugs[number - 1]], "opening": "mon-fri 08:30-18:30"}
        office.wards[slug] = office.add(wards, slug=slug, keypad="222", **columns)
        for day in ("07", "08", "09", "10"):
            office.shift(slug, "Amélie", f"2026-12-{day} 00:00", f"2026-12-{day} 12:00")
            office.shift(slug, "Bruno", f"2026-12-{day} 12:00", f"2026-12-{day} 23:59")
    return slugs


def test_a_page_asks_the_database_as_often_for_fifty_requests_of_many_wards_as_for_one(waiting: Waiting) -> None:
    slugs, admin = a_house_of_many_wards(waiting, 12), waiting.office.browse("admin")
    waiting.claims(waiting.asks("w1", ago=3 * HOURS), "Amélie")
    admin.get("/requests")  # whoever comes is noted as seen, once a minute
    with statements() as few:
        assert len(order(admin.get("/requests"))) == 1
    for number in range(1, 50):
        reference = waiting.asks(slugs[number % 12], ago=number / 2 * HOURS)
        if number % 3 == 0:
            waiting.claims(reference, "Bruno")
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update requests set kind = 'letter' where id % 4 = 0"))
    with statements() as many:
        assert len(order(admin.get("/requests"))) == 50
    assert len(many) == len(few) <= 20


# A hundred thousand open ------------------------------------------------------------------------------------------


def fill(waiting: Waiting, count: int) -> None:
    """So many open requests of cardio, and a tenth of them of pneumo, asked every five seconds."""
    filed = """
        insert into requests (reference, ward_id, channel, created_at, due_at, next_rung, next_step_at)
        select :first + n, :ward_id, 'voice', app_now() - n * interval '5 seconds',
            app_now() - n * interval '5 seconds' + interval '24 hours', 'first', app_now()
        from generate_series(0, :count - 1) as n"""
    with waiting.office.engine.begin() as conn:
        for slug, first, many in (("cardio", 100_000, count), ("pneumo", 800_000, count // 10)):
            conn.execute(text(filed), {"first": first, "ward_id": waiting.office.wards[slug], "count": many})


def rows_read(plan: dict[str, Any]) -> int:
    """How many rows of requests were looked at; a sequential scan of it fails."""
    here = 0
    if plan.get("Relation Name") == "requests":
        assert plan["Node Type"] != "Seq Scan", plan
        here = int((plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"])
    return here + sum(rows_read(each) for each in plan.get("Plans", ()))


def test_no_plan_is_kept_that_would_sort_all_that_a_ward_owes(waiting: Waiting) -> None:
    """PostgreSQL keeps one when a connection has asked ten times; it knows nothing of the values then."""
    fill(waiting, 5_000)
    asked = board.Asked(tuple(waiting.office.wards.values()))
    with waiting.office.engine.connect() as conn:
        conn.execute(text("analyze requests"))
        for _ in range(20):
            board.page(conn, asked, waiting.now)
            board.tally(conn, asked, waiting.now)
            conn.commit()
        kept = "select generic_plans, custom_plans from pg_prepared_statements where statement like '%as ward(id)%'"
        assert [(generic, custom > 10) for generic, custom in conn.execute(text(kept))] == [(0, True), (0, True)]


@pytest.mark.parametrize("age", ["fresh", "of all ages"])
def test_with_a_hundred_thousand_open_a_page_looks_at_what_it_shows(waiting: Waiting, age: str) -> None:
    fill(waiting, 90_000)
    wards = tuple(waiting.office.wards.values())
    if age == "fresh":  # nothing is at risk, nothing is late: that is found out as quickly
        waiting.is_now(NOON - timedelta(days=30))
    with waiting.office.engine.begin() as conn:
        conn.execute(text("analyze requests"))
        for standing in board.Standing:
            values = board._values(board.Asked(wards, standing), waiting.now, 51) | {"at": paging.FIRST, "id": 0}
            [[plan]] = conn.execute(text(f"explain (analyze, format json) {board._PAGES[standing]}"), values).scalars()
            assert rows_read(plan["Plan"]) <= 51 * len(wards) + 51, standing
        values = board._values(board.Asked(wards), waiting.now, 501)
        [[plan]] = conn.execute(text(f"explain (analyze, format json) {board._TALLY}"), values).scalars()
        assert rows_read(plan["Plan"]) <= 501 * len(board.Standing) * 2
