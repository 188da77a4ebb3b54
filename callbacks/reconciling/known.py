"""Which of the carrier's names for things we know, and what we think of them."""

from sqlalchemy import Connection, text

from callbacks.reconciling.compare import Ours, Theirs

_CALLS = text("select sid from calls where sid = any(:sids)")
# `texts_in`: what the release before last took in.
_TEXTS = text(
    """
    select substr(key, 5) from written where key = any(:keys)
    union select sid from texts_in where sid = any(:sids)"""
)
_SENT = text(
    """
    select provider_sid as sid, state from outbox where provider_sid = any(:sids)
    union all select sid, 'canary' from canaries where sid = any(:sids)
    union all select jsonb_array_elements_text(seen -> 'unknown'), 'unknown' from reconciliations
        where began_real > real_now() - interval '7 days'"""
)
_RECORDINGS = text("select sid, deleted_real is not null as deleted from recordings where sid = any(:sids)")


def ours(conn: Connection, theirs: Theirs) -> Ours:
    """What we have of what they have."""
    calls = {call.sid for call in theirs.calls} | {each.call_sid for each in theirs.recordings}
    texts = [message.sid for message in theirs.texts]
    recordings = conn.execute(_RECORDINGS, {"sids": [each.sid for each in theirs.recordings]}).all()
    return Ours(
        calls=frozenset(conn.execute(_CALLS, {"sids": list(calls)}).scalars()),
        texts=frozenset(conn.execute(_TEXTS, {"sids": texts, "keys": [f"sms:{sid}" for sid in texts]}).scalars()),
        sent={row.sid: row.state for row in conn.execute(_SENT, {"sids": [*calls, *texts]})},
        recordings=frozenset(row.sid for row in recordings),
        deleted=frozenset(row.sid for row in recordings if row.deleted),
    )
