"""The first minutes after a register was put back from a copy: what is sent then may have been sent before."""

from sqlalchemy import Connection, text

# From when somebody works again: every rung that fell due since the copy was taken has fired by then.
IN_DOUBT = "15 minutes"


def begin(conn: Connection) -> bool:
    """We work again: from now on the doubt lasts so long (callbacks.leases asks). True once after each restore."""
    first = "update backups set doubt_until_real = real_now() + interval '{}' where kind = 'restored' and {}"
    return conn.execute(text(first.format(IN_DOUBT, "doubt_until_real is null"))).rowcount > 0
