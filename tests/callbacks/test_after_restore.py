"""After a restore the carrier is asked what it has before an SMS leaves; only for a while, and never about a call."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine, text

from callbacks import after_restore, delivery
from tests.callbacks.sending import AMELIE, BRUNO, HOUSE, Accepted, Hands, MemoryCarrier, message, put, row

YESTERDAY = 3600 * 20


@dataclass
class Begun:
    """A line that goes on from last night's copy."""

    engine: Engine
    hands: Hands
    carrier: MemoryCarrier = field(default_factory=MemoryCarrier)

    def sends(self, outbox_id: int) -> None:
        """As often as it is due within half a minute."""
        for worker in "abc":
            delivery.deliver(self.engine, self.carrier, HOUSE, outbox_id, worker)
            self.hands.pass_seconds(11)

    def sent_before(self, to: str, body: str) -> None:
        """In the night, after the copy was taken."""
        self.carrier.accepted.append(Accepted("SMbefore", to, body, self.hands.now()))


@pytest.fixture
def begun(database: Engine) -> Begun:
    hands = Hands(database)
    begun = Begun(database, hands, MemoryCarrier(now=hands.now))
    with database.begin() as conn:
        copied = "insert into backups (kind, snapshot_real) values ('restored', real_now() - interval '20 hours')"
        conn.execute(text(copied))
    return begun


def begins(begun: Begun) -> bool:
    with begun.engine.begin() as conn:
        return after_restore.begin(conn)


def test_what_the_carrier_has_is_not_sent_again(begun: Begun) -> None:
    begun.sent_before(AMELIE, "Demande 724193")
    (one,) = put(begun.engine, message(body="Demande 724193"))
    begun.sends(one)
    assert begun.carrier.sms == []
    assert (row(begun.engine, one).state, row(begun.engine, one).provider_sid) == ("sent", "SMbefore")


def test_what_it_has_not_is_sent_within_seconds(begun: Begun) -> None:
    begun.sent_before(BRUNO, "Demande 724193")
    begun.sent_before(AMELIE, "Demande 112233")
    (one,) = put(begun.engine, message(body="Demande 724193"))
    begun.sends(one)
    assert [(sms.to, sms.body) for sms in begun.carrier.sms] == [(AMELIE, "Demande 724193")]
    assert begun.carrier.asked == 2


def test_a_telephone_rings_at_once(begun: Begun) -> None:
    begun.sent_before(AMELIE, "")  # called in the night, for whatever it was
    (one,) = put(begun.engine, message(channel="call", body="alert"))
    begun.sends(one)
    assert [call.to for call in begun.carrier.calls] == [AMELIE]
    assert begun.carrier.asked == 0


def test_the_doubt_ends_a_quarter_of_an_hour_after_somebody_works_again(begun: Begun) -> None:
    begun.hands.pass_seconds(YESTERDAY)  # nobody did until now
    assert begins(begun)
    assert not begins(begun)
    begun.hands.pass_seconds(14 * 60)
    in_doubt, sure = put(begun.engine, message("a", body="Demande 724193"), message("b", body="Demande 112233"))
    begun.sends(in_doubt)
    assert begun.carrier.asked == 2
    begun.hands.pass_seconds(60)
    begun.sends(sure)
    assert begun.carrier.asked == 2
    assert len(begun.carrier.sms) == 2
