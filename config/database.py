"""PostgreSQL: one metadata, and engines that give up early at the doors and wait a little behind them."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    ExceptionContext,
    MetaData,
    TextualSelect,
    column,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from config.patience import TCP_OPTIONS, Impatient
from config.sealed_types import open_what_is_read

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

DRIVER = "postgresql+psycopg"
POSTGRES_PORT = "5432"
PLAIN = ("postgres", "postgresql", DRIVER)
# Said to the server: a machine that has gone without a word lets go, within ten seconds, of what it held (invariant 4).
LET_GO = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10s"
# Invariant 5: a door answers "un instant" rather than wait; the carrier hangs up on us after fifteen seconds.
WEB_OPTIONS = "-c lock_timeout=2s -c statement_timeout=3s -c idle_in_transaction_session_timeout=10s -c timezone=UTC"
JOB_OPTIONS = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
_IDLE_IN_TRANSACTION = "25P03"


def web_engine(url: str, pool_size: int = 8) -> Engine:
    """Engine for the doors: connect 1 s, pool 1 s, lock 2 s, statement 3 s."""
    engine = _engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=1.0,
        pool_pre_ping=False,
        connect_args={"connect_timeout": 1, "options": f"{WEB_OPTIONS} {LET_GO}"},
    )
    event.listen(engine, "do_connect", lambda dialect, record, args, values: Impatient.connect(*args, **values))
    return engine


def job_engine(url: str, pool_size: int = 4) -> Engine:
    """Engine for worker, tick and commands: patient, and it checks a connection before it lends it."""
    return _engine(
        url,
        pool_size=pool_size,
        max_overflow=2,
        pool_timeout=5.0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 3, "options": f"{JOB_OPTIONS} {LET_GO}"},
    )


def forked_engine(url: str, pool_size: int = 4) -> Engine:
    """Engine for a process that forks: a child has connections of its own, a socket is never shared with it."""
    engine = job_engine(url, pool_size)
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
    return engine


def _engine(url: str, **options: Any) -> Engine:
    # hide_parameters: an exception text never carries a caller's number (style 20).
    given = TCP_OPTIONS | options.pop("connect_args")
    engine = create_engine(sqlalchemy_url(url), hide_parameters=True, connect_args=given, **options)
    event.listen(engine, "connect", open_what_is_read)
    event.listen(engine, "handle_error", _left_for_idleness)
    return engine


def _left_for_idleness(context: ExceptionContext) -> None:
    """PostgreSQL ends who idles in a transaction: an OperationalError like any end, where psycopg says InternalError.

    Whoever waits for a database that is away catches those; nothing is wrong with what was asked.
    """
    said, fault = context.sqlalchemy_exception, context.original_exception
    if isinstance(said, InternalError) and getattr(fault, "sqlstate", None) == _IDLE_IN_TRANSACTION:
        context.is_disconnect = True
        raise OperationalError(said.statement, None, fault, hide_parameters=True, connection_invalidated=True)


def sqlalchemy_url(url: str) -> str:
    """`postgres://…` and `postgresql://…`, as operators write them, with the driver we use.

    Several hosts are written as libpq and its programs read them (`a:5432,b:5432`); SQLAlchemy wants them as options.
    """
    parts = urlsplit(url)
    if parts.scheme not in PLAIN:
        return url
    who, at, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return DRIVER + url[len(parts.scheme) :]
    names, ports = zip(*(_host_and_port(host) for host in hosts.split(",")), strict=True)
    several = f"host={','.join(names)}&port={','.join(ports)}"
    return f"{DRIVER}://{who}{at}{parts.path}?{several}{'&' if parts.query else ''}{parts.query}"


def _host_and_port(text: str) -> tuple[str, str]:
    """`host`, `host:port`, `[::1]:port`."""
    host, _, port = (text, "", "") if text.endswith("]") or ":" not in text else text.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), port or POSTGRES_PORT


def shaped(statement: str, *columns: str, binds: Sequence[BindParameter[Any]] = ()) -> TextualSelect:
    """A statement and its columns, in their order: SQLAlchemy finds a row's shape once, not at each answer anew.

    `binds`: parameters that have a type of ours.
    """
    return text(statement).bindparams(*binds).columns(*(column(name) for name in columns))


def is_away(error: BaseException) -> bool:
    """Whether it says that the database cannot be reached, or has left: nothing is wrong with what was asked."""
    if not isinstance(error, DBAPIError):
        return False
    # No code: nobody answered who could give one. 08, 57P: connections that broke or were cut, a server that ends.
    state = getattr(error.orig, "sqlstate", None)
    lost = isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or (lost and (state is None or state.startswith(("08", "57P"))))


def real_now(connection: Connection) -> datetime:
    """PostgreSQL's own time, for leases, back-off and heartbeats."""
    now: datetime = connection.execute(text("select real_now()")).scalar_one()
    return now
