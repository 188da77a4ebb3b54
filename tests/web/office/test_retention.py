"""The page of durations: what is proposed, what somebody approves and confirms, what is held, what went."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, text
from werkzeug.test import TestResponse

from callbacks import requests
from callbacks.requests import Filing
from callbacks.retention import holds, purging, rules
from callbacks.retention.holds import On
from callbacks.retention.kinds import Kind
from callbacks.tables import parts, recordings
from callbacks.tables import requests as rows
from config import clock
from scheduling.planning.trail import Actor
from scheduling.tables import practitioner_phones, practitioners, wards
from tests.web.office.conftest import Office, post

HERE = "/retention"
APPROVED = {"kind": "recordings", "days": "30", "approved_by": "Mme Dupré, DPO"}


def words(reply: TestResponse) -> str:
    """The page without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", reply.text)).split())


@pytest.fixture
def admin(office: Office) -> FlaskClient:
    return office.browse("admin")


@pytest.fixture
def old_message(office: Office) -> str:
    """Dr Roux's message of two months ago, heard and done; the reference of his request."""
    with office.engine.begin() as conn:
        moment = clock.read(conn)
        gp = conn.execute(insert(practitioners).values(name="Dr Roux").returning(practitioners.c.id)).scalar_one()
        conn.execute(insert(practitioner_phones).values(practitioner_id=gp, phone="+33639980011"))
        filing = Filing(office.wards["cardio"], "missed_call", "+33639980011", gp, None, moment.now, moment)
        filed = requests.file(conn, filing)
        row = {"sid": "RE1", "state": "stored", "deleted_real": moment.real, "seconds": 9}
        id = conn.execute(insert(recordings).values(row).returning(recordings.c.id)).scalar_one()
        conn.execute(
            insert(parts).values(request_id=filed.id, recording_id=id, created_at=moment.now, heard_at=moment.now)
        )
        conn.execute(
            text("update requests set state = 'done', next_rung = null, next_step_at = null, closed_at = :at"),
            {"at": moment.now - timedelta(days=60)},
        )
    return filed.reference


def standing(office: Office) -> dict[tuple[str, int | None], int | None]:
    with office.engine.begin() as conn:
        return {(kind, id): rule.days for (kind, id), rule in rules.standing(conn).items()}


def test_at_first_all_of_it_is_kept_and_what_is_proposed_stands_there(admin: FlaskClient) -> None:
    said = words(admin.get(HERE))
    assert said.count("à valider : tout est gardé") == len(Kind)
    assert "proposition : 30 jours (de 8 à 180 jours)" in said
    assert "Rien n'a encore été détruit." in said


def test_a_rule_that_destroys_nothing_yet_is_approved_at_once(office: Office, admin: FlaskClient) -> None:
    reply = post(admin, f"{HERE}/rules", **APPROVED)
    assert reply.status_code == 303
    said = words(admin.get(HERE))
    assert "30 jours approuvé par Mme Dupré, DPO le" in said
    assert "Durée approuvée." in said
    assert standing(office) == {("recordings", None): 30}


def test_what_would_be_destroyed_within_the_hour_is_said_and_confirmed_first(
    office: Office, admin: FlaskClient, old_message: str
) -> None:
    said = words(post(admin, f"{HERE}/rules", **APPROVED))
    assert "1 élément sera détruit dans l'heure" in said
    assert standing(office) == {}
    assert post(admin, f"{HERE}/rules", **APPROVED, confirmed="1").status_code == 303
    assert standing(office) == {("recordings", None): 30}
    assert "1 dans l'heure" in words(admin.get(HERE))
    again = post(admin, f"{HERE}/rules", **{**APPROVED, "days": "40"})
    assert again.status_code == 303, "what goes anyway is not asked about again"


