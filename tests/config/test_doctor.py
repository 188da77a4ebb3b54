"""The doctor: in plain words, what is missing and how to mend it; and he never falls over it himself."""

import base64
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, text
from werkzeug.serving import BaseWSGIServer, make_server

from callbacks import alarms
from callbacks.retention import rules
from callbacks.retention.kinds import Kind, Rule
from config import cli, clock
from config.doctor import Finding, examine, house, line, lists, servers, watch, work
from config.doctor.mends import MENDS
from config.settings import Settings, load
from ivr.ringing import verdict
from scheduling import importing, sample
from scheduling.planning.trail import Actor
from simulator import Account, Simulator
from simulator import Line as Number
from simulator.clock import RealClock
from simulator.server import Server

ROOT = Path(__file__).parent.parent.parent
LINE = "+33199002424"
SID, TOKEN = "AC" + "1" * 32, "a token that is secret"
PUBLIC = "https://rappel24.hopital.example"
REAL_LINE = "+33144123456"
NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens

ESSENTIALS = {
    "PUBLIC_URL": PUBLIC,
    "SECRET_KEY": "k" * 48,
    "ENCRYPTION_KEYS": base64.b64encode(b"k" * 32).decode(),
    "EVALUATION_KEY": base64.b64encode(b"e" * 32).decode(),
    "SEAL_NUMBERS": "on",
    "TWILIO_ACCOUNT_SID": SID,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_API_URL": NOWHERE,
    "LINE_NUMBER": REAL_LINE,
    "SMS_SENDER": "+33937123456",
    "SWITCHBOARD_NUMBER": "+33144000000",
    "ALERT_PHONE": "+33612345678",
}


def settings(**changed: str) -> Settings:
    return load(ESSENTIALS | changed, Settings, dotenv=None)


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in ESSENTIALS.items() if key != name}


def said(findings: Iterator[Finding] | list[Finding]) -> str:
    return "\n".join(str(finding) for finding in findings)


# How we present ourselves


def test_a_house_with_its_own_numbers_is_well_presented() -> None:
    assert list(house.presentation(settings())) == []


UNWISE = {
    "a fiction line": ({"LINE_NUMBER": LINE}, "LINE_NUMBER is a number for films"),
    "a fiction switchboard": ({"SWITCHBOARD_NUMBER": "+33199001000"}, "SWITCHBOARD_NUMBER is a number for films"),
    "a mobile as sender": ({"SMS_SENDER": "+33612345679"}, "SMS_SENDER is a 06/07 number"),
    "a landline as sender": ({"SMS_SENDER": REAL_LINE}, "SMS_SENDER is a landline"),
    "a name as sender": ({"SMS_SENDER": "HOPITAL"}, "cannot answer PRIS"),
    "a mobile shown": ({"ALERT_CALLER": "+33712345678"}, "ALERT_CALLER is a 06/07 number"),
    "a last resort without SMS": ({"ALERT_PHONE": "+33144123457"}, "ALERT_PHONE is no mobile"),
    "no last resort": ({"ALERT_PHONE": ""}, "ALERT_PHONE is not set"),
    "no key for the evaluators": ({"EVALUATION_KEY": ""}, "EVALUATION_KEY is not set"),
    "numbers in clear": ({"SEAL_NUMBERS": "off"}, "SEAL_NUMBERS is off"),
}


@pytest.mark.parametrize(("changed", "words"), UNWISE.values(), ids=UNWISE)
def test_what_is_allowed_but_unwise_is_a_warning(changed: dict[str, str], words: str) -> None:
    found = list(house.presentation(settings(**changed)))
    assert words in said(found)
    assert not any(finding.serious for finding in found)


def test_a_finding_says_how_to_mend_it() -> None:
    assert str(Finding(True, "the tick is silent", "start it")) == "WRONG: the tick is silent\n  -> start it"
    assert str(Finding(False, "a", "b")).startswith("Unwise: a")


# The line at the carrier


@pytest.fixture
def twilio() -> Iterator[Callable[..., Settings]]:
    """A carrier that has our number, set up as the arguments say; the settings to reach it."""
    running: list[Server] = []

    def with_number(*others: Number, **configured: str | bool) -> Settings:
        number = Number(REAL_LINE)
        for name, value in configured.items():
            setattr(number, name, value)
        simulator = Simulator([number, *others], account=Account(SID, TOKEN), clock=RealClock())
        server = Server(simulator)
        running.append(server)
        server.__enter__()
        return settings(TWILIO_API_URL=server.url)

    yield with_number
    for server in running:
        server.__exit__()


