"""The parts of the demo, one by one: its settings, ports, hospitals, telephones, clock, words."""

import re
import socket
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from callbacks import ladder
from config import clock
from config.demo import hospitals, identity, lacking, telephones
from config.demo.browser import NoSuchForm, Page
from config.demo.clock_door import create_app
from config.demo.exchange import absent
from config.demo.identity import Ports
from config.demo.ports import free_ports, is_free
from config.demo.prepare import prepare
from config.demo.telephones import KNOWN, Telephone
from config.demo.words import say
from config.embedded.errors import BadServers
from config.settings import Settings, load
from scheduling import desks as answering
from scheduling import practices, sample, store
from scheduling.importing import import_practitioners, import_seniors, import_wards

PORTS = Ports(8000, 8001, 8002, 8003, 8004, 8005)


# Settings


def test_the_demo_never_uses_what_a_real_hospital_set(tmp_path: Path) -> None:
    real = {"TWILIO_AUTH_TOKEN": "real", "ALERT_EMAIL": "real@hopital.example", "SMS_SENDER": "HOPITAL", "PORT": "80"}
    env = identity.environment(tmp_path, PORTS, identity.secrets_of(tmp_path), real)
    settings = load(real | env, Settings, dotenv=None)
    assert settings.twilio_auth_token.get_secret_value() != "real"
    assert settings.alert_email is None
    assert settings.sms_sender == identity.LINE
    assert settings.twilio_api_url == "http://127.0.0.1:8001"


def test_the_demos_letters_stay_on_this_machine(tmp_path: Path) -> None:
    real = {"SMTP_URL": "smtps://us:secret@smtp.hopital.example", "IMAP_URLS": "imaps://us:secret@imap.hopital.example"}
    env = identity.environment(tmp_path, PORTS, identity.secrets_of(tmp_path), real)
    settings = load(real | env, Settings, dotenv=None)
    assert settings.smtp_url is not None
    assert (settings.smtp_url.host, settings.smtp_url.port) == ("127.0.0.1", 8004)
    assert (settings.imap_urls, settings.smtp_door) == ((), 8005)


def test_a_visitor_may_choose_language_speech_and_clock(tmp_path: Path) -> None:
    visitor = {"RAPPEL24_LANGUAGE": "en", "SPEECH": "off", "RAPPEL24_CLOCK_RATE": "60"}
    env = identity.environment(tmp_path, PORTS, identity.secrets_of(tmp_path), visitor)
    settings = load(env, Settings, dotenv=None)
    assert (settings.language, settings.speech, settings.clock_rate) == ("en", False, 60)


def test_speech_is_on_in_the_demo(tmp_path: Path) -> None:
    env = identity.environment(tmp_path, PORTS, identity.secrets_of(tmp_path), {})
    assert load(env, Settings, dotenv=None).speech


def test_a_second_start_reads_what_the_first_one_sealed(tmp_path: Path) -> None:
    first = identity.secrets_of(tmp_path)
    identity.keep(tmp_path, identity.environment(tmp_path, PORTS, first, {}))
    assert identity.secrets_of(tmp_path) == first
    assert (tmp_path / "demo.env").stat().st_mode & 0o777 == 0o600


def test_two_homes_share_no_secret(tmp_path: Path) -> None:
    one, other = (identity.secrets_of(tmp_path / name) for name in ("one", "other"))
    assert not set(one.values()) & set(other.values())


def test_doctor_can_be_run_with_the_settings_the_demo_wrote_down(tmp_path: Path) -> None:
    env = identity.environment(tmp_path, PORTS, identity.secrets_of(tmp_path), {})
    identity.keep(tmp_path, env)
    assert load({}, Settings, dotenv=tmp_path / "demo.env") == load(env, Settings, dotenv=None)


def test_secrets_that_cannot_be_read_are_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "demo.env").mkdir()
    with pytest.raises(BadServers, match="cannot be read"):
        identity.secrets_of(tmp_path)


# Ports


def test_a_port_that_is_taken_gives_way_to_the_next_free_one() -> None:
    with socket.socket() as neighbour:
        neighbour.bind(("127.0.0.1", 0))
        neighbour.listen()
        taken = neighbour.getsockname()[1]
        assert not is_free(taken)
        assert free_ports(taken).web > taken


def test_a_neighbour_on_every_address_counts_too() -> None:
    with socket.socket() as neighbour:
        neighbour.bind(("0.0.0.0", 0))
        neighbour.listen()
        assert not is_free(neighbour.getsockname()[1])


@pytest.mark.parametrize("first", [0, 30_000])
def test_no_two_parts_of_the_demo_share_a_port(first: int) -> None:
    ports = astuple(free_ports(first))
    assert len(set(ports)) == len(ports) == 6


def test_when_no_port_is_left_it_says_what_to_do() -> None:
    with pytest.raises(BadServers, match="choose another --port"):
        free_ports(65_535)


# Hospitals