def test_a_ward_whose_name_two_hospitals_have_is_not_guessed(office: Office, admin: FlaskClient) -> None:
    with office.engine.begin() as conn:
        other = office.hospitals["Avicenne"]
        row = insert(wards).values(slug="cardio-avicenne", hospital_id=other, name="Cardiologie", keypad="227")
        conn.execute(row)
    post(admin, f"{HERE}/holds", on="ward", which="Cardiologie", reason="Réquisition 12/2026")
    assert "Deux hôpitaux ont un service de ce nom" in words(admin.get(HERE))
    post(admin, f"{HERE}/holds", on="ward", which="Cardiologie, Cochin", reason="Réquisition 12/2026")
    assert "service : Cardiologie, Cochin" in words(admin.get(HERE))
    with office.engine.begin() as conn:
        assert [each.on.ward_id for each in holds.listed(conn)] == [office.wards["cardio"]]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"days": "181"}, "C'est trop long"),
        ({"days": "7"}, "C'est trop court"),
        ({"days": "trente"}, "Un nombre de jours"),
        ({"days": "1" * 40}, "Un nombre de jours"),
        ({"kind": "voices"}, "Un nombre de jours"),
        ({"approved_by": " \0 "}, "Dites qui approuve"),
        ({"hospital": "999"}, "Cet hôpital n'existe pas"),
        ({"kind": "trail", "days": "400", "hospital": "1"}, "une seule durée pour toute la maison"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_in_a_sentence(
    office: Office, admin: FlaskClient, form: dict[str, str], says: str
) -> None:
    post(admin, f"{HERE}/rules", **APPROVED | form)
    assert says in words(admin.get(HERE))
    assert standing(office) == {}


def test_a_hospital_may_keep_longer_or_for_good(office: Office, admin: FlaskClient) -> None:
    cochin = office.hospitals["Cochin"]
    post(admin, f"{HERE}/rules", **APPROVED)
    post(admin, f"{HERE}/rules", **APPROVED | {"days": "", "keep": "1", "hospital": str(cochin)})
    assert standing(office) == {("recordings", None): 30, ("recordings", cochin): None}
    said = words(admin.get(HERE))
    assert "gardé jusqu'à nouvel ordre (Cochin)" in said
    assert "30 jours (ailleurs)" in said


@pytest.mark.parametrize(
    ("on", "which", "shown"),
    [
        ("request", "{reference}", "demande {reference}"),
        ("practitioner", "06 39 98 00 11", "médecin : Dr Roux"),
        ("ward", "Cardiologie", "service : Cardiologie"),
        ("ward", "cardio", "service : Cardiologie"),
        ("everything", "", "tout depuis le"),
    ],
)
def test_something_is_put_on_hold_and_the_hold_is_lifted(
    office: Office, admin: FlaskClient, old_message: str, on: str, which: str, shown: str
) -> None:
    which, shown = which.format(reference=old_message), shown.format(reference=old_message)
    post(admin, f"{HERE}/rules", **APPROVED, confirmed="1")
    post(admin, f"{HERE}/holds", on=on, which=which, reason="Réquisition 12/2026")
    said = words(admin.get(HERE))
    assert "Destruction suspendue." in said
    assert shown in said
    assert "Réquisition 12/2026" in said
    assert "1 dans l'heure" not in said
    with office.engine.begin() as conn:
        (hold,) = holds.listed(conn)
    post(admin, f"{HERE}/holds/{hold.id}/lift")
    said = words(admin.get(HERE))
    assert "levée le" in said
    assert "1 dans l'heure" in said


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"on": "request", "which": "000000"}, "Personne, ou rien"),
        ({"on": "practitioner", "which": "0639980199"}, "Personne, ou rien"),
        ({"on": "practitioner", "which": "le docteur"}, "Personne, ou rien"),
        ({"on": "ward", "which": "nulle part"}, "Personne, ou rien"),
        ({"on": "ward", "which": "\0"}, "Personne, ou rien"),
        ({"on": "moon", "which": ""}, "Personne, ou rien"),
        ({"on": "everything", "reason": " \0 "}, "Dites pourquoi."),
    ],
)
def test_a_hold_on_nothing_is_refused(office: Office, admin: FlaskClient, form: dict[str, str], says: str) -> None:
    post(admin, f"{HERE}/holds", **{"reason": "Réquisition"} | form)
    assert says in words(admin.get(HERE))
    with office.engine.begin() as conn:
        assert holds.listed(conn) == []


def test_the_register_is_read_and_taken_away(
    office: Office, admin: FlaskClient, old_message: str, tmp_path: Path
) -> None:
    post(admin, f"{HERE}/rules", **APPROVED, confirmed="1")
    purging.purge(office.engine, office.app.extensions["shelf"])
    said = words(admin.get(HERE))
    assert "Messages vocaux" in said
    assert old_message in said[said.index("Registre des destructions") :]
    reply = admin.get(f"{HERE}/register.csv")
    header, line = csv.reader(io.StringIO(reply.data.decode("utf-8-sig")), delimiter=";")
    assert header[2:5] == ["Donnée", "Objet", "Demande"]
    assert (line[2], line[4], line[6], line[7]) == ("recordings", old_message, "rule", "30")


def test_a_doctor_on_hold_is_named_by_his_id_alone_in_the_history(
    office: Office, admin: FlaskClient, old_message: str
) -> None:
    with office.engine.begin() as conn:
        id = conn.execute(select(rows.c.practitioner_id)).scalar_one()
        assert id is not None
        by = Actor(office.accounts["admin"], "Admin")
        holds.place(conn, clock.read(conn), by, On(practitioner_id=id), "Réquisition")
    said = words(admin.get("/trail"))
    assert "a suspendu des destructions" in said
    assert "Roux" not in said
