"""Who types what the documents of those who run the line say is told of nothing that is not there."""

import re
import subprocess

import pytest

from config.doctor.mends import MENDS
from config.settings import Settings, load
from tests.deploy.consoles import ROOT, anchors, blocks, commands, document, fault_of, inline

RUN, OPERATIONS = document("run.md"), document("operations.md")
# Commands in each, at least.
TYPED = {"run.md": 26, "operations.md": 26, "machines.md": 5, "watching.md": 1, "carrier_protocol.md": 5}
SETTINGS = {
    {"home": "RAPPEL24_HOME", "language": "RAPPEL24_LANGUAGE"}.get(field, field.upper())
    for field in Settings.model_fields
    if not field.startswith("clock_")
} | {"RAPPEL24_CLOCK_RATE", "RAPPEL24_CLOCK_START"}
# Of the scripts of deploy/ and of the house's build; not the line's.
BESIDE = {"RAPPEL24_SETTINGS", "KEEP_DAYS", "SIGTERM", "SIGKILL"}
THE_CARRIERS = {"TWILIO_REGION", "TWILIO_EDGE"}  # read by its own library
OPENTELEMETRYS = {"OTEL_TRACES_SAMPLER", "OTEL_RESOURCE_ATTRIBUTES"}
IN_THE_CODE = re.compile(r"`([A-Z][A-Z0-9_]+)` in `([\w/]+\.py)`")  # who changes it changes the code
SHOUTED = re.compile(r"^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=\S*)?$")
FILES = re.compile(r"(?:^|[\s\"'`(]|current/|\"\$(?:RELEASE|NEXT)\"/)((?:deploy|docs|scheduling|tests)/[\w./@-]*\w)")
EXAMPLE = ROOT / "deploy/rappel24.env.example"
FILLED = {"SECRET_KEY": "s" * 64, "ENCRYPTION_KEYS": "a" * 43 + "=", "EVALUATION_KEY": "b" * 42 + "A="}


def given(lines: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in lines.splitlines() if re.match(r"[A-Z]", line))


@pytest.mark.parametrize(("name", "at_least"), TYPED.items())
def test_every_command_that_is_named_is_there(name: str, at_least: int) -> None:
    said = list(commands(document(name)))
    assert len(said) >= at_least
    assert [fault for words in said if (fault := fault_of(words))] == []


@pytest.mark.parametrize("words", ["dance", "twilio dance", "export calls --loudly", "import rota x.csv --replce a b"])
def test_a_command_that_is_gone_would_be_missed(words: str) -> None:
    text = f"```console\nsudo /opt/x/deploy/rappel24 {words} | head  # why\n```\n"
    assert [fault for said in commands(text) if (fault := fault_of(said))] != []


def test_a_choice_of_commands_is_each_of_them() -> None:
    assert list(commands("`rappel24 person export|erase WHO`")) == [
        ["person", "export", "WHO"],
        ["person", "erase", "WHO"],
    ]


@pytest.mark.parametrize("name", TYPED)
def test_every_setting_that_is_named_is_there(name: str) -> None:
    text = document(name)
    typed = {name for block in blocks(text) for name in re.findall(r"^fill (\w+) ", block, re.MULTILINE)}
    named = {found[1] for each in inline(text) if (found := SHOUTED.match(each))}
    assert typed | named
    coded = {constant for constant, _ in IN_THE_CODE.findall(text)}
    known = SETTINGS | BESIDE | THE_CARRIERS | OPENTELEMETRYS | coded
    assert {name for name in typed | named if not name.endswith("_")} - known == set()


def test_what_stands_in_the_code_stands_where_it_is_said_to() -> None:
    said = [each for name in TYPED for each in IN_THE_CODE.findall(document(name))]
    assert said
    for constant, file in said:
        assert re.search(rf"^{constant} = ", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), constant


def test_every_setting_has_its_row() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \|", OPERATIONS.split("## Settings")[1].split("\n## ")[0], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == SETTINGS | THE_CARRIERS | {"KEEP_DAYS"}


def test_every_file_that_is_named_is_there() -> None:
    named = set(FILES.findall(RUN))
    assert len(named) > 10
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_heading_that_is_pointed_at_is_there() -> None:
    for text, where in ((RUN, RUN), (OPERATIONS, OPERATIONS)):
        assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= anchors(where)
    assert set(re.findall(r"\]\(operations\.md#([\w-]+)\)", RUN)) <= anchors(OPERATIONS)


@pytest.mark.parametrize("name", TYPED)
def test_every_block_is_a_shell_that_can_be_read(name: str) -> None:
    typed = "\n".join(blocks(document(name)))
    done = subprocess.run(["bash", "-n"], input=typed, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_settings_of_the_example_start_the_line_once_its_keys_are_made() -> None:
    told = given(EXAMPLE.read_text(encoding="utf-8").replace("\n#", "\n"))
    told |= FILLED | {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "a token"}
    assert told.keys() <= SETTINGS
    assert load(told, Settings, dotenv=None).trusted_proxies == 1


def test_the_settings_that_run_fills_in_stand_in_the_example() -> None:
    filled = {name for block in blocks(RUN) for name in re.findall(r"^fill (\w+) ", block, re.MULTILINE)}
    assert filled <= given(EXAMPLE.read_text(encoding="utf-8").replace("\n#", "\n")).keys()


def test_every_alarm_stands_in_the_list_that_an_operator_is_sent_to() -> None:
    told = OPERATIONS.split("\n## Watching")[1].split("\n## ")[0]
    assert {kind for kind in MENDS if f"`{kind}`" not in told} == set()
