"""What is to be mended, as each of its readers finds it; a line is tested, a telephone verified, by who may."""

from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text, update

from callbacks import test_call, verification
from scheduling.accounts.roles import Role
from scheduling.tables import people
from tests.web.conftest import Bell
from tests.web.office.conftest import Office, post


@pytest.fixture
def staffed(office: Office) -> Office:
    """Amélie, then Bruno, are on call for cardiology from today on for three weeks."""
    for rank, senior in enumerate(("Amélie", "Bruno"), start=1):
        office.shift("cardio", senior, "2026-11-23 00:00", "2026-12-14 00:00", rank)
    return office


def sql(engine: Engine, statement: str, **values: object) -> list[object]:
    with engine.begin() as conn:
        return list(conn.execute(text(statement), values).scalars())


def test_an_editor_sees_his_wards_each_line_with_where_it_is_mended(staffed: Office) -> None:
    shown = staffed.browse("editor").get("/checks").text
    assert "Cardiologie" in shown
    assert "Pneumologie" not in shown
    assert "vérifié : Amélie Durand" in shown
    assert f"/checks/phone/{staffed.seniors['Amélie']}" in shown
    assert "/wards/cardio" in shown  # no head of ward


def test_an_empty_rota_is_the_first_thing_an_administrator_reads(staffed: Office) -> None:
    shown = staffed.browse("admin").get("/checks").text
    assert shown.index("Le planning des quatorze jours est vide") < shown.index("vérifié : Amélie Durand")
    assert "/rota/ward/pneumo?week=" in shown


def test_who_may_only_read_is_offered_no_way_to_mend(staffed: Office) -> None:
    shown = staffed.browse("reader").get("/checks").text
    assert "vérifié : Amélie Durand" in shown
    assert "/checks/phone/" not in shown
    assert "Lancer l'essai" not in staffed.browse("reader").get("/checks/line/cardio").text


def test_who_has_no_ward_is_told_so(office: Office) -> None:
    office.account("nowhere", Role.READER)
    assert "Aucun service ne vous est confié" in office.browse("nowhere").get("/checks").text


# The test of a line ------------------------------------------------------------------------------------------------


def test_an_editor_starts_a_test_and_reads_who_is_to_be_rung(staffed: Office, database: Engine) -> None:
    editor = staffed.browse("editor")
    assert post(editor, "/checks/line/cardio").status_code == 303
    shown = editor.get("/checks/line/cardio").text
    assert 'data-live="yes"' in shown
    assert shown.count("attend son tour") == 2
    assert "lancé par Editor" in shown
    assert "Un essai de cette ligne est déjà en cours" in after(editor, "/checks/line/cardio")
    assert sql(database, "select count(*) from test_calls") == [1]
    assert sql(database, "select what from audit") == ["line.tested"]


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (("taken", "no-answer"), "aurait été mis en relation"),
        (("no-answer", "taken"), "aurait été mis en relation"),
        (("answered", "busy"), "aurait laissé un message"),
        (("passed", "failed"), "aurait laissé un message"),
    ],
)
def test_what_happened_is_said_of_each_and_of_the_line(
    staffed: Office, database: Engine, results: tuple[str, str], verdict: str
) -> None:
    editor = staffed.browse("editor")
    post(editor, "/checks/line/cardio")
    for seq, result in enumerate(results, start=1):
        with database.begin() as conn:
            conn.execute(
                text("update test_rings set rung_at = now(), ended_at = now(), result = :result where seq = :seq"),
                {"result": result, "seq": seq},
            )
    sql(database, "update test_calls set ended_at = now() returning id")
    shown = editor.get("/checks/line/cardio").text
    assert verdict in shown
    assert 'data-live="no"' in shown
    assert "attend son tour" not in shown


def test_a_line_is_not_tested_again_within_two_minutes_nor_more_than_ten_times_a_day(
    staffed: Office, database: Engine
) -> None:
    editor = staffed.browse("editor")
    for _ in range(test_call.A_DAY):
        assert "L'essai est lancé" in after(editor, "/checks/line/cardio")
        sql(database, "update test_calls set ended_at = now() where ended_at is null returning id")
        assert "vient d'être essayée" in after(editor, "/checks/line/cardio")
        sql(database, "update test_calls set began_at = began_at - interval '3 minutes' returning id")
    assert "dix fois" in after(editor, "/checks/line/cardio")


def after(client: FlaskClient, url: str, **form: object) -> str:
    """What he reads once his form is sent."""
    answer = post(client, url, **form)
    assert answer.status_code == 303
    return unescape(client.get(answer.location).text)


def test_nobody_on_call_and_a_closed_ward_are_said(office: Office, database: Engine) -> None:
    editor = office.browse("editor")
    assert "il n'y a personne à appeler" in after(editor, "/checks/line/cardio")
    sql(database, "update wards set opening = 'wed 10:00-11:00' returning id")
    assert "Le service est fermé" in after(editor, "/checks/line/cardio")
    assert sql(database, "select count(*) from test_calls") == [0]


def test_another_wards_line_does_not_exist_for_an_editor(staffed: Office) -> None:
    editor = staffed.browse("editor")
    assert editor.get("/checks/line/pneumo").status_code == 404
    assert post(editor, "/checks/line/pneumo").status_code == 404
    assert post(staffed.browse("switchboard"), "/checks/line/cardio").status_code == 403


# A telephone is verified -------------------------------------------------------------------------------------------


def sent_code(database: Engine) -> str:
    [body] = sql(database, "select body from outbox where purpose = 'verification' order by id desc limit 1")
    return "".join(each for each in str(body).split("code est")[1] if each.isdigit())[:6]


