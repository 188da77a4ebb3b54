"""Several climb at once, for real: no rung twice, none left, nobody waits for who waits for him; and what one person
gets is counted as if they had come one after the other.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaits
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from callbacks import climb, limits, links, reminders
from tests.callbacks.promised import AMELIE, BRUNO, CHLOE, DENIS, Story
from tests.callbacks.rotas import paris

AT_ONCE = 4
FEW = 5  # that each takes up, so that they meet often
PATIENCE = 2.0  # seconds


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


@pytest.fixture(scope="module")
def hands() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield pool


def all_climb(story: Story, hands: ThreadPoolExecutor) -> int:
    """Each as a tick does, until nothing is due. How many requests were taken up in time, by all of them."""
    return sum(hands.map(lambda _: climbs_what_is_due(story), range(AT_ONCE)))


def climbs_what_is_due(story: Story) -> int:
    in_time = 0
    while found := due(story):
        for request_id in found:
            with story.engine.begin() as conn:
                in_time += climb.climb(conn, request_id, story.moment, story.house) is not None
    return in_time


def due(story: Story) -> list[int]:
    with story.engine.begin() as conn:
        return list(climb.due(conn, story.moment, FEW))


def rungs(story: Story) -> list[tuple[int, str, int]]:
    """How often each rung of each request was climbed."""
    climbed = """select request_id, detail ->> 'rung' as rung, count(*) as times from events
        where kind = 'rung' group by 1, 2 order by 1, 2"""
    with story.engine.begin() as conn:
        return [(row.request_id, row.rung, row.times) for row in conn.execute(text(climbed))]


def everybody_hears(story: Story) -> None:
    """Two wards: who is first on call in the one is second in the other, and so above them; two texted STOP."""
    other = story.opens_ward("nephrologie", "Néphrologie", head_id=story.ids[DENIS], coordinator_id=story.ids[CHLOE])
    story.puts_on_call(BRUNO, rank=1, ward_id=other)
    story.puts_on_call(AMELIE, rank=2, ward_id=other)
    wards = (story.ward_id, other)
    for place in range(12):
        story.ward_id = wards[place % 2]
        story.files()
    story.knows_stop_of(AMELIE)
    story.knows_stop_of(BRUNO)


def somebody_claims(story: Story, request_ids: Sequence[int]) -> None:
    delivered = "update outbox set state = 'delivered', sent_at = due_at where state = 'waiting'"
    with story.engine.begin() as conn:
        conn.execute(text(delivered))
    for story.request_id in request_ids:
        story.claims(AMELIE)


def test_every_rung_is_climbed_once_none_is_left_and_nobody_waits_for_who_waits_for_him(
    story: Story, hands: ThreadPoolExecutor
) -> None:
    everybody_hears(story)
    ids = range(story.request_id - 11, story.request_id + 1)
    for rung, hours in (("again", 1), ("second", 7), ("both", 13), ("head", 21), ("coordinator", 22), ("due", 24)):
        story.now = paris(23, 11) + timedelta(hours=hours)
        if rung == "both":
            somebody_claims(story, ids[::4])  # who was alerted is told: that is counted alone
        assert all_climb(story, hands) == len(ids)
        assert [each for each in rungs(story) if each[1] == rung] == [(id, rung, 1) for id in ids]
        assert due(story) == []


def test_what_one_person_gets_is_counted_right_when_several_climb_at_once(
    story: Story, hands: ThreadPoolExecutor
) -> None:
    story.empties_the_rota()
    story.puts_on_call(AMELIE)
    references = []
    for _ in range(12):
        story.files()
        references.append(story.view.reference)
    all_climb(story, hands)  # a call each, by the rung after opening
    story.now = paris(23, 11, 40)
    all_climb(story, hands)
    story.messages()
    story.now = paris(23, 17, 5)
    all_climb(story, hands)
    texts = [each for each in story.messages() if each.channel == "sms" and each.state == "waiting"]
    assert [(each.purpose, each.due_at) for each in texts] == [
        ("reminder", paris(23, 17, 5)),
        ("summary", paris(23, 17, 6)),
    ]
    alone, gathered = texts
    assert [limit.at_most for limit in limits.load() if limit.within == timedelta(minutes=1)] == [1]
    assert [(each in alone.body) + (each in gathered.body) for each in references] == [1] * 12


def counts_for_amelie(conn: Connection, story: Story) -> None:
    reminders.count_for(conn, [story.ids[AMELIE]])


def counts_alone(conn: Connection, story: Story) -> None:
    reminders.count_alone(conn)


Counts = Callable[[Connection, Story], None]


def waits(story: Story, hands: ThreadPoolExecutor, one: Counts, other: Counts) -> bool:
    """Whether the other waits until the one is done, and is done then."""

    def begins() -> None:
        with story.engine.begin() as conn:
            other(conn, story)

    with story.engine.begin() as conn:
        one(conn, story)
        begun = hands.submit(begins)
        try:
            begun.result(0.3)
        except StillWaits:
            waited = True
        else:
            waited = False
    begun.result(PATIENCE)
    return waited


def previous_release(conn: Connection, story: Story) -> None:
    conn.execute(text("select pg_advisory_xact_lock(hashtextextended('reminders', 0))"))


def counts_for_others(conn: Connection, story: Story) -> None:
    reminders.count_for(conn, [story.ids[BRUNO], story.ids[CHLOE]])


@pytest.mark.parametrize(
    ("one", "other", "waiting"),
    [
        (counts_for_amelie, counts_for_amelie, True),
        (counts_for_amelie, counts_for_others, False),
        (counts_for_amelie, counts_alone, True),
        (counts_alone, counts_for_amelie, True),
        (counts_alone, counts_alone, True),
        (counts_for_amelie, previous_release, True),
        (previous_release, counts_for_amelie, True),
    ],
)
def test_who_counts_for_a_person_is_waited_for_by_who_counts_for_the_same(
    story: Story, hands: ThreadPoolExecutor, one: Counts, other: Counts, waiting: bool
) -> None:
    assert waits(story, hands, one, other) is waiting


def test_who_alerts_bruno_does_not_wait_for_who_reminds_amelie(story: Story, hands: ThreadPoolExecutor) -> None:
    story.files()
    story.at(paris(23, 16, 59))
    story.written()
    story.now = paris(23, 17)
    with story.engine.begin() as conn:
        counts_for_amelie(conn, story)
        assert hands.submit(climbs_what_is_due, story).result(PATIENCE) == 1
    assert story.written() == ["17:00 alert sms to Bruno"]


def links_to_it(conn: Connection, story: Story) -> None:
    links.token_for(conn, story.request_id, story.ids[AMELIE], story.moment.now, story.house.secret_key)


def writes_to_her_link(conn: Connection, story: Story) -> None:
    conn.execute(text("update links set created_at = created_at where person_id = :id"), {"id": story.ids[AMELIE]})


def test_a_link_that_stands_is_read_whoever_is_at_it(story: Story, hands: ThreadPoolExecutor) -> None:
    story.files()
    assert not waits(story, hands, writes_to_her_link, links_to_it)


def test_a_link_that_two_want_for_the_first_time_is_one(story: Story, hands: ThreadPoolExecutor) -> None:
    story.files(ended=False)
    assert waits(story, hands, links_to_it, links_to_it)
    with story.engine.begin() as conn:
        assert conn.execute(text("select count(*) from links")).scalar_one() == 1
