"""What happened to a request has a sentence for each thing, in each language."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from callbacks.outcomes import offered
from callbacks.states import Kind
from callbacks.story import HEARD, Happening
from callbacks.trying import REASONS, Result
from config import texts
from web.retold import retold

AT = datetime(2027, 3, 15, 11, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
# What may be known of each kind, besides who did it.
DETAILS: Mapping[str, Sequence[Mapping[str, object]]] = {
    Kind.FILED: [{"channel": channel} for channel in ("voice", "missed_call", "sms", "email")],
    Kind.RELEASED: [{}, {"why": "shift_end"}],
    Kind.ATTEMPTED: [{"result": result, "how": "own"} for result in Result] + [{}],
    Kind.POSTPONED: [{"until": "2027-03-15T17:15:00+00:00", "reason": reason} for reason in REASONS],
    Kind.DONE: [{"outcome": outcome.code} for outcome in offered()] + [{"outcome": "JOINT"}],
    Kind.APOLOGY: [{"sent": True}, {"sent": False}],
    HEARD: [{"voice": True}, {"voice": False}],
}


@pytest.mark.parametrize("kind", [*Kind, HEARD])
@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_thing_that_can_happen_is_told_whoever_did_it(kind: str, language: str) -> None:
    for detail, who, others in product(DETAILS.get(kind, [{}]), (None, "Amélie Durand"), (None, "Bruno Petit")):
        words = retold(Happening(AT, kind, who, others, detail), PARIS, language)
        assert words[0].isupper()
        assert words.endswith(".")


@pytest.mark.parametrize(
    ("kind", "who", "others", "detail", "words"),
    [
        (Kind.CLAIMED, "Amélie Durand", None, {"how": "phone"}, "Prise en charge par Amélie Durand."),
        (
            Kind.ATTEMPTED,
            "Amélie Durand",
            None,
            {"result": "no-answer"},
            "Amélie Durand a essayé\u202f: pas de réponse.",
        ),
        (Kind.ATTEMPTED, "Amélie Durand", None, {}, "Amélie Durand a essayé\u202f: pas de réponse."),
        (Kind.DONE, None, None, {"outcome": "JOINT"}, "Close\u202f: mis en relation par la ligne."),
        (Kind.RUNG, None, "Amélie Durand, Bruno Petit", {}, "Alerte\u202f: Amélie Durand, Bruno Petit."),
        (
            Kind.POSTPONED,
            "Amélie Durand",
            None,
            {"until": "2027-03-15T17:15:00+00:00", "reason": "window"},
            "Amélie Durand réessaiera le 15/03 à 18h15 (aux heures du médecin).",
        ),
    ],
)
def test_it_is_told_in_a_sentence(
    kind: str, who: str | None, others: str | None, detail: dict[str, object], words: str
) -> None:
    assert retold(Happening(AT, kind, who, others, detail), PARIS, "fr") == words


@pytest.mark.parametrize(
    ("kind", "detail", "words"),
    [
        ("moved", {}, ""),
        (Kind.FILED, {"channel": "pigeon"}, ""),
        (Kind.DONE, {"outcome": "GUERI"}, "Close par Amélie Durand\u202f: GUERI."),
    ],
)
def test_what_another_release_wrote_breaks_no_page(kind: str, detail: dict[str, object], words: str) -> None:
    assert retold(Happening(AT, kind, "Amélie Durand", None, detail), PARIS, "fr") == words