AGAIN = "#rc=2&rp=5xx,ct,rt&ct=2000&rt=4000&tt=14000"
OURS = {
    "voice_url": f"{PUBLIC}/webhooks/voice{AGAIN}",
    "status_url": f"{PUBLIC}/webhooks/voice/status{AGAIN}",
    "sms_url": f"{PUBLIC}/webhooks/sms{AGAIN}",
    "fallback_url": "https://cdn.example/incident.xml",
}


def test_a_number_that_leads_to_our_doors_is_well(twilio: Callable[..., Settings]) -> None:
    assert list(line.at_the_carrier(twilio(**OURS))) == []


def test_other_retry_settings_after_the_address_are_no_fault(twilio: Callable[..., Settings]) -> None:
    changed = OURS | {"voice_url": f"{PUBLIC}/webhooks/voice#rc=2&rp=5xx"}
    assert list(line.at_the_carrier(twilio(**changed))) == []


def test_addresses_that_the_carrier_tries_once_are_told_together(twilio: Callable[..., Settings]) -> None:
    bare = {name: address.partition("#")[0] for name, address in OURS.items()}
    (found,) = line.at_the_carrier(twilio(**bare))
    assert "voice_url, status_callback, sms_url" in found.what
    assert AGAIN in found.mend
    assert not found.serious


LED_ASTRAY = [("voice_url", "voice_url", True), ("status_url", "status_callback", False), ("sms_url", "sms_url", False)]


@pytest.mark.parametrize(("configured", "named", "serious"), LED_ASTRAY)
def test_a_door_that_is_not_ours_is_named(
    twilio: Callable[..., Settings], configured: str, named: str, serious: bool
) -> None:
    astray = OURS | {configured: "https://demo.twilio.com/welcome"}
    (found,) = line.at_the_carrier(twilio(**astray))
    assert found.serious is serious
    assert named in found.what
    assert OURS[configured] in found.mend


def test_the_door_of_sms_is_named_with_what_has_one_brought_again(twilio: Callable[..., Settings]) -> None:
    (found,) = line.at_the_carrier(twilio(**OURS | {"sms_url": ""}))
    assert OURS["sms_url"] in found.mend


def test_a_line_that_cannot_receive_sms_says_that_advice_by_sms_is_off(twilio: Callable[..., Settings]) -> None:
    (found,) = line.at_the_carrier(twilio(**OURS, sms=False))
    assert "advice by SMS is off" in found.what
    assert not found.serious


def test_a_number_of_its_own_for_sms_is_enough(twilio: Callable[..., Settings]) -> None:
    sender = Number("+33937123456", sms_url=OURS["sms_url"])
    assert list(line.at_the_carrier(twilio(sender, **OURS, sms=False))) == []


def test_without_a_fallback_callers_would_hear_english(twilio: Callable[..., Settings]) -> None:
    (found,) = line.at_the_carrier(twilio(**OURS | {"fallback_url": ""}))
    assert "voice_fallback_url" in found.what
    assert "rappel24 fallback --twiml" in found.mend
    assert not found.serious


def test_wrong_credentials_are_serious_and_not_repeated(twilio: Callable[..., Settings]) -> None:
    right = twilio(**OURS)
    wrong = settings(TWILIO_API_URL=str(right.twilio_api_url), TWILIO_AUTH_TOKEN="mistyped")
    (found,) = line.at_the_carrier(wrong)
    assert found.serious
    assert "TWILIO_AUTH_TOKEN" in found.mend
    assert "mistyped" not in str(found)


def test_a_line_of_another_account_is_serious(twilio: Callable[..., Settings]) -> None:
    right = twilio(**OURS)
    (found,) = line.at_the_carrier(settings(TWILIO_API_URL=str(right.twilio_api_url), LINE_NUMBER="+33144123499"))
    assert found.serious
    assert "LINE_NUMBER" in found.what


def test_a_carrier_that_is_away_is_said_and_nothing_fails() -> None:
    (found,) = line.at_the_carrier(settings())
    assert found == Finding(True, "the carrier does not answer", found.mend)


@pytest.mark.parametrize(("body", "status"), [("<html>", 200), ("{}", 200), ("[]", 200), ("{}", 503)])
def test_a_carrier_that_talks_nonsense_is_a_finding_too(body: str, status: int) -> None:
    app = Flask("nonsense")
    app.add_url_rule("/<path:_>", "all", lambda _: (body, status))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    with _serving(server):
        found = list(line.at_the_carrier(settings(TWILIO_API_URL=f"http://127.0.0.1:{server.server_port}")))
    assert len(found) == 1