def _settings(tmp_path: Path) -> Settings:
    env = identity.environment(tmp_path, PORTS, identity.secrets_of(tmp_path), {})
    return load(env, Settings, dotenv=None)


def _count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())


def test_an_empty_database_gets_the_hospitals_and_a_second_start_changes_nothing(
    database: Engine, tmp_path: Path
) -> None:
    settings = _settings(tmp_path)
    assert prepare(database, settings)
    shifts = _count(database, "shifts")
    assert _count(database, "wards") == 60
    assert not prepare(database, settings)
    assert _count(database, "shifts") == shifts


def test_the_rota_goes_on_when_the_clock_has_run_ahead_of_it(database: Engine, tmp_path: Path) -> None:
    prepare(database, _settings(tmp_path), 1)
    with database.begin() as connection:
        clock.start_at(connection, clock.read(connection).now + timedelta(days=3), 1)
    for _ in range(3):  # one night's hand-over a look, at the least; two weeks, in fact
        with database.begin() as connection:
            hospitals.extend_rota(connection)
    with database.connect() as connection:
        now = clock.read(connection).now
        ward = next(ward for ward in store.wards(connection) if ward.slug == telephones.WARD)
        assert store.holes(connection, ward.id, now, now + timedelta(days=14)) == []


def test_a_rota_that_ran_out_long_ago_begins_anew_today(database: Engine, tmp_path: Path) -> None:
    prepare(database, _settings(tmp_path), 1)
    with database.begin() as connection:
        clock.start_at(connection, clock.read(connection).now + timedelta(days=60), 1)
        assert hospitals.extend_rota(connection)
        now = clock.read(connection).now
        ward = next(ward for ward in store.wards(connection) if ward.slug == telephones.WARD)
        assert store.on_call(connection, ward.id, now).seniors


def test_what_a_visitor_changed_in_the_rota_stays(database: Engine, tmp_path: Path) -> None:
    prepare(database, _settings(tmp_path), 1)
    last = "select id from shifts where rank = 1 order by upper(during) desc, id limit 1"
    with database.begin() as connection:
        changed = connection.execute(
            text(f"update shifts set during = tstzrange(lower(during) + interval '1 hour', upper(during))"
                 f" where id = ({last}) returning id, during")
        ).one()  # fmt: skip
        clock.start_at(connection, clock.read(connection).now + timedelta(days=3), 1)
        assert hospitals.extend_rota(connection)
        kept = connection.execute(text("select during from shifts where id = :id"), {"id": changed.id}).scalar_one()
    assert kept == changed.during


def test_an_older_demo_is_given_the_desks_it_lacks_and_keeps_what_a_visitor_changed(database: Engine) -> None:
    with database.begin() as connection:
        _opened_before_there_were_desks(connection)
        assert import_practitioners(connection, sample.practitioners_csv()).ok
        connection.execute(text("update people set name = 'Zoé Visiteuse' where name = 'Quentin Martinez'"))
        today = clock.read(connection).now.date()
        assert lacking.add(connection, today, 1)
        now = clock.read(connection).now
        desks = [ward for ward in store.wards(connection) if ward.role != "ward"]
        assert len(desks) == 8
        assert [ward.slug for ward in desks if store.holes(connection, ward.id, now, now + timedelta(days=5))] == []
        assert {ward.coordinator.name for ward in desks if ward.coordinator} == {"Zoé Visiteuse", "Manon Clement"}
        cardiology = next(ward for ward in store.wards(connection) if ward.slug == telephones.WARD)
        answers = {each.role: each.line and each.line.slug for each in answering.of(connection, cardiology.id)}
        assert answers["bed_desk"] == "cochin-cellule-lits"
        assert len(practices.every(connection)) == 2
        assert not lacking.add(connection, today, 1)


def test_practices_whose_doctors_are_gone_keep_no_desk_from_an_older_demo(database: Engine) -> None:
    with database.begin() as connection:
        _opened_before_there_were_desks(connection)
        assert lacking.add(connection, clock.read(connection).now.date(), 1)
        assert sum(ward.role != "ward" for ward in store.wards(connection)) == 8
        assert practices.every(connection) == []


def _opened_before_there_were_desks(connection: Connection) -> None:
    clock.start_at(connection, datetime(2026, 11, 23, 13, tzinfo=UTC), 1)
    for importer, rows in ((import_wards, sample.wards_csv()), (import_seniors, sample.seniors_csv())):
        assert importer(connection, _without_desks(rows)).ok


def _without_desks(rows: bytes) -> bytes:
    """A file of the sample as it was before there were desks."""
    desk = re.compile(rb"cellule-lits|-secretariat|-consultations|-referent")
    return b"".join(line for line in rows.splitlines(keepends=True) if not desk.search(line))


