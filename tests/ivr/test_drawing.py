"""The clinicians who approve the call read every word of it, and where each answer leads."""

import re
from collections.abc import Callable

import pytest

from config import texts
from ivr.drawing import boxes, draw, mermaid
from ivr.flow import FLOW
from ivr.vocabulary import Do, exits, prompts


def french(key: str) -> str:
    return texts.template(key, "fr")


def english(key: str) -> str:
    return texts.template(key, "en")


def test_every_step_is_drawn_with_its_words_and_its_ways() -> None:
    drawing = re.sub(r"\s+", " ", draw(FLOW, french))
    for name, step in FLOW.steps.items():
        assert f" {name} · " in drawing
        for key in prompts(step):
            assert re.sub(r"\s+", " ", french(f"voice.{key}")) in drawing
        for _, target in exits(step):
            assert re.search(rf"→ \d+ {target}\b", drawing)


@pytest.mark.parametrize("words", [french, english])
def test_every_work_and_every_answer_has_words_that_a_clinician_reads(words: Callable[[str], str]) -> None:
    for step in FLOW.steps.values():
        if isinstance(step, Do):
            assert words(f"work.{step.work}")
    assert len(boxes(FLOW, words)) == len(FLOW.steps)


def test_nothing_is_explained_that_is_no_longer_done() -> None:
    works = {step.work for step in FLOW.steps.values() if isinstance(step, Do)}
    assert {key.removeprefix("work.") for key in texts.keys("work")} == works


def test_a_step_reads_as_a_paragraph() -> None:
    drawing = draw(FLOW, french)
    number = next(box.number for box in boxes(FLOW, french) if box.name == "review")
    start = drawing.index(f"{number}  review")
    lines = drawing[start:].split("\n\n")[0].split("\n")
    assert lines[0] == f"{number}  review · attend une touche"
    assert lines[1].strip() == f"«\u00a0{french('voice.review')}\u00a0»"
    assert re.fullmatch(r" {7}touche 1, perdu, silence +→ \d+ validate", lines[2])
    assert re.fullmatch(r" {7}touche 2 +→ \d+ replay", lines[3])


def test_the_drawing_begins_with_the_calls_there_are() -> None:
    heads = draw(FLOW, french).split("\n\n")[0].split("\n")
    assert [line.split()[-1] for line in heads] == list(FLOW.starts)
    assert heads[0].startswith("Un médecin appelle la ligne")


def test_what_was_recorded_is_shown_where_it_is_played() -> None:
    played = next(box for box in boxes(FLOW, french) if box.name == "replayed")
    assert played.says[0] == "le message enregistré"


def test_the_flowchart_has_every_arrow_once_and_quotes_its_labels() -> None:
    chart = mermaid(FLOW, french)
    lines = chart.splitlines()
    assert lines[0] == "flowchart TD"
    numbers = {box.name: box.number for box in boxes(FLOW, french)}
    arrows = re.findall(r'^  s(\d+) -- "[^"]+" --> s(\d+)$', chart, re.M)
    wanted = {(str(numbers[name]), str(numbers[to])) for name, step in FLOW.steps.items() for _, to in exits(step)}
    assert len(arrows) == len(set(arrows))
    assert set(arrows) == wanted
    assert all(line.count('"') in (0, 2) for line in lines)


def test_a_sentence_with_quotation_marks_does_not_break_the_flowchart() -> None:
    chart = mermaid(FLOW, lambda key: 'Dites "oui"' if key == "voice.review" else french(key))
    assert "«\u00a0Dites #quot;oui#quot;\u00a0»" in chart
    assert all(line.count('"') in (0, 2) for line in chart.splitlines())


def test_the_same_flow_is_always_drawn_the_same() -> None:
    assert draw(FLOW, french) == draw(FLOW, french)
    assert mermaid(FLOW, english) == mermaid(FLOW, english)
    assert draw(FLOW, french) != draw(FLOW, english)