# The servers


def test_servers_that_do_not_answer_are_named() -> None:
    assert "PostgreSQL does not answer" in said(servers.postgres("postgresql://rappel24@127.0.0.1:9/none"))
    assert "Redis does not answer" in said(servers.redis("redis://127.0.0.1:9/0"))


def test_servers_that_answer_are_well(database: Engine, database_url: str, redis_url: str) -> None:
    assert list(servers.postgres(database_url)) == []
    assert list(servers.redis(redis_url)) == []


@pytest.mark.parametrize(("number", "serious"), [(140_012, True), (150_000, None), (180_006, None), (190_000, False)])
def test_postgresql_15_to_18_are_known(number: int, serious: bool | None) -> None:
    assert [finding.serious for finding in servers.postgres_version(number)] == ([] if serious is None else [serious])


@pytest.mark.parametrize(
    ("info", "known"),
    [
        ({"redis_version": "5.0.14"}, False),
        ({"redis_version": "6.2.0"}, True),
        ({"redis_version": "8.0.1"}, True),
        ({"redis_version": "9.0.0"}, False),
        ({"redis_version": "9.9.9", "valkey_version": "9.1.0"}, True),
    ],
)
def test_redis_6_to_8_and_valkey_are_known(info: dict[str, object], known: bool) -> None:
    assert (list(servers.redis_version(info)) == []) is known


def test_a_database_without_tables_is_said_once(database: Engine, database_url: str) -> None:
    _run(database, "drop schema public cascade", "create schema public")
    assert "rappel24 migrate" in said(servers.postgres(database_url))
    assert list(work.at_hand(database_url, None)) == []


def test_tables_of_another_release_are_named(database: Engine, database_url: str) -> None:
    _run(database, "update alembic_version set version_num = '0005'")
    (earlier,) = servers.postgres(database_url)
    assert "earlier release (0005" in earlier.what
    assert (earlier.serious, earlier.mend) == (True, "rappel24 migrate")
    _run(database, "update alembic_version set version_num = '9999'")
    (later,) = servers.postgres(database_url)
    assert "later release (9999" in later.what
    assert not later.serious, "this release was made to go on with them"


# What is at work


def test_a_house_that_does_not_serve_is_told_how_to(database: Engine, database_url: str) -> None:
    assert "rappel24 serve" in said(_at_hand(database_url))


BEATS = {
    "both at work": ({"tick:a:1": 2, "worker:a:2": 3}, None, False),
    "the tick died": ({"tick:a:1": 60, "worker:a:2": 3}, "the tick has been silent for 6", True),
    "the worker died": ({"tick:a:1": 2, "worker:a:2": 45}, "the worker has been silent for 4", False),
    "one of two ticks died": ({"tick:a:1": 500, "tick:b:1": 1, "worker:a:2": 3}, None, False),
    "no worker was ever there": ({"tick:a:1": 2}, "the worker has never reported", False),
    "stopped yesterday": ({"tick:a:1": 86_400, "worker:a:2": 86_400}, "neither tick nor worker runs", False),
}


@pytest.mark.parametrize(("beats", "words", "serious"), BEATS.values(), ids=BEATS)
def test_a_process_that_fell_silent_is_named(
    beats: dict[str, int], words: str | None, serious: bool, database: Engine, database_url: str
) -> None:
    for process, age in beats.items():
        _run(database, f"insert into heartbeats values ('{process}', real_now() - interval '{age} seconds')")
    found = [each for each in _at_hand(database_url) if "tick" in each.what or "worker" in each.what]
    assert [each.serious for each in found] == ([] if words is None else [serious])
    assert (words or "") in said(found)


def test_a_clock_that_runs_fast_is_serious_beside_the_real_carrier_only(database: Engine, database_url: str) -> None:
    _run(database, "update clock set rate = 60")
    real = settings(TWILIO_API_URL="")
    assert real.real_carrier
    assert "60 times too fast" in said(_at_hand(database_url, real))
    assert "too fast" not in said(_at_hand(database_url, settings()))


