"""What may be approved of a kind, and what an approval means on a day."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callbacks.retention import kinds
from callbacks.retention.kinds import BadRetention, Cutoffs, Kind, Rule, proposals

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def rule(kind: Kind, days: int | None, hospital_id: int | None = None) -> Rule:
    return Rule(kind, hospital_id, days, "Mme Dupré", NOW)


def test_every_kind_has_a_proposal_within_its_own_bounds() -> None:
    assert proposals().keys() == set(Kind)
    assert all(bounds.allow(bounds.proposed) for bounds in proposals().values())


@pytest.mark.parametrize("kind", [Kind.RECORDINGS, Kind.TEXTS, Kind.PICTURES, Kind.ANSWERS, Kind.LEFTOVERS])
def test_what_somebody_said_of_a_patient_goes_after_thirty_days_or_half_a_year_at_most(kind: Kind) -> None:
    bounds = proposals()[kind]
    assert (bounds.proposed, bounds.most) == (30, 180)
    assert not bounds.allow(181)


@pytest.mark.parametrize("kind", [Kind.RECORDINGS, Kind.TEXTS, Kind.PICTURES])
def test_nothing_goes_while_a_gp_may_still_open_his_request_again(kind: Kind) -> None:
    assert not proposals()[kind].allow(7)


def test_a_kind_without_a_rule_is_never_destroyed() -> None:
    assert kinds.cutoffs({}, Kind.TEXTS, NOW).never
    assert kinds.days_of({}, Kind.TEXTS, 1) is None


def test_the_rule_of_a_hospital_goes_before_the_house_s() -> None:
    rules = {(one.kind, one.hospital_id): one for one in (rule(Kind.TEXTS, 30), rule(Kind.TEXTS, None, 2))}
    assert kinds.cutoffs(rules, Kind.TEXTS, NOW) == Cutoffs(NOW - timedelta(days=30), {2: None})
    assert [kinds.days_of(rules, Kind.TEXTS, id) for id in (1, 2, None)] == [30, None, 30]
    assert kinds.cutoffs(rules, Kind.ANSWERS, NOW).never


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[texts]\nproposed = 30\nleast = 8\n", "not these kinds"),
        ("".join(f"[{kind}]\nproposed = 5\nleast = 8\n" for kind in Kind), "own bounds"),
        ("".join(f"[{kind}]\nproposed = 30\nleast = 8\nlegal = 'x'\n" for kind in Kind), "legal"),
    ],
)
def test_a_file_that_is_no_proposal_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "retention.toml"
    path.write_text(text)
    with pytest.raises(BadRetention, match=says):
        proposals(path)
