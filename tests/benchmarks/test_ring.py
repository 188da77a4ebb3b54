"""Time to ring: what the application says to each caller, reckoned by one table; two runs of a release say the same."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from benchmarks import ring
from benchmarks.menus import menus
from benchmarks.pace import Takes, of, seconds
from benchmarks.ring import CALLERS, GOES_ON, WAITS, Act, Caller, Figures, NobodyRang, Rung, Spent, act, prompt, rung
from config.servers import Urls

ASKED = "<Gather action='/2' timeout='5' numDigits='1'><Say>Bonjour.</Say><Say>Tapez 1.</Say></Gather>"
ASKS = f"<Response>{ASKED}<Redirect>/2</Redirect></Response>"
GOES_ON_BY_ITSELF = "<Response><Say>J'appelle.</Say><Redirect>/3</Redirect></Response>"
RINGS = "<Response><Dial><Number>+33639980001</Number></Dial></Response>"


def line(*documents: str) -> tuple[ring.Answers, list[tuple[str, str]]]:
    """An application that says this, whatever it is told; and what it was told."""
    told: list[tuple[str, str]] = []
    left = iter(documents)

    def answers(address: str, form: Mapping[str, str]) -> str:
        told.append((address, form.get("Digits", "") + form.get("SpeechResult", "")))
        return next(left)

    return answers, told


def test_a_caller_hears_keys_and_waits_until_a_telephone_is_to_ring() -> None:
    answers, told = line(ASKS, GOES_ON_BY_ITSELF, RINGS)
    found = rung(Caller("a newcomer", 10, [Act(keys="227#")]), answers)
    assert found.said == ["Bonjour. Tapez 1.", "J'appelle.", ""]
    assert found.spent.listening == pytest.approx(seconds("Bonjour. Tapez 1.") + seconds("J'appelle."))
    assert found.spent.acting == pytest.approx(of(Takes.THINK) + 4 * of(Takes.KEY_LOOKED_FOR))
    assert found.spent.waiting == pytest.approx(2 * of(Takes.HOP))
    assert [digits for _, digits in told] == ["", "227", ""]


@pytest.mark.parametrize(
    ("does", "spent"),
    [
        (GOES_ON, Spent(0, of(Takes.THINK) + of(Takes.KEY_BY_HEART), of(Takes.HOP))),
        (WAITS, Spent(seconds("Bonjour. Tapez 1."), 0, 5 + of(Takes.HOP))),
        (Act("Bonjour.", "2"), Spent(seconds("Bonjour."), of(Takes.THINK) + of(Takes.KEY_LOOKED_FOR), of(Takes.HOP))),
        (Act("", says="cardio"), Spent(0, of(Takes.TURN) + seconds("cardio"), of(Takes.TURN) + of(Takes.HOP))),
    ],
)
def test_what_each_habit_costs_at_a_prompt(does: Act, spent: Spent) -> None:
    found = act(prompt(ASKS), does)
    assert (found.listening, found.acting, found.waiting) == pytest.approx(
        (spent.listening, spent.acting, spent.waiting)
    )


def test_who_waits_for_words_that_no_longer_come_is_not_reckoned() -> None:
    with pytest.raises(ValueError, match="substring"):
        act(prompt(ASKS), Act("tapez 9.", "9"))


@pytest.mark.parametrize("documents", [[ASKS, ASKS], [ASKS, "<Response><Hangup/></Response>"], [ASKS] * 20])
def test_a_call_that_rings_nobody_is_no_figure(documents: list[str]) -> None:
    answers, _ = line(*documents)
    with pytest.raises(NobodyRang):
        rung(Caller("anybody", 10, [GOES_ON]), answers)


def test_every_caller_reaches_a_senior_of_the_application_itself(servers: Urls) -> None:
    """Not retyped: what is reckoned is what the line says today."""
    found = ring.figures(servers)
    said = {each.caller.says: " ".join(each.said) for each in found.ours}
    assert [each.caller for each in found.ours] == list(CALLERS)
    for words in said.values():
        assert words.startswith("Urgence vitale")
        assert "J'appelle" in words
    assert "docteur Pierre Caron" in said["known, goes on"]
    assert "Hôpital : Avicenne, tapez 1." in said["newcomer, two hospitals"]
    assert "autre 3" in said["newcomer, by keypad"]
    assert "autre 3" not in said["known, waits"]
    assert [each.caller.says for each in found.ours if each.missed_by] == []
    assert "dites son nom" in said["newcomer, by voice"]
    assert "dites son nom" not in said["newcomer, by keypad"]
    shown = ring.table(found)
    assert "a senior is rung within 25 s" in shown
    assert all(each.caller.says in shown for each in found.ours)
    assert ring.document(found)["ours"][0]["said"][0].startswith("Urgence vitale")


def test_an_aim_is_missed_by_whoever_needs_longer() -> None:
    caller = replace(CALLERS[0], says="knows the code", aim=8)
    met, missed = (Rung(caller, Spent(heard, 1.0, 0.5), ["…"]) for heard in (6.5, 6.6))
    assert "within 8 s: met" in ring.table(Figures([met], menus()))
    assert "within 8 s: missed by knows the code (+0.1)" in ring.table(Figures([met, missed], menus()))