def test_messages_that_should_have_left_are_counted(database: Engine, database_url: str) -> None:
    late, young = "interval '6 minutes'", "interval '1 minute'"
    for key, age, state in (("a", late, "waiting"), ("b", late, "delivered"), ("c", young, "waiting")):
        _run(
            database,
            "insert into outbox (key, purpose, channel, recipient, state, due_at, created_at)"
            f" values ('{key}', 'alert', 'sms', '+33639980001', '{state}', app_now() - {age}, app_now())",
        )
    assert "1 message should have left" in said(_at_hand(database_url))


def test_messages_that_nobody_has_sorted_in_time_are_counted(database: Engine, database_url: str) -> None:
    for number, state, due in ((1, "open", "-1"), (2, "open", "1"), (3, "sorted", "-1")):
        _run(
            database,
            "insert into dialogues (channel, sender, state, created_at, sort_at, due_at, closed_at)"
            f" values ('sms', '+3363998000{number}', '{state}', app_now(), app_now(),"
            f" app_now() + {due} * interval '1 minute', case when '{state}' <> 'open' then app_now() end)",
        )
    assert "1 message waited more than a day" in said(_at_hand(database_url))


def test_a_standing_alarm_is_told_with_its_remedy_until_it_is_cleared(database: Engine, database_url: str) -> None:
    with database.begin() as connection:
        for _ in range(2):
            alarms.raise_alarm(connection, "opted_out", "opted_out:7", {"person": 7})
    (found,) = [each for each in _at_hand(database_url) if "alarm" in each.what]
    assert found.serious
    assert "opted_out (person 7)" in found.what
    assert "2 times" in found.what
    assert "START" in found.mend
    with database.begin() as connection:
        alarms.clear(connection, "opted_out:7")
    assert "alarm" not in said(_at_hand(database_url))


def test_every_alarm_that_can_be_raised_has_a_remedy() -> None:
    sources = [path.read_text() for room in ("callbacks", "web", "webhooks") for path in (ROOT / room).glob("*.py")]
    kinds = {kind for source in sources for kind in RAISED.findall(source)}
    statuses, flags = ("completed", "no-answer", "a new word"), (True, False)
    verdicts = (verdict(*each) for each in product(statuses, (True, False, None), flags, flags))
    kinds |= {judged.alarm for judged in verdicts if judged.alarm}
    assert len(kinds) > 10
    assert kinds <= MENDS.keys()


RAISED = re.compile(r'raise_alarm\(\s*[\w.]+,\s*"(\w+)"')


def test_an_empty_register_reaches_nobody(database: Engine, database_url: str) -> None:
    assert "there is no ward" in said(_at_hand(database_url))


@pytest.mark.parametrize(("days", "warned"), [(51, True), (52, False), (None, False)])
def test_a_rule_that_forgets_callers_before_their_month_is_evaluated_is_told(
    database: Engine, database_url: str, days: int | None, warned: bool
) -> None:
    with database.begin() as conn:
        by = Actor(None, "test")
        assert isinstance(rules.approve(conn, clock.read(conn), by, Kind.CALLERS, days, "Mme Dupré"), Rule)
    assert ("before a month is closed for evaluators" in said(_at_hand(database_url))) is warned


def test_holes_of_the_rota_and_who_texted_stop_are_told(database: Engine, database_url: str) -> None:
    today = datetime.now(UTC).date()
    with database.begin() as connection:
        importing.import_wards(connection, WARDS)
        importing.import_seniors(connection, SENIORS)
        start, end = today - timedelta(days=1), today + timedelta(days=3)
        rota = f"ward,start,end,rank,phone\ncardio,{start} 08:30,{end} 08:30,1,06 39 98 00 12\n"
        assert importing.import_rota(connection, rota.encode()).ok
        connection.execute(text("update people set opted_out_at = app_now() where name = 'Amélie Martin'"))
    told = said(_at_hand(database_url))
    assert "cardio: the rota ends on" in told
    assert "Amélie Martin is on the rota and texted STOP" in told
    assert "cardio: no head of ward" in told
    assert "jour: can be closed for" in told


WARDS = b"ward,hospital,name,opening\ncardio,Cochin,Cardiologie,\njour,Cochin,Jour,mon-fri 08:30-18:30\n"
SENIORS = "name,phone,wards\nAmélie Martin,06 39 98 00 12,cardio;jour\n".encode()


def test_people_whose_number_the_line_may_not_call_are_told(database: Engine, database_url: str) -> None:
    """A number abroad: alerts go to the next, until somebody says that it may be called."""
    with database.begin() as connection:
        connection.execute(text("insert into people (name, phone) values ('Chloé', '+442079460018')"))
    at_home = said(work.at_hand(database_url, settings()))
    assert "1 of our people have a number that the line may not call: +44 2" in at_home
    assert "7946001" not in at_home
    assert "may not call" not in said(work.at_hand(database_url, settings(CALLS_ABROAD="GB")))


