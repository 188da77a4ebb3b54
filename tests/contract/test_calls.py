"""Monday afternoon: practices telephone, one after the other, over a line that delivers everything twice and late.

One afternoon, played once; then each test looks at one call: what was heard, who was rung, what the exports say."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.contract import hospital
from tests.contract.conftest import quiet_hospital
from tests.contract.hospital import AMELIE, BRUNO, CHLOE, DENIS, FELIX, GAELLE, HEAD, PRACTICE, SWITCHBOARD
from tests.contract.installation import Installation, wait_until
from tests.contract.people import Caller, Does, HangsUp, Telephone
from tests.contract.switch import Call

pytestmark = pytest.mark.timeout(300)  # the afternoon counts as part of whichever test comes first

Row = dict[str, Any]
LANDLINE = "+33199002460"  # of a practice nobody knows
HIDDEN = "+266696687"  # ANONYMOUS, as keyed by carriers (twilio.md 1.2)

FIELDS = {
    "calls": "sid caller ward result answered_by started_at answered_at ended_at rung",
    "requests": "reference ward kind channel state caller created_at due_at claimed_by claimed_at closed_at outcome "
    "parts attempts",
    "messages": "to purpose reference channel state provider_sid created_at sent_at attempts",
}


@dataclass
class Afternoon:
    """Who called, and what was on file when it was over."""

    line: Installation
    callers: dict[str, Caller] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    whispers: dict[str, list[str]] = field(default_factory=dict)
    exported: dict[str, list[Row]] = field(default_factory=dict)

    def phones(self, name: str, gp: Caller, **answers: Does) -> None:
        """One call; the seniors named do so this once, all others let it ring."""
        carrier = self.line.carrier
        seniors = {who: carrier.telephones[getattr(hospital, who.upper())] for who in answers}
        for who, senior in seniors.items():
            senior.next.append(answers[who])
            senior.heard.clear()
        carrier.telephones.setdefault(gp.number, Telephone(gp.number))
        self.callers[name], self.calls[name] = gp, carrier.dials(gp)
        carrier.wire.settle()
        self.whispers[name] = [text for senior in seniors.values() for text in senior.heard]
        for senior in seniors.values():
            senior.next.clear()

    def row(self, name: str) -> Row:
        """The export of one call."""
        (row,) = [row for row in self.exported["calls"] if row["sid"] == self.calls[name].sid]
        return row

    def requests(self, caller: str) -> list[Row]:
        return [row for row in self.exported["requests"] if row["caller"] == caller]

    def texts(self, number: str) -> list[str]:
        return [text.body for text in self.line.carrier.telephones[number].texts]

    def heard(self, name: str) -> str:
        return " ".join(self.callers[name].heard)


def gp(last: int, *script: str, **more: Any) -> Caller:
    """A practitioner nobody knows, with a mobile of his own."""
    return Caller(f"+336399801{last:02}", list(script), **more)


def play(day: Afternoon) -> None:
    """Every path of a call, once."""
    day.phones("answered", gp(1, "633#"), amelie=Does.TAKES)
    day.phones("declined", gp(2, "633#"), amelie=Does.DECLINES, bruno=Does.TAKES)
    day.phones("voicemail", gp(3, "633#"), amelie=Does.VOICEMAIL, bruno=Does.TAKES)
    day.phones("busy", gp(4, "638#"), chloe=Does.BUSY, denis=Does.TAKES)
    day.phones("nobody", gp(5, "633#"))
    day.phones("adds", gp(5, "633#", "1"))
    day.phones("asks anew", gp(6, "437#"))
    day.phones("asks anew, again", gp(6, "437#", "2"))
    day.phones("hidden", Caller(HIDDEN, ["638#"], call_back="0639980142"))
    day.phones("other number", gp(7, "638#", picks=["un autre"], call_back="0639980143"))
    day.phones("gave up ringing", gp(8, "638#", hangs_up=HangsUp.WHILE_RINGING))
    day.phones("gave up, then put through", gp(8, "638#"), chloe=Does.TAKES)
    day.phones("gave up speaking", gp(9, "638#", hangs_up=HangsUp.WHILE_RECORDING))
    day.phones("said nothing", gp(10, "638#", hangs_up=HangsUp.INSTEAD_OF_SPEAKING))
    day.phones("lost", gp(11, hangs_up=HangsUp.AT_FIRST_PROMPT))
    day.phones("lost and hidden", Caller(HIDDEN, ["437#"], hangs_up=HangsUp.WHILE_RINGING))
    day.phones("in Cochin", gp(12, "227#", picks=["Cochin"]), amelie=Does.TAKES)
    day.phones("in Avicenne", gp(13, "227#", picks=["Avicenne"]), chloe=Does.TAKES)
    day.phones("no such ward", gp(14, "999#", "998#"), switchboard=Does.TAKES)
    day.phones("closed", gp(15, "748#"))
    day.phones("closed but covered", gp(16, "337#"), bruno=Does.TAKES)
    day.phones("nobody on call", gp(17, "876##", "1#", "1#", "1#"))
    day.phones("known", Caller(FELIX, ["437#"]), denis=Does.TAKES)
    day.phones("known, last ward", Caller(FELIX, ["1"]), denis=Does.TAKES)
    day.phones("from the practice", Caller(PRACTICE, ["437#"]))
    day.phones("landline", Caller(LANDLINE, ["437#"]))


@pytest.fixture(scope="module")
def afternoon(running: Installation) -> Iterator[Afternoon]:
    carrier = running.carrier
    with quiet_hospital(carrier):
        day = Afternoon(running)
        carrier.connect(Telephone("+33639980142"), Telephone("+33639980143"), Telephone(GAELLE))
        carrier.connect(Telephone(LANDLINE, usual=Does.TAKES))
        carrier.wire.repeats, carrier.wire.late = True, 0.2
        play(day)
        wait_until(lambda: all_told(day), 40, lambda: str(day.exported["messages"]), every=1.5)
        carrier.wire.repeats, carrier.wire.late = False, 0.0
        carrier.settle()
        day.exported |= {what: running.export(what) for what in ("calls", "requests")}
        yield day


def all_told(day: Afternoon) -> bool:
    """Nothing is waiting to be sent any more."""
    day.exported["messages"] = day.line.export("messages")
    return not [row for row in day.exported["messages"] if row["state"] in ("waiting", "sent")]


ANSWERED = [
    ("answered", "cochin-medecine-interne", AMELIE, [AMELIE]),
    ("declined", "cochin-medecine-interne", BRUNO, [AMELIE, BRUNO]),
    ("voicemail", "cochin-medecine-interne", BRUNO, [AMELIE, BRUNO]),
    ("busy", "cochin-neurologie", DENIS, [CHLOE, DENIS]),
    ("gave up, then put through", "cochin-neurologie", CHLOE, [CHLOE]),
    ("in Cochin", "cochin-cardiologie", AMELIE, [AMELIE]),
    ("in Avicenne", "avicenne-cardiologie", CHLOE, [CHLOE]),
    ("closed but covered", "cochin-dermatologie", BRUNO, [AMELIE, BRUNO]),
    ("known", "avicenne-geriatrie", DENIS, [DENIS]),
    ("known, last ward", "avicenne-geriatrie", DENIS, [DENIS]),
]


@pytest.mark.parametrize(("name", "ward", "senior", "rung"), ANSWERED, ids=[row[0] for row in ANSWERED])
def test_who_presses_1_talks_to_the_gp_and_to_nobody_else(
    afternoon: Afternoon, name: str, ward: str, senior: str, rung: list[str]
) -> None:
    row = afternoon.row(name)
    assert afternoon.calls[name].bridged_to == senior
    assert (row["result"], row["ward"], row["answered_by"], row["rung"]) == ("answered", ward, senior, rung)
    assert row["started_at"] <= row["answered_at"] <= row["ended_at"]


ON_FILE = [
    ("nobody", "+33639980105", "cochin-medecine-interne", "voice", 2),
    ("hidden", "+33639980142", "cochin-neurologie", "voice", 1),
    ("other number", "+33639980143", "cochin-neurologie", "voice", 1),
    ("gave up speaking", "+33639980109", "cochin-neurologie", "voice", 1),
    ("said nothing", "+33639980110", "cochin-neurologie", "missed_call", 0),
    ("closed", "+33639980115", "cochin-rhumatologie", "voice", 1),
    ("nobody on call", "+33639980117", "avicenne-urologie", "voice", 1),
    ("from the practice", PRACTICE, "avicenne-geriatrie", "voice", 1),
    ("landline", LANDLINE, "avicenne-geriatrie", "voice", 1),
]


@pytest.mark.parametrize(("name", "caller", "ward", "channel", "parts"), ON_FILE, ids=[row[0] for row in ON_FILE])
def test_who_reached_nobody_is_on_file_once(
    afternoon: Afternoon, name: str, caller: str, ward: str, channel: str, parts: int
) -> None:
    (request,) = afternoon.requests(caller)
    row = afternoon.row(name)
    assert (row["result"], row["ward"], row["answered_by"]) == ("request", ward, None)
    assert (request["ward"], request["channel"], request["parts"]) == (ward, channel, parts)
    assert (request["state"], request["claimed_by"], request["outcome"]) == ("open", None, None)


def test_the_promise_is_twenty_four_hours_after_it_was_spoken_everywhere_to_the_minute(afternoon: Afternoon) -> None:
    (request,) = afternoon.requests("+33639980105")
    assert request["created_at"].startswith("2026-11-23T")
    day, clock = request["due_at"].split("T")
    assert request["created_at"] == f"2026-11-23T{clock}"
    hour, minute = int(clock[:2]) + 1, clock[3:5]  # Paris in November
    assert day == "2026-11-24"
    assert f"24/11 à {hour}h{minute}" in afternoon.texts("+33639980105")[0]


def test_both_passes_ring_rank_1_then_rank_2(afternoon: Afternoon) -> None:
    assert afternoon.row("nobody")["rung"] == [AMELIE, BRUNO, AMELIE, BRUNO]
    assert afternoon.row("closed")["rung"] == []
    assert afternoon.row("nobody on call")["rung"] == []


def test_the_reference_is_one_string_spoken_and_texted(afternoon: Afternoon) -> None:
    (request,) = afternoon.requests("+33639980105")
    reference = request["reference"]
    assert re.fullmatch("[0-9]{6}", reference)
    assert ", ".join(reference) in afternoon.heard("nobody")
    assert [reference in text for text in afternoon.texts("+33639980105")][:1] == [True]


def test_who_adds_to_his_open_request_has_one_and_who_wants_a_new_one_has_two(afternoon: Afternoon) -> None:
    added, anew = afternoon.requests("+33639980105"), afternoon.requests("+33639980106")
    assert [request["parts"] for request in added] == [2]
    assert [request["parts"] for request in anew] == [1, 1]
    assert len({request["reference"] for request in anew}) == 2


def test_who_was_put_through_later_is_owed_nothing_more(afternoon: Afternoon) -> None:
    (request,) = afternoon.requests("+33639980108")
    assert (request["channel"], request["state"], request["parts"]) == ("missed_call", "done", 0)
    assert request["closed_at"] is not None


def test_who_hung_up_before_choosing_is_lost_and_owed_nothing(afternoon: Afternoon) -> None:
    assert (afternoon.row("lost")["result"], afternoon.row("lost")["ward"]) == ("lost", None)
    assert afternoon.requests("+33639980111") == []
    assert afternoon.texts("+33639980111") == []


def test_who_chose_a_ward_and_left_no_number_is_lost_with_his_ward(afternoon: Afternoon) -> None:
    row = afternoon.row("lost and hidden")
    assert (row["result"], row["ward"], row["caller"]) == ("lost", "avicenne-geriatrie", None)


def test_who_finds_no_ward_twice_is_passed_to_the_switchboard(afternoon: Afternoon) -> None:
    assert afternoon.calls["no such ward"].bridged_to == SWITCHBOARD
    assert afternoon.row("no such ward")["result"] == "switchboard"
    assert afternoon.requests("+33639980114") == []


def test_a_known_gp_is_greeted_by_name_and_his_last_ward_is_on_1(afternoon: Afternoon) -> None:
    assert "Ferrand" in afternoon.heard("known")
    assert "Gériatrie" in afternoon.callers["known, last ward"].heard[1]


def test_after_the_first_prompt_one_digit_is_enough_but_for_a_number(afternoon: Afternoon) -> None:
    for name, caller in afternoon.callers.items():
        longer = [prompt.text for prompt in caller.prompts[1:] if prompt.digits != 1]
        expected = {"hidden": 1, "other number": 1, "no such ward": 1}.get(name, 0)
        assert len(longer) == expected, (name, longer)


def test_the_emergency_sentence_comes_first(afternoon: Afternoon) -> None:
    for name, caller in afternoon.callers.items():
        assert "15" in caller.heard[0], name


def test_a_senior_hears_the_ward_and_the_keys_and_never_who_calls(afternoon: Afternoon) -> None:
    assert afternoon.whispers["answered"]
    for whisper in (text for heard in afternoon.whispers.values() for text in heard):
        assert not re.search("Ferrand|Garnier", whisper)
        assert not re.search(r"\d[ ,.]*\d[ ,.]*\d[ ,.]*\d[ ,.]*\d[ ,.]*\d", whisper), whisper
    assert "Médecine interne" in afternoon.whispers["answered"][0]
    assert "tapez 1" in afternoon.whispers["answered"][0]


def test_a_gp_on_a_landline_is_never_texted_there_but_told(afternoon: Afternoon) -> None:
    (practice,), (landline,) = afternoon.requests(PRACTICE), afternoon.requests(LANDLINE)
    assert [practice["reference"] in text for text in afternoon.texts(GAELLE)] == [True]
    assert ", ".join(landline["reference"]) in afternoon.heard("landline")
    assert afternoon.texts(PRACTICE) == afternoon.texts(LANDLINE) == []


def test_every_open_request_is_alerted_and_confirmed_to_its_gp_once(afternoon: Afternoon) -> None:
    sent = Counter((row["purpose"], row["reference"], row["to"]) for row in afternoon.exported["messages"])
    assert [key for key, times in sent.items() if times > 1] == []
    open_ones = [row for row in afternoon.exported["requests"] if row["state"] == "open"]
    references = {purpose: {ref for kind, ref, _ in sent if kind == purpose} for purpose in ("alert", "confirmation")}
    assert {row["reference"] for row in open_ones} <= references["alert"]
    assert {row["reference"] for row in open_ones if row["caller"] != LANDLINE} <= references["confirmation"]


def test_without_anybody_on_call_the_head_of_the_ward_is_told(afternoon: Afternoon) -> None:
    (request,) = afternoon.requests("+33639980117")
    assert any(request["reference"] in text for text in afternoon.texts(HEAD))


def test_texts_show_no_caller_and_carry_the_link_and_the_deadline(afternoon: Afternoon) -> None:
    (request,) = afternoon.requests("+33639980105")
    (alert,) = [text for text in afternoon.texts(AMELIE) if request["reference"] in text]
    assert f"{afternoon.line.url}/" in alert
    assert "24/11" in alert
    assert "63998" not in alert.replace(" ", "")


def test_messages_are_fetched_and_then_deleted_at_the_carrier(afternoon: Afternoon) -> None:
    kept = afternoon.line.carrier.recordings.kept
    wait_until(lambda: all(recording.deleted for recording in kept.values()), 20, lambda: str(kept))
    assert {recording.fetched for recording in kept.values()} == {1}


def test_when_every_webhook_of_the_day_comes_again_nothing_changes(afternoon: Afternoon) -> None:
    carrier = afternoon.line.carrier
    for sent in list(carrier.wire.sent):
        carrier.wire.again(sent)
    assert carrier.complaints == []
    again = {what: afternoon.line.export(what) for what in FIELDS}
    assert again == afternoon.exported


def test_exports_have_the_fields_of_the_contract_in_both_formats(afternoon: Afternoon) -> None:
    for what, fields in FIELDS.items():
        assert {tuple(row) for row in afternoon.exported[what]} == {tuple(fields.split())}
    table = list(csv.DictReader(io.StringIO(afternoon.line.run("export", "requests", "--format", "csv").stdout)))
    assert [row["reference"] for row in table] == [row["reference"] for row in afternoon.exported["requests"]]
    assert list(table[0]) == FIELDS["requests"].split()


INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")


def test_exports_speak_iso_and_e164_and_counts_are_integers(afternoon: Afternoon) -> None:
    for row in (row for rows in afternoon.exported.values() for row in rows):
        for name, value in row.items():
            if name.endswith("_at") and value is not None:
                assert INSTANT.fullmatch(value), (name, value)
            if name in ("caller", "to", "answered_by", "claimed_by") and value is not None:
                assert re.fullmatch(r"\+[0-9]{8,15}", value), (name, value)
            if name in ("parts", "attempts"):
                assert type(value) is int
