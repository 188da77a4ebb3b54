"""The figures, each written down once: the page, the export, the code book and the tests read this table. Pure.

A figure is made of facts (`facts.py`): those `among` which it is looked for, less the excluded; `counted` of them are
the numerator, and what is not `known` is told beside it, never counted as no. Numbers are those of domain.md 1.6.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from callbacks.figures.where import Column, Where

ALL = Where()


class Table(StrEnum):
    """Where facts come from: a file of the export each."""

    CALLS = "calls"
    REQUESTS = "requests"
    POLLS = "polls"
    LINES = "lines"


class Statistic(StrEnum):
    """How a figure is made of its facts."""

    COUNT = "count"  # how many are counted
    SHARE = "share"  # counted of all
    MEDIAN = "median"  # of `value`
    MEAN = "mean"  # of `value`
    SURVIVAL = "survival"  # begun minutes until `value`; who is still waiting counts until `observed_s`
    RATIO = "ratio"  # the sum of `value` over the sum of `per`
    DISTINCT = "distinct"  # how many different practitioners, of those in the directory
    TABLE = "table"  # how many of each `rows` and `columns`


class Unit(StrEnum):
    """What a value is."""

    NUMBER = "number"
    SHARE = "share"  # 0 to 1
    SECONDS = "seconds"
    MINUTES = "minutes"  # that have begun: 61 seconds are two


@dataclass(frozen=True)
class Exclusion:
    """Facts that are left out of a figure, and told beside it under this name."""

    code: str
    where: Where


@dataclass(frozen=True)
class Comparator:
    """What others have found, and who (`peers.md`, `domain.md`); a promise compares with itself."""

    low: float
    high: float
    source: str  # its words: `sources.<source>` of the catalogue


@dataclass(frozen=True)
class Indicator:
    """A figure's definition. Its words: `indicators.<code>` and `indicators.<code>_means` of the catalogue.

    `keeps`: exclusions of the facts that do not count here; `exclusions`: more of its own, which do.
    `sensitive`: it tells of patients, or of who answered a poll: it is told when five and more are on either side.
    """

    code: str
    number: int | None
    statistic: Statistic
    tables: tuple[Table, ...]
    among: Where = ALL
    counted: Where = ALL
    known: Where = ALL
    value: str = ""
    per: str = ""
    rows: str = ""
    columns: str = ""
    exclusions: tuple[Exclusion, ...] = ()
    keeps: tuple[str, ...] = ()
    unit: Unit = Unit.NUMBER
    sensitive: bool = False
    comparator: Comparator | None = None

    @property
    def of_answers(self) -> bool:
        """Whether it tells what GPs answered to a poll: of closed months alone, for whoever looks twice subtracts."""
        return self.sensitive and Table.POLLS in self.tables


WATCHED = "observed_s"  # the column of a curve: until when who is still waiting was watched
# What is no GP's call, or not one more. The first that applies is a fact's `exclusion`.
EXCLUSIONS: Mapping[Table, tuple[Exclusion, ...]] = MappingProxyType(
    {
        Table.CALLS: (
            Exclusion("test", Where(("direction", "==", "canary"))),
            Exclusion("colleague", Where(("result", "==", "senior"))),
            Exclusion("lasting", Where(("result", "==", "open"))),
            Exclusion("double", Where(("outcome", "==", "DOUBLON"))),
            Exclusion("repeat", Where(("repeat", "==", 1))),
            Exclusion("out_of_scope", Where(("outcome", "==", "HORS_CHAMP"))),
        ),
        Table.REQUESTS: (
            Exclusion("double", Where(("outcome", "==", "DOUBLON"))),
            Exclusion("repeat", Where(("repeat", "==", 1))),
            Exclusion("out_of_scope", Where(("outcome", "==", "HORS_CHAMP"))),
        ),
        Table.POLLS: (),
        Table.LINES: (),
    }
)
# Whose promise ended before it was due because he took it back: nobody broke it, nobody kept it.
WITHDRAWN = Exclusion("withdrawn", Where(("withdrawn", "==", 1)))

_CALLS, _REQUESTS, _POLLS, _LINES = ((table,) for table in Table)
_CONTACTS = (Table.CALLS, Table.REQUESTS)  # a conversation at once, or a callback
_CHOSE = Where(("ward", "!=", ""), ("result", "!=", "followup"))
_ANSWERED = Where(("result", "==", "answered"))
_CONTACT = Where(("contact", "==", 1))
_ADVICE_DUE = Where(("kind", "==", "advice"), ("due", "==", 1))
_EMERGENCY = ("URGENCES", "SAMU")
# Kinds that keep their own date; advice has the two figures of the public promise.
KINDS = ("admission", "letter", "appointment", "return_home", "directory", "feedback", "partnership")
_AVOIDED = Comparator(0.17, 0.22, "emergencies")
_QUESTIONNAIRE = "questionnaire"
_ASKED_IN_2016 = (("access", 0.32, 0.80), ("admission", 0.18, 0.79), ("document", 0.26, 0.77))


def _calls() -> tuple[Indicator, ...]:
    return (
        Indicator("presented", 1, Statistic.COUNT, _CALLS),
        Indicator(
            "answered",
            2,
            Statistic.SHARE,
            _CALLS,
            among=_CHOSE,
            counted=_ANSWERED,
            unit=Unit.SHARE,
            comparator=Comparator(0.70, 0.80, "consultant_connect"),
        ),
        Indicator(
            "access_time",
            3,
            Statistic.MEDIAN,
            _CALLS,
            among=_ANSWERED,
            known=Where(("wait_s", "known", None)),
            value="wait_s",
            unit=Unit.SECONDS,
            comparator=Comparator(30, 53, "consultant_connect"),
        ),
        Indicator(
            "talk_time",
            4,
            Statistic.MEDIAN,
            _CALLS,
            among=_ANSWERED,
            known=Where(("talk_s", "known", None)),
            value="talk_s",
            unit=Unit.SECONDS,
            comparator=Comparator(180, 246, "gp_care"),
        ),
        Indicator("lost", 5, Statistic.SHARE, _CALLS, counted=Where(("result", "==", "lost")), unit=Unit.SHARE),
    )


def _promise() -> tuple[Indicator, ...]:
    kept = Comparator(1.0, 1.0, "promise")
    return (
        Indicator("requests", None, Statistic.COUNT, _REQUESTS),
        Indicator(
            "first_try",
            6,
            Statistic.SURVIVAL,
            _REQUESTS,
            among=Where(("kind", "==", "advice")),
            value="first_try_s",
            unit=Unit.MINUTES,
        ),
        Indicator(
            "contact_time",
            None,
            Statistic.SURVIVAL,
            _REQUESTS,
            among=Where(("kind", "==", "advice")),
            value="contact_s",
            unit=Unit.MINUTES,
            comparator=Comparator(10, 15, "race"),
        ),
        Indicator(
            "tried_in_time",
            7,
            Statistic.SHARE,
            _REQUESTS,
            among=_ADVICE_DUE,
            counted=Where(("first_try_s", "<=", Column("due_s"))),
            exclusions=(WITHDRAWN,),
            unit=Unit.SHARE,
            comparator=kept,
        ),
        Indicator(
            "reached_in_time",
            8,
            Statistic.SHARE,
            _REQUESTS,
            among=_ADVICE_DUE,
            counted=Where(("contact_s", "<=", Column("due_s"))),
            exclusions=(WITHDRAWN,),
            unit=Unit.SHARE,
            comparator=kept,
        ),
        Indicator(
            "tries_per_contact",
            9,
            Statistic.MEAN,
            _REQUESTS,
            among=Where(("kind", "==", "advice"), ("contact_s", "known", None)),
            value="tries",
        ),
        Indicator(
            "overdue",
            10,
            Statistic.COUNT,
            _REQUESTS,
            among=_ADVICE_DUE,
            counted=Where(("late", "!=", "")),
            exclusions=(WITHDRAWN,),
        ),
        Indicator(
            "overdue_causes",
            10,
            Statistic.TABLE,
            _REQUESTS,
            among=_ADVICE_DUE & Where(("late", "!=", "")),
            rows="late",
            columns="channel",
            exclusions=(WITHDRAWN,),
        ),
        Indicator("escalations", 11, Statistic.TABLE, _REQUESTS, rows="level", columns="kind"),
        Indicator("by_kind", None, Statistic.TABLE, _REQUESTS, rows="kind", columns="channel"),
    )


def _kinds() -> tuple[Indicator, ...]:
    """Done by the date that each was told; and letters that came later than the law allows."""
    done = Where(("end_s", "<=", Column("due_s")))
    return (
        *(
            Indicator(
                f"kept_{kind}",
                None,
                Statistic.SHARE,
                _REQUESTS,
                among=Where(("kind", "==", kind), ("due", "==", 1)),
                counted=done,
                exclusions=(WITHDRAWN,),
                unit=Unit.SHARE,
            )
            for kind in KINDS
        ),
        Indicator(
            "letters_breached",
            None,
            Statistic.SHARE,
            _REQUESTS,
            among=Where(("kind", "==", "letter")),
            counted=Where(("breach", "==", 1)),
            known=Where(("breach", "known", None)),
            exclusions=(WITHDRAWN,),
            unit=Unit.SHARE,
        ),
    )


def _care() -> tuple[Indicator, ...]:
    """What came of conversations, however they came about."""
    outcome_known, otherwise_known = Where(("outcome", "!=", "")), Where(("otherwise", "!=", ""))

    def share(
        code: str, number: int | None, counted: Where, known: Where, comparator: Comparator | None = None
    ) -> Indicator:
        return Indicator(
            code,
            number,
            Statistic.SHARE,
            _CONTACTS,
            among=_CONTACT,
            counted=counted,
            known=known,
            unit=Unit.SHARE,
            sensitive=True,
            comparator=comparator,
        )

    return (
        Indicator(
            "outcome_known", None, Statistic.SHARE, _CONTACTS, among=_CONTACT, counted=outcome_known, unit=Unit.SHARE
        ),
        Indicator(
            "asked_by_outcome",
            13,
            Statistic.TABLE,
            _CONTACTS,
            among=_CONTACT,
            known=Where(("asked", "!=", "")) & outcome_known,
            rows="asked",
            columns="outcome",
            sensitive=True,
        ),
        share(
            "direct_admissions",
            14,
            Where(("outcome", "==", "ADM_DIRECTE")),
            outcome_known,
            Comparator(0.358, 0.358, "geriatrics"),
        ),
        share(
            "emergencies_avoided",
            15,
            Where(("otherwise", "in", _EMERGENCY), ("outcome", "not in", _EMERGENCY)),
            outcome_known & otherwise_known,
            _AVOIDED,
        ),
        share("other_line", None, Where(("outcome", "==", "AUTRE_LIGNE")), outcome_known),
        Indicator(
            "out_of_scope",
            None,
            Statistic.COUNT,
            _CONTACTS,
            counted=Where(("outcome", "==", "HORS_CHAMP")),
            keeps=("out_of_scope",),
        ),
        Indicator("wrong_line", None, Statistic.COUNT, _REQUESTS, counted=Where(("kind", "==", "directory"))),
    )


def _use() -> tuple[Indicator, ...]:
    return (
        Indicator(
            "coverage",
            12,
            Statistic.RATIO,
            _LINES,
            known=Where(("covered_s", "known", None)),
            value="covered_s",
            per="open_s",
            unit=Unit.SHARE,
        ),
        Indicator(
            "recourse",
            16,
            Statistic.DISTINCT,
            _CONTACTS,
            known=Where(("practitioner_key", "!=", "")),
            value="practitioner_key",
            unit=Unit.SHARE,
            comparator=Comparator(0.01, 0.54, "infectious_diseases"),
        ),
        Indicator(
            "rings_per_shift",
            18,
            Statistic.RATIO,
            _LINES,
            known=Where(("shifts", "known", None)),
            value="rung",
            per="shifts",
        ),
        Indicator("rings_at_night", 18, Statistic.RATIO, _LINES, value="rung_night", per="rung", unit=Unit.SHARE),
    )


def _polls() -> tuple[Indicator, ...]:
    """Satisfied, and expected, in the words of 2016, against the questionnaire's figures; what came of it, as he says.

    What a GP says is counted with his poll, never with his call: it would mark whose answers these are.
    """
    answered = Indicator(
        "poll_answered", 17, Statistic.SHARE, _POLLS, counted=Where(("answer_s", "known", None)), unit=Unit.SHARE
    )

    def question(code: str, number: int | None, column: str, comparator: Comparator | None) -> Indicator:
        return Indicator(
            code,
            number,
            Statistic.SHARE,
            _POLLS,
            counted=Where((column, "==", 1)),
            known=Where((column, "known", None)),
            unit=Unit.SHARE,
            sensitive=True,
            comparator=comparator,
        )

    def of_2016(code: str, column: str, found: float) -> Indicator:
        return question(code, 17, column, Comparator(found, found, _QUESTIONNAIRE))

    satisfied = (of_2016(f"satisfied_{name}", name, found) for name, found, _ in _ASKED_IN_2016)
    expected = (of_2016(f"expected_{name}", f"{name}_wanted", found) for name, _, found in _ASKED_IN_2016)
    avoided = question("emergencies_avoided_gp", 15, "avoided", _AVOIDED)
    return (answered, *satisfied, *expected, question("both_agree", None, "agrees", None), avoided)


INDICATORS: tuple[Indicator, ...] = (*_calls(), *_promise(), *_kinds(), *_care(), *_use(), *_polls())
BY_CODE: Mapping[str, Indicator] = MappingProxyType({indicator.code: indicator for indicator in INDICATORS})


def exclusion(table: Table, fact: object) -> str:
    """The name of the first exclusion that applies to a fact; "" when it counts."""
    return next((each.code for each in EXCLUSIONS[table] if each.where(fact)), "")


def edition(indicators: Iterable[Indicator]) -> str:
    """Names what these count by; what others have found does not count."""
    counted = [replace(each, comparator=None) for each in indicators]
    return sha256(repr((counted, dict(EXCLUSIONS))).encode()).hexdigest()[:12]


# Sums that were made by other definitions are not these figures: they are made again.
EDITION = edition(INDICATORS)
