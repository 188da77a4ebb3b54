"""Before a patient goes home a ward asks that his doctor be called: whom, when, and nothing of the patient."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, text, update
from structlog.testing import capture_logs

from callbacks import climb, going_home, register
from callbacks.going_home import Asked, Discharge
from config import clock
from scheduling import store
from scheduling.planning.trail import Actor
from scheduling.tables import practitioner_phones, practitioners, wards
from tests.web.office.conftest import PARIS, Office, post

HERE = "/requests/going-home"
ROUX = "+33199000011"


@pytest.fixture
def editor(office: Office) -> FlaskClient:
    return office.browse("editor")


def doctor(office: Office, name: str, phone: str) -> int:
    found: int = office.add(practitioners, name=name, practice="Cabinet du Port")
    with office.engine.begin() as conn:
        conn.execute(insert(practitioner_phones).values(practitioner_id=found, phone=phone))
    return found


def tomorrow_at(office: Office, hour: int) -> datetime:
    with office.engine.begin() as conn:
        now = clock.read(conn).now.astimezone(PARIS)
    return (now + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)


def when(at: datetime) -> dict[str, str]:
    return {"day": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}"}


def asked(office: Office) -> list[tuple[str, str | None, datetime, int | None]]:
    """Each request of the kind: its state, whom to call, until when, who he is."""
    with office.engine.begin() as conn:
        ids = conn.execute(text("select id from requests where kind = 'return_home' order by id")).scalars().all()
        return [
            (view.state, view.caller, view.due_at, view.practitioner_id) for view in register.views(conn, ids).values()
        ]


def test_a_doctor_of_the_directory_is_to_be_called_two_hours_before(office: Office, editor: FlaskClient) -> None:
    roux, leaves = doctor(office, "Dr Roux", ROUX), tomorrow_at(office, 15)
    reply = post(editor, HERE, ward="cardio", doctor="Roux", **when(leaves))
    assert reply.status_code == 303
    assert asked(office) == [("open", ROUX, leaves - timedelta(hours=2), roux)]
    assert "les seniors de garde sont prévenus" in editor.get(reply.location).text


def test_a_second_touch_asks_nothing_twice(office: Office, editor: FlaskClient) -> None:
    said = {"ward": "cardio", "doctor": "01 99 00 00 11", **when(tomorrow_at(office, 15))}
    with capture_logs() as told:
        first, second = (post(editor, HERE, **said) for _ in range(2))
    assert first.location == second.location
    assert [caller for _, caller, _, _ in asked(office)] == [ROUX]
    assert [line["channel"] for line in told if line["event"] == "request.filed"] == ["page"]


def test_of_several_doctors_of_a_name_he_chooses_one(office: Office, editor: FlaskClient) -> None:
    doctor(office, "Dr Anne Roux", "+33199000012")
    paul = doctor(office, "Dr Paul Roux", ROUX)
    said = {"ward": "cardio", "doctor": "Roux", **when(tomorrow_at(office, 15))}
    reply = post(editor, HERE, **said)
    assert reply.status_code == 422
    assert f'name="practitioner" value="{paul}"' in reply.text
    assert "00 12" not in reply.text  # a name is chosen, no number is shown
    assert post(editor, HERE, **said, practitioner=str(paul)).status_code == 303
    assert [(caller, who) for _, caller, _, who in asked(office)] == [(ROUX, paul)]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ward": "gastro"}, "Choisissez le service"),
        ({"doctor": "Personne"}, "Aucun médecin de ce nom"),
        ({"doctor": "0899 00 00 00"}, "Aucun médecin de ce nom"),
        ({"day": "2020-01-01"}, "Cette heure est passée"),
        ({"day": "2099-01-01"}, "plus de trois semaines"),
        ({"day": ""}, "Donnez le jour"),
    ],
)
def test_what_cannot_be_asked_is_told_and_asks_nothing(
    office: Office, editor: FlaskClient, changed: dict[str, str], said: str
) -> None:
    form = {"ward": "cardio", "doctor": "01 99 00 00 11", **when(tomorrow_at(office, 15))} | changed
    reply = post(editor, HERE, **form)
    assert (reply.status_code, said in reply.text) == (422, True)
    assert asked(office) == []


def test_a_ward_that_is_not_open_yet_is_told_so_and_asks_nothing(office: Office, editor: FlaskClient) -> None:
    with office.engine.begin() as conn:
        conn.execute(update(wards).where(wards.c.slug == "cardio").values(live_from=None))
    reply = post(editor, HERE, ward="cardio", doctor="01 99 00 00 11", **when(tomorrow_at(office, 15)))
    assert (reply.status_code, "pas encore ouvert sur la ligne" in reply.text) == (422, True)
    assert asked(office) == []


def test_the_doctor_who_asked_nothing_is_sent_nothing(office: Office, editor: FlaskClient) -> None:
    post(editor, HERE, ward="cardio", doctor="06 39 98 01 01", **when(tomorrow_at(office, 15)))
    with office.engine.begin() as conn:
        request_id = conn.execute(text("select id from requests")).scalar_one()
        climb.climb(conn, request_id, clock.read(conn), office.app.extensions["desk"].house)
        told = conn.execute(text("select recipient from outbox where request_id = :id"), {"id": request_id}).scalars()
        assert "+33639980101" not in list(told)


def test_two_touches_at_the_same_instant_ask_once(office: Office) -> None:
    leaves = tomorrow_at(office, 15).astimezone(UTC)

    def ask() -> Asked | going_home.Refused:
        with office.engine.begin() as conn:
            ward = store.ward(conn, office.wards["cardio"])
            found = going_home.ask(conn, clock.read(conn), Actor(None, "test"), Discharge(ward, ROUX, None, leaves))
            if not others:  # the first of them keeps the second waiting
                others.append(pool.submit(ask))
                assert wait(others, timeout=0.3).not_done
            return found

    others: list[Future[Asked | going_home.Refused]] = []
    with ThreadPoolExecutor(1) as pool:
        first = ask()
        [second] = others
        told = (first, second.result())
    assert isinstance(first, Asked)
    assert told == (first, Asked(first.id, first.reference, new=False))
    assert len(asked(office)) == 1
