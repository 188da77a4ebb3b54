"""Whatever GPs write, in whatever order, however often it is delivered: nothing is lost, and nothing is there twice."""

import random
from datetime import timedelta

import pytest

from callbacks.written import filing
from callbacks.written.incoming import Channel, Incoming
from config import clock
from tests.callbacks.written.desk import LINE, OUR_MAIL, PRACTICE, ROUX, ROUX_MAIL, STRANGER, Line

WORDS = (
    *("nephro", "cochin", "avicenne", "avis cardio cochin", "rhumato avicenne svp", "1", "2", "3", "oui", "non"),
    *("non, plutôt dermato cochin", "nouvelle demande", "merci", "👍", "", "SUIVI", "ANNULER", "AIDE", "bonjour"),
    *("Dr Martin RPPS 10100000012", "patient de 60 ans, créatinine à 300", "{reference}", "{reference} va moins bien"),
    *("ANNULER {reference}", "suivi {reference}", "cardio ou nephro", "Mme Durand née le 12/03/1950, cardio cochin"),
)
OFTEN = ("avis cardio cochin", "non, plutôt dermato cochin", "nephro", "1", "1", "2", "ANNULER")
SENDERS = (ROUX, PRACTICE, STRANGER, ROUX_MAIL)

FAULTS = {
    "a message that became a part, and is not part of its request": """
        select from written w where verdict in ('filed', 'joined')
        and not exists (select from parts p where p.id = w.id and p.request_id = w.request_id)""",
    "a part that is no such message": """
        select from parts p where body is not null and not exists (
            select from written w where w.id = p.id and w.verdict in ('filed', 'joined'))""",
    "a message that waits where nobody looks": """
        select from written w where verdict = 'waiting' and not exists (
            select from dialogues d where d.id = w.dialogue_id and d.state = 'open')""",
    "a talk in which nothing waits": """
        select from dialogues d where state = 'open' and not exists (
            select from written w where w.dialogue_id = d.id and w.verdict = 'waiting')""",
    "a talk that was filed and leads nowhere": "select from dialogues where state = 'filed' and request_id is null",
    "an unread part of a closed request that its GP did not withdraw": """
        select from parts p join requests r on r.id = p.request_id
        where p.heard_at is null and r.state in ('done', 'unreachable')""",
    "a request without a word": """
        select from requests r where channel in ('sms', 'email') and state <> 'withdrawn'
        and not exists (select from parts p where p.request_id = r.id)""",
    "a request that is promised later than its first words": """
        select from requests r join parts p on p.request_id = r.id and p.body is not null
        where channel in ('sms', 'email') and r.created_at > p.created_at""",
    "more than ten answers an hour": """
        select from outbox a where 10 < (select count(*) from outbox b where b.recipient = a.recipient
        and b.created_at between a.created_at - interval '59 minutes' and a.created_at)""",
    "words of a patient in what we say": "select from outbox where body || detail::text ~ 'Durand|1950|créatinine'",
    "somebody tripped": "select from alarms where kind = 'written_set_aside'",
}


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_and_nothing_is_there_twice(line: Line, seed: int) -> None:
    dice = random.Random(seed)
    line.policy("Avicenne", dice.choice(("ask", "refuse", "accept")))
    delivered: list[Incoming] = []
    for number in range(70):
        if delivered and dice.random() < 0.15:
            assert not line.takes(dice.choice(delivered))  # the carrier says it again
            continue
        delivered.append(message(line, dice, number))
        assert line.takes(delivered[-1])
        happens(line, dice)
    assert [fault for fault, statement in FAULTS.items() if line.rows(statement)] == []
    assert len(line.verdicts()) == len(delivered)
    assert {"filed", "idle", "command"} <= set(line.verdicts())


def message(line: Line, dice: random.Random, number: int) -> Incoming:
    """Somebody writes something, perhaps of a request that is his."""
    sender = dice.choice(SENDERS)
    known = [request.reference for request in line.requests()] or ["123456"]
    words = dice.choice(WORDS + OFTEN * 3).format(reference=dice.choice(known))
    if "@" in sender:
        return Incoming(f"mail:{number}", Channel.EMAIL, sender, OUR_MAIL, words, message_id=f"<{number}@cabinet>")
    return Incoming(f"sms:{number}", Channel.SMS, sender, LINE, words)


def happens(line: Line, dice: random.Random) -> None:
    """Time passes, the ward works, the coordinator sorts."""
    line.waits(timedelta(minutes=dice.choice((0, 1, 20, 200))))
    requests = [request for request in line.requests() if not request.state.closed]
    if requests and dice.random() < 0.1:
        line.claims(dice.choice(requests).id)
    if requests and dice.random() < 0.1:
        line.closes(dice.choice(requests).id)
    waiting = line.rows("select id from dialogues where state = 'open'")
    if waiting and dice.random() < 0.1:
        with line.engine.begin() as conn:
            filing.file_dialogue(conn, dice.choice(waiting).id, line.ward["cochin derma"], clock.read(conn))