def test_a_ladder_that_this_release_cannot_read_is_told(database: Engine, database_url: str) -> None:
    store = "insert into ladders (ward_id, rungs, changed_at) values ({}, '{}', now())"
    with database.begin() as connection:
        importing.import_wards(connection, WARDS)
        for ward in ("null", "(select id from wards where slug = 'cardio')"):
            connection.execute(text(store.format(ward, '[{"name"\\: "first", "to"\\: ["robot"]}]')))
    found = [each for each in _at_hand(database_url) if "cannot read" in each.what]
    assert [each.what.partition("cannot read ")[2] for each in found] == [
        "the ladder of every ward (advice): requests go by another",
        "the ladder of cardio (advice): requests go by another",
    ]
    assert all(each.serious for each in found)


def test_what_would_go_where_no_caller_was_told_is_named(database: Engine, database_url: str) -> None:
    teams = b"ward,hospital,name,role\ncardio,Cochin,Cardio,\nnord,Cochin,Nord,bed_desk\nsud,Cochin,Sud,bed_desk\n"
    with database.begin() as connection:
        assert importing.import_wards(connection, teams).ok
    kept = "insert into kinds (hospital_id, code, settings, changed_at) values ({}, '{}', '{}', now())"
    cochin = "(select id from hospitals where name = 'Cochin')"
    _run(
        database,
        kept.format("null", "feedback", '{"clock"\\: "one moon"}'),
        kept.format(cochin, "letter", '{"clock"\\: "1 working day", "key"\\: "32"}'),
    )
    found = _at_hand(database_url)
    assert [(each.what, each.serious) for each in found if "feedback" in each.what or "Cochin" in each.what][:3] == [
        ("this release cannot read the kind of request feedback: another rule counts", True),
        ("in Cochin the key 32 stands for two kinds of request: callers get the first", True),
        ("Cochin: several lines are bed_desk, none chosen for 1 wards, which answer themselves", False),
    ]


def test_many_wards_without_rota_do_not_bury_the_rest(database: Engine, database_url: str) -> None:
    with database.begin() as connection:
        importing.import_wards(connection, sample.wards_csv())
    told = said(_at_hand(database_url))
    assert told.count("the rota of the fortnight is empty") == work.SHOWN
    assert "more of the kind" in said(_at_hand(database_url))


# The whole examination