def test_the_code_that_the_senior_reads_out_verifies_his_telephone(
    staffed: Office, database: Engine, bell: Bell
) -> None:
    editor, amelie = staffed.browse("editor"), staffed.seniors["Amélie"]
    assert "Le code est parti" in after(editor, f"/checks/phone/{amelie}/send", by="sms")
    assert [kind for kind, _ in bell.rung] == ["deliver"]
    code = sent_code(database)
    kept = sql(database, "select code_hash from phone_codes")
    assert code not in str(kept[0])
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert "pas le bon code" in after(editor, f"/checks/phone/{amelie}/code", code=wrong)
    assert "Téléphone vérifié" in after(editor, f"/checks/phone/{amelie}/code", code=f"{code[:3]} {code[3:]}")
    assert "Vérifié le" in editor.get(f"/checks/phone/{amelie}").text
    assert "vérifié : Amélie" not in editor.get("/checks").text
    assert sql(database, "select what from audit order by id") == ["phone.asked", "phone.verified"]
    # It was a secret for a quarter of an hour, and is kept nowhere after.
    assert sql(database, "select count(*) from phone_codes") == [0]
    assert "n'attend pour ce numéro" in after(editor, f"/checks/phone/{amelie}/code", code=code)


def test_five_mistakes_and_the_right_code_is_worth_nothing(staffed: Office, database: Engine) -> None:
    editor, amelie = staffed.browse("editor"), staffed.seniors["Amélie"]
    after(editor, f"/checks/phone/{amelie}/send", by="sms")
    code = sent_code(database)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(4):
        assert "pas le bon code" in after(editor, f"/checks/phone/{amelie}/code", code=wrong)
    assert "Cinq erreurs" in after(editor, f"/checks/phone/{amelie}/code", code=wrong)
    assert "Cinq erreurs" in after(editor, f"/checks/phone/{amelie}/code", code=code)
    assert sql(database, "select count(*) from people where phone_verified_at is not null") == [0]


def test_a_code_lasts_a_quarter_of_an_hour_and_not_a_second_longer(staffed: Office, database: Engine) -> None:
    editor, amelie = staffed.browse("editor"), staffed.seniors["Amélie"]
    after(editor, f"/checks/phone/{amelie}/send", by="sms")
    sql(database, "update phone_codes set sent_real = sent_real - interval '15 minutes' returning 1")
    assert "plus d'un quart d'heure" in after(editor, f"/checks/phone/{amelie}/code", code=sent_code(database))


def test_a_number_that_was_changed_is_proved_by_nothing_that_was_sent_to_the_old_one(
    staffed: Office, database: Engine
) -> None:
    editor, amelie = staffed.browse("editor"), staffed.seniors["Amélie"]
    after(editor, f"/checks/phone/{amelie}/send", by="sms")
    with database.begin() as conn:
        conn.execute(update(people).where(people.c.id == amelie).values(phone="+33639980177"))
    assert "n'attend pour ce numéro" in after(editor, f"/checks/phone/{amelie}/code", code=sent_code(database))
    assert sql(database, "select count(*) from people where phone_verified_at is not null") == [0]


def test_one_code_a_minute_and_five_a_day(staffed: Office, database: Engine) -> None:
    editor, amelie = staffed.browse("editor"), staffed.seniors["Amélie"]
    for _ in range(5):
        assert "est parti" in after(editor, f"/checks/phone/{amelie}/send", by="sms")
        assert "Attendez une minute" in after(editor, f"/checks/phone/{amelie}/send", by="call")
        sql(database, "update outbox set created_at = created_at - interval '2 minutes' returning id")
    assert "Cinq envois" in after(editor, f"/checks/phone/{amelie}/send", by="sms")


def test_a_landline_is_called_not_texted(staffed: Office, database: Engine) -> None:
    editor, amelie = staffed.browse("editor"), staffed.seniors["Amélie"]
    with database.begin() as conn:
        conn.execute(update(people).where(people.c.id == amelie).values(phone="+33199000045"))
    assert "ne reçoit pas nos SMS" in after(editor, f"/checks/phone/{amelie}/send", by="sms")
    assert "L'appel est lancé" in after(editor, f"/checks/phone/{amelie}/send", by="call")
    assert sql(database, "select channel from outbox") == ["call"]


def test_a_senior_of_another_ward_does_not_exist_for_an_editor(staffed: Office) -> None:
    editor, elise = staffed.browse("editor"), staffed.seniors["Élise"]
    for path in ("", "/send", "/code"):
        url = f"/checks/phone/{elise}{path}"
        answer = post(editor, url, by="sms", code="123456") if path else editor.get(url)
        assert answer.status_code == 404
    assert staffed.browse("reader").get(f"/checks/phone/{staffed.seniors['Amélie']}").status_code == 403


def test_what_was_sent_long_ago_is_kept_nowhere(staffed: Office, database: Engine) -> None:
    amelie = staffed.seniors["Amélie"]
    after(staffed.browse("editor"), f"/checks/phone/{amelie}/send", by="sms")
    sql(database, "update outbox set state = 'delivered' returning id")
    with database.begin() as conn:
        verification.purge(conn)
    assert sent_code(database)
    sql(database, "update phone_codes set sent_real = sent_real - interval '15 minutes' returning 1")
    with database.begin() as conn:
        verification.purge(conn)
    assert sql(database, "select count(*) from phone_codes") == [0]
    assert sql(database, "select body from outbox") == [""]
