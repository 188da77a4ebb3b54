"""Whatever comes at once: nobody gets more reminders than he may, no reference is lost, no first alert is late."""

import random
from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, Row, select, text

from callbacks import limits
from callbacks.limits import Limit
from callbacks.tables import outbox
from tests.callbacks.promised import AMELIE, BRUNO, EMMA, Story
from tests.callbacks.rotas import paris

SEEDS = range(1, 5)
DAY = timedelta(hours=28, minutes=30)


class Delivering(Story):
    """A story whose messages leave when they are due."""

    def works(self) -> None:
        self.delivers()
        super().works()

    def delivers(self) -> None:
        left = "update outbox set state = 'delivered', sent_at = due_at where state = 'waiting' and due_at <= :now"
        with self.engine.begin() as conn:
            conn.execute(text(left), {"now": self.now})


def a_day_of_bursts(database: Engine, seed: int) -> Delivering:
    """Requests in bursts within the morning; some are claimed, put off, given back, handed over, closed on the way."""
    chance, story = random.Random(seed), Delivering(database)
    if chance.random() < 0.5:
        story.empties_the_rota()
        story.puts_on_call(AMELIE)
    for _ in range(chance.randint(2, 5)):
        for _ in range(chance.randint(1, 8)):
            story.files(reach=chance.choice(("now", "noon")))
            story.after(seconds=chance.choice((0, 0, 5, 40, 90)))
        story.after(minutes=chance.randint(1, 90))
    filed = list(range(1, story.request_id + 1))
    for _ in range(chance.randint(5, 25)):
        story.request_id = chance.choice(filed)
        _acts(story, chance)
        story.after(minutes=chance.choice((0, 0, 1, 7, 60)))
    story.at(paris(23, 11) + DAY)
    story.delivers()
    return story


def _acts(story: Story, chance: random.Random) -> None:
    person = chance.choice((AMELIE, BRUNO, EMMA))
    match chance.choice(("claims", "claims", "gives back", "puts off", "offers", "closes")):
        case "claims":
            story.claims(person)
        case "gives back":
            story.gives_back(person)
        case "puts off":
            story.puts_off(person, story.now + timedelta(hours=1))
        case "offers":
            story.offers(person)
        case "closes":
            story.hears_everything()
            story.closes(person)
    story.works()


def everything(story: Story) -> list[Row[tuple[object, ...]]]:
    with story.engine.begin() as conn:
        return list(conn.execute(select(outbox).order_by(outbox.c.id)).all())


@pytest.mark.parametrize("seed", SEEDS)
def test_in_whatever_bursts_it_comes(database: Engine, seed: int) -> None:
    story = a_day_of_bursts(database, seed)
    written = everything(story)
    _nobody_gets_too_many(written)
    _no_reference_is_lost(story, written)
    _no_first_alert_is_late(story, written)


def _nobody_gets_too_many(written: list[Row[tuple[object, ...]]]) -> None:
    left: dict[int, list[datetime]] = defaultdict(list)
    for message in written:
        if message.detail.get("limited") and message.state == "delivered":
            left[message.person_id].append(message.sent_at)
    assert any(len(times) > 5 for times in left.values()), "a burst that no limit meets proves nothing"
    for limit in limits.load():
        assert [times for times in left.values() if _crowded(sorted(times), limit)] == []


def _crowded(times: list[datetime], limit: Limit) -> bool:
    return any(b - a < limit.within for a, b in zip(times, times[limit.at_most :], strict=False))


def _no_reference_is_lost(story: Story, written: list[Row[tuple[object, ...]]]) -> None:
    """What was gathered stands in a summary within a quarter of an hour or so, unless it was settled before that."""
    summaries = [each for each in written if each.purpose == "summary" and each.state == "delivered"]
    gathered = [each for each in written if each.detail.get("limited") is False and each.state == "dropped"]
    assert gathered, "a burst in which nothing is gathered proves nothing"
    for message in gathered:
        reference = story.view_of(message.request_id).reference
        named = [
            each
            for each in summaries
            if each.person_id == message.person_id
            and reference in each.body
            and timedelta() <= each.sent_at - message.due_at <= timedelta(minutes=20)
        ]
        assert named or _settled(story, message), (message.purpose, message.due_at)


def _settled(story: Story, message: Row[tuple[object, ...]]) -> bool:
    """Whether somebody claimed, gave back or closed it before a summary could leave."""
    moved = """select exists (select from events where request_id = :id and at between :since and :until
        and kind in ('claimed', 'accepted', 'done', 'released'))"""
    values = {"id": message.request_id, "since": message.created_at, "until": message.due_at + timedelta(minutes=20)}
    with story.engine.begin() as conn:
        return bool(conn.execute(text(moved), values).scalar_one())


def _no_first_alert_is_late(story: Story, written: list[Row[tuple[object, ...]]]) -> None:
    first: dict[int, Row[tuple[object, ...]]] = {}
    for message in written:
        if message.purpose == "alert":
            first.setdefault(message.request_id, message)
    assert sorted(first) == list(range(1, max(first) + 1))
    for request_id, alert in first.items():
        assert story.view_of(request_id).reference in alert.body
        assert alert.due_at - story.view_of(request_id).created_at <= timedelta(seconds=60)
