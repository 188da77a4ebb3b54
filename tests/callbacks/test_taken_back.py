"""What is taken back at the instant at which a worker takes it up."""

import threading

from sqlalchemy import Engine

from callbacks import leases, outbox
from tests.callbacks.sending import a_request, message, put, row


def test_what_is_taken_back_while_a_worker_claims_it_is_not_sent_once_more(database: Engine) -> None:
    request_id = a_request(database)
    (one,) = put(database, message(request_id=request_id))
    dropped: list[int] = []

    def drop() -> None:
        with database.begin() as conn:
            dropped.append(outbox.drop_waiting(conn, request_id))

    with database.begin() as conn:
        ours = leases.claim(conn, one, "worker")
        other = threading.Thread(target=drop)
        other.start()
        other.join(0.5)  # it waits for our lock
    other.join()
    assert ours is not None
    assert (dropped, row(database, one).state) == ([0], "sending")
    with database.begin() as conn:
        leases.postponed(conn, ours, 1.0, "20429", in_doubt=False)
    assert row(database, one).state == "dropped"