def test_every_missing_setting_is_named_and_the_register_is_looked_at_all_the_same(
    database: Engine, database_url: str, redis_url: str
) -> None:
    found = examine({"DATABASE_URL": database_url, "REDIS_URL": redis_url}, dotenv=None)
    told = said(found)
    for name in ("PUBLIC_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "TWILIO_ACCOUNT_SID", "LINE_NUMBER"):
        assert f"{name}: missing" in told
    assert "there is no ward" in told
    assert [each.serious for each in found] == sorted((each.serious for each in found), reverse=True)


def test_bad_addresses_of_servers_are_told_without_trying_them() -> None:
    told = said(examine({"DATABASE_URL": "mysql://hospital", "REDIS_URL": "redis://127.0.0.1:9/0"}, dotenv=None))
    assert "DATABASE_URL" in told
    assert "Redis does not answer" not in told


def test_servers_that_cannot_be_started_are_told(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    told = said(examine({"RAPPEL24_HOME": str(blocked)}, dotenv=None))
    assert f"the servers of {blocked} do not run" in told


def test_the_doctor_changes_nothing_and_repeats_no_secret(database: Engine, database_url: str, redis_url: str) -> None:
    env = ESSENTIALS | {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    found = examine(env, dotenv=None)
    _run(database, "do $$ begin execute format('alter database %I set default_transaction_read_only = on',"
         " current_database()); end $$")  # fmt: skip
    assert examine(env, dotenv=None) == found
    for secret in (TOKEN, ESSENTIALS["SECRET_KEY"], str(urlsplit(database_url).password)):
        assert secret not in said(found)


def test_the_command_fails_when_something_is_serious(
    database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    env = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    result = CliRunner().invoke(cli.main, ["doctor"], env=env)
    assert result.exit_code == 1
    assert "WRONG: PUBLIC_URL: missing" in result.stdout


@contextmanager
def _serving(server: BaseWSGIServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


def _at_hand(url: str, chosen: Settings | None = None) -> list[Finding]:
    return list(work.at_hand(url, chosen))


def _run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


# Whether a dead line would be noticed

CANARY = {"CANARY_NUMBER": "+33144123457"}
TOLD = {
    "ALERT_EMAIL": "garde@hopital.example",
    "SMTP_URL": "smtp://127.0.0.1:9",
    "MAIL_ADDRESS": "avis@hopital.example",
}
WATCHED = {"HEARTBEAT_URL": "https://watch.example/ping"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "CANARY_NUMBER is not set"),
        (CANARY, "a dead line is told to nobody"),
        (CANARY | TOLD, "nobody would notice that this machine is gone"),
        (CANARY | WATCHED, ""),
        (CANARY | TOLD | WATCHED, ""),
    ],
)
def test_who_would_notice_a_dead_line(given: dict[str, str], told: str) -> None:
    found = list(watch.presentation(settings(**given)))
    assert len(found) == bool(told)
    assert told in said(found)
    assert not any(each.serious for each in found)


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        ((), "the line has never answered itself"),
        ((4,), ""),
        ((14, 20), ""),
        ((16,), "the line last answered itself 16 min ago"),
    ],
)
def test_the_line_answered_itself_lately(database: Engine, minutes: tuple[int, ...], told: str) -> None:
    for ago in minutes:
        _run(database, "insert into canaries (state, placed_real)"
             f" values ('well', real_now() - interval '{ago} minutes')")  # fmt: skip
    _run(database, "insert into canaries (state) values ('broken')")
    with database.connect() as conn:
        found = list(watch.canaries(conn, settings(**CANARY)))
        assert list(watch.canaries(conn, settings())) == []
    assert len(found) == bool(told)
    assert told in said(found)


def test_a_canary_of_another_account_is_told(twilio: Callable[..., Settings]) -> None:
    here = twilio(Number("+33144123457"), **OURS)
    assert list(line.at_the_carrier(settings(TWILIO_API_URL=str(here.twilio_api_url), **CANARY))) == []
    elsewhere = twilio(**OURS)
    (found,) = line.at_the_carrier(settings(TWILIO_API_URL=str(elsewhere.twilio_api_url), **CANARY))
    assert "CANARY_NUMBER is not a number of this account" in found.what
    assert found.serious


def test_a_copy_of_the_register_is_missed_once_there_is_something_to_lose(database: Engine) -> None:
    def told() -> str:
        with database.connect() as conn:
            return said(watch.copies(conn))

    assert told() == ""
    _run(database, "insert into hospitals (name) values ('Cochin')")
    _run(
        database,
        "insert into wards (slug, hospital_id, name, keypad) select 'c', id, 'Cardiologie', '227' from hospitals",
    )
    _run(database, "insert into requests (reference, ward_id, channel, created_at, due_at, next_rung, next_step_at)"
         " select '724193', id, 'voice', app_now(), app_now(), 'due', app_now() from wards")  # fmt: skip
    assert "no copy of the register was ever taken" in told()
    _run(database, "insert into backups (kind, snapshot_real) values ('taken', real_now() - interval '30 hours')")
    assert "the last copy is 30 h old" in told()
    _run(database, "insert into backups (kind, snapshot_real) values ('taken', real_now() - interval '25 hours')")
    assert told() == ""


READINGS = [
    ([], None),
    ([("10 minutes", "1 minute", None)], None),
    ([("3 hours", "3 hours", None)], "were last read 3 hours ago"),
    ([("3 hours", None, "503")], "have never been read (the carrier says 503)"),
    ([("9 hours", "8 hours", None), ("3 hours", None, "503")], "were last read 9 hours ago (the carrier says 503)"),
]


@pytest.mark.parametrize(("read", "told"), READINGS)
def test_lists_of_the_carrier_that_are_not_read_are_told(
    database: Engine, read: list[tuple[str, str | None, str | None]], told: str | None
) -> None:
    row = text(
        "insert into reconciliations (why, began_real, since_real, until_real, ended_real, error) values ('hourly',"
        " real_now() - cast(:began as interval), real_now(), real_now() - cast(:began as interval),"
        " real_now() - cast(:ended as interval), :error)"
    )
    with database.begin() as connection:
        for began, ended, error in read:
            connection.execute(row, {"began": began, "ended": ended, "error": error})
        found = said(lists.read_lately(connection))
    assert (told or "") in found
    assert bool(found) is bool(told)
