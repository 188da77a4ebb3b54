"""Whatever dies comes back: each process killed in its turn, and the sender of a text that is in flight."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.contract.hospital import AMELIE, DENIS
from tests.contract.installation import Installation, wait_until
from tests.contract.people import Caller, Telephone
from tests.contract.processes import kill, sent_to

pytestmark = pytest.mark.timeout(400)

SERVES_WITHIN = 60.0
RESUMES_WITHIN = 60.0  # 30 by the contract, on a machine that has nothing else to do


@dataclass
class BusyCaller(Caller):
    """A GP during whose message something happens."""

    meanwhile: Callable[[], None] = field(default=lambda: None)

    def speaks(self) -> int:
        self.meanwhile()
        return super().speaks()


KILLED = [("web", "+33639980190"), ("worker", "+33639980191"), ("tick", "+33639980192"), ("mail", "+33639980199")]


@pytest.mark.parametrize(("part", "number"), KILLED)
def test_a_process_killed_during_a_call_is_back_and_the_gp_notices_nothing(
    line: Installation, part: str, number: str
) -> None:
    def killed() -> None:
        line.carrier.wire.settle()
        kill(line, part)
        wait_until(lambda: line.get("/healthz").status == 200, SERVES_WITHIN, line.tail)
        if part == "web":
            line.carrier.wire.reached_nobody()

    before = sent_to(line, DENIS)
    line.carrier.connect(Telephone(number))
    gp = BusyCaller(number, ["437#"], meanwhile=killed)
    line.carrier.dials(gp)
    assert "référence" in gp.heard[-2]
    told = line.carrier.telephones[DENIS]
    wait_until(lambda: told.texts and line.carrier.telephones[number].texts, RESUMES_WITHIN, line.tail)
    line.carrier.settle()
    (row,) = [row for row in line.export("requests") if row["caller"] == number]
    assert (row["state"], row["parts"]) == ("open", 1)
    assert sorted((sent_to(line, number, DENIS) - before).values()) == [1, 1]


def test_a_text_whose_sender_is_killed_before_the_carrier_answers_is_sent_once(line: Installation) -> None:
    number = "+33639980193"
    before = sent_to(line, AMELIE)
    line.carrier.connect(Telephone(number))
    line.carrier.hesitates, line.carrier.mute = 3.0, True
    line.carrier.dials(Caller(number, ["633#"]))
    wait_until(lambda: sent_to(line, number, AMELIE) - before, RESUMES_WITHIN)
    for part in ("worker", "tick"):
        kill(line, part, with_children=True)
    line.carrier.hesitates = 0.0
    wait_until(lambda: taken_over(line, number), RESUMES_WITHIN, line.tail, every=2.0)
    line.carrier.mute = False
    assert sorted((sent_to(line, number, AMELIE) - before).values()) == [1, 1]


def taken_over(line: Installation, number: str) -> bool:
    """Whether the carrier has all that was written about this caller's request, to him and to the senior."""
    messages = line.export("messages")
    references = {row["reference"] for row in messages if row["to"] == number}
    states = [row["state"] for row in messages if row["reference"] in references]
    return len(states) >= 2 and set(states) <= {"sent", "delivered"}
