"""Which story something belongs to (`config.story`): of the call that a request was filed in, else of the request."""

from uuid import UUID

from sqlalchemy import Connection, text

from config import story


def sql(request: str) -> str:
    """The story of the request that this column or parameter names, as text; null where it names none.

    One look into one index: how it was filed is the first thing that happened to it.
    """
    return f"""coalesce((select e.detail ->> 'call' from events e where e.request_id = {request} order by e.id limit 1),
        cast(cast(lpad(to_hex({request}), 32, '0') as uuid) as text))"""


_OF_REQUEST = text(f"select {sql('cast(:id as bigint)')}")


def follow(conn: Connection, request_id: int, **about: int | str | UUID) -> None:
    """What is done from here on is about this request."""
    found = conn.execute(_OF_REQUEST, {"id": request_id}).scalar_one()
    story.follow(found, request=request_id, **about)