def test_the_demo_does_not_touch_a_hospital_that_is_not_its_own(database: Engine, tmp_path: Path) -> None:
    with database.begin() as connection:
        connection.execute(text("insert into hospitals (name) values ('Hôtel-Dieu')"))
        connection.execute(
            text(
                "insert into wards (slug, hospital_id, name, keypad) select 'real', id, 'Réelle', '732' from hospitals"
            )
        )
    with pytest.raises(BadServers, match="not the demo's"):
        prepare(database, _settings(tmp_path))
    assert _count(database, "shifts") == 0


# Telephones


@pytest.fixture
def sampled(database: Engine, tmp_path: Path) -> Engine:
    prepare(database, _settings(tmp_path), 1)
    return database


def test_the_page_begins_with_three_gps_and_the_people_of_one_ward(sampled: Engine) -> None:
    with sampled.connect() as connection:
        cast = telephones.cast(connection, telephones.directory(connection, "fr"))
    assert [each.name for each in cast if each.role == "gp"] == [
        "Dr Odile Fontaine",
        "Dr Paul Lefort (inconnu)",
        "Dr Inès Vasseur (masqué)",
    ]
    staff = {each.name: each.role for each in cast if each.role != "gp"}
    assert staff["Dr Amélie Martin"] == "Cardiologie, Cochin"
    assert staff["Dr Ivan Fontaine"] == "chef de service, Cardiologie"
    assert staff["Standard"] == "Cochin"


def test_the_gps_of_the_files_have_their_names_on_their_telephones(sampled: Engine) -> None:
    with sampled.connect() as connection:
        directory = telephones.directory(connection, "fr")
    assert directory[KNOWN].name == "Dr Odile Fontaine"
    assert directory["+33199003002"].name == "Dr Marc Lemoine, Dr Sonia Haddad"


AMELIE = Telephone("+33639980012", "Dr Amélie Martin", "Cardiologie, Cochin")
ADELE = Telephone("+33639980121", "Dr Adèle Morel", "Cardiologie, Avicenne")
PRESENT = {
    "nobody is there": ({}, [AMELIE]),
    "she is there": ({AMELIE.number: AMELIE.name}, []),
    "another ward's senior rang": ({AMELIE.number: AMELIE.name, ADELE.number: ""}, [ADELE]),
    "a number of nobody's rang": ({AMELIE.number: AMELIE.name, "+33639989999": ""}, []),
    "a visitor renamed her": ({AMELIE.number: "Maman"}, []),
}


@pytest.mark.parametrize(("present", "put_there"), PRESENT.values(), ids=PRESENT)
def test_the_page_keeps_its_telephones_and_names_who_rings(present: dict[str, str], put_there: list[Telephone]) -> None:
    known = {each.number: each for each in (AMELIE, ADELE)}
    assert absent(present, [AMELIE], known) == put_there


# The clock


def test_the_clock_is_read_and_made_to_run(database: Engine) -> None:
    door = create_app(database).test_client()
    assert door.get("/clock").json["rate"] == 1  # type: ignore[index]
    ran = door.post("/clock", json={"rate": 3600})
    assert ran.json["rate"] == 3600  # type: ignore[index]
    shown = datetime.fromisoformat(ran.json["now"])  # type: ignore[index]
    assert abs(shown - datetime.now(UTC)) < timedelta(days=2)
    with database.connect() as connection:
        assert clock.rate(connection) == 3600


@pytest.mark.parametrize("given", [{"rate": 0}, {"rate": -1}, {"rate": 1e9}, {"rate": "60"}, {"rate": True}, {}, [1]])
def test_a_rate_that_is_none_changes_nothing(database: Engine, given: object) -> None:
    assert create_app(database).test_client().post("/clock", json=given).status_code == 400
    with database.connect() as connection:
        assert clock.rate(connection) == 1


def test_no_other_page_in_the_visitors_browser_moves_the_clock(database: Engine) -> None:
    door = create_app(database).test_client()
    foreign = {"Origin": "https://elsewhere.example"}
    assert door.post("/clock", json={"rate": 60}, headers=foreign).status_code == 403
    assert door.post("/clock", data={"rate": "60"}).status_code == 415


# Words


def test_every_rung_of_the_ladder_has_a_name_in_the_play() -> None:
    for rung in ladder.load().rungs:
        for language in ("fr", "en"):
            assert say(f"rung_{rung.name}", language)


# The senior's browser

PAGE = """<form action="/r/t/claim"><input type=hidden name=csrf_token value=abc><button>Oui</button></form>
<form action="/r/t/parts/7"><input type=hidden name=csrf_token value=def></form>
<audio src="/r/t/parts/7/audio"></audio>"""


def test_a_form_is_found_by_where_it_leads() -> None:
    page = Page("http://127.0.0.1:8000/r/t")
    page.feed(PAGE)
    assert page.form("/parts/").hidden == {"csrf_token": "def"}
    assert page.form("/claim").action == "http://127.0.0.1:8000/r/t/claim"
    assert page.sounds == ["http://127.0.0.1:8000/r/t/parts/7/audio"]
    with pytest.raises(NoSuchForm):
        page.form("/close")
