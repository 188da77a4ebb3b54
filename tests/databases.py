"""A database for each test, as new: the one of the last test, with all that it left taken away.

A copy of the template costs five times as much, and most tests write a few rows. Rows, sequences and replaced functions
are put back; after anything else that was done to the schema there is a new copy.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

# Whatever is made, altered or dropped changes a number here; TRUNCATE changes none.
SHAPE = """
select (select sum(hashtextextended(oid || relname, 0)) from pg_class where oid >= 16384),
  (select array[count(*), max(xmin::text::bigint)] from pg_attribute where attrelid >= 16384),
  (select array[count(*), max(xmin::text::bigint)] from pg_constraint where oid >= 16384),
  (select array[count(*), max(xmin::text::bigint)] from pg_trigger),
  (select array[count(*), max(xmin::text::bigint)] from pg_attrdef),
  (select array[count(*), max(xmin::text::bigint)] from pg_namespace),
  (select sum(oid::bigint) from pg_proc where oid >= 16384),
  (select array_agg(setconfig::text) from pg_db_role_setting
    join pg_database as here on here.oid = setdatabase and here.datname = current_database())
"""
FUNCTIONS = "select oid, xmin::text from pg_proc where pronamespace = 'public'::regnamespace and probin is null"
TABLES = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname"
SEQUENCES = """select relname, (select last_value from pg_sequence_last_value(oid) as last_value) from pg_class
  where relnamespace = 'public'::regnamespace and relkind = 'S'"""
DISMISS = """select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"""
COPIED_ANEW_AFTER = 100  # tests: what was deleted still lies in the files

Connection = psycopg.Connection[Any]


@dataclass
class Copy:
    """A copy of a template, what must be in it, and the one connection that stays."""

    name: str
    connection: Connection
    shape: object
    functions: dict[int, str]  # number -> the transaction that made it
    sources: dict[int, str]
    rows: dict[str, int | None]  # table -> the sum of its rows; None: it has none
    contents: dict[str, bytes]  # of those that have
    sequences: dict[str, int | None]
    lent: int = 0


@dataclass
class Databases:
    """The databases of one process of the run; `server` is the address of any database there, as SQLAlchemy has it."""

    server: str
    owner: str
    _copies: dict[str, Copy] = field(default_factory=dict)

    def like(self, template: str) -> str:
        """The address of a database that is as `template`; nobody is in it."""
        copy = self._copies.get(template)
        if copy is None or copy.lent >= COPIED_ANEW_AFTER or not _is_as_new(copy):
            if copy:
                copy.connection.close()
            copy = self._copies[template] = self._copied(template)
        copy.lent += 1
        return self._address(copy.name)

    def close(self) -> None:
        for copy in self._copies.values():
            copy.connection.close()

    def _copied(self, template: str) -> Copy:
        name = f"{template}_{self.owner}"
        drop, create = "drop database if exists {} with (force)", "create database {} template {} strategy file_copy"
        with _connected(self.server) as connection:
            connection.execute(sql.SQL(drop).format(sql.Identifier(name)))
            connection.execute(sql.SQL(create).format(sql.Identifier(name), sql.Identifier(template)))
        return _described(name, _connected(self._address(name)))

    def _address(self, name: str) -> str:
        return f"{self.server.rsplit('/', 1)[0]}/{name}"


def _connected(address: str) -> Connection:
    return psycopg.connect(address.replace("+psycopg", ""), autocommit=True)


def _described(name: str, connection: Connection) -> Copy:
    functions = dict(connection.execute(FUNCTIONS).fetchall())
    rows = _sums(dict.fromkeys((table for (table,) in connection.execute(TABLES)), 0), connection)
    return Copy(
        name,
        connection,
        connection.execute(SHAPE).fetchone(),
        functions,
        {number: _source(number, connection) for number in functions},
        rows,
        {table: _contents(table, connection) for table, found in rows.items() if found is not None},
        dict(connection.execute(SEQUENCES).fetchall()),
    )


def _is_as_new(copy: Copy) -> bool:
    """Everybody else sent away, everything put back; False when that cannot be done."""
    connection = copy.connection
    try:
        while connection.execute(DISMISS).fetchone():
            time.sleep(0.005)
        if connection.execute(SHAPE).fetchone() != copy.shape:
            return False
        with connection.transaction():
            _put_functions_back(copy)
            _put_rows_back(copy)
            _put_sequences_back(copy)
    except psycopg.OperationalError:  # the test cut every connection
        return False
    return True


def _put_functions_back(copy: Copy) -> None:
    now = dict(copy.connection.execute(FUNCTIONS).fetchall())
    if now != copy.functions:
        for number in now:
            if now[number] != copy.functions[number]:
                copy.connection.execute(copy.sources[number].encode())
        copy.functions = dict(copy.connection.execute(FUNCTIONS).fetchall())


def _put_rows_back(copy: Copy) -> None:
    """Without triggers and foreign keys, so in any order."""
    now = _sums(copy.rows, copy.connection)
    others = [table for table in copy.rows if now[table] != copy.rows[table]]
    if others:
        copy.connection.execute("set local session_replication_role = replica")
    for table in others:
        copy.connection.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
        if table in copy.contents:
            into = sql.SQL("copy {} from stdin (format binary)").format(sql.Identifier(table))
            with copy.connection.cursor() as cursor, cursor.copy(into) as rows:
                rows.write(copy.contents[table])


def _put_sequences_back(copy: Copy) -> None:
    for name, last in copy.connection.execute(SEQUENCES).fetchall():
        wanted = copy.sequences[name]
        if last != wanted:
            copy.connection.execute("select setval(%s::regclass, %s, %s)", [name, wanted or 1, wanted is not None])


def _sums(tables: dict[str, int | None], connection: Connection) -> dict[str, int | None]:
    """Of those that are empty it is only asked whether they still are: any number means no."""
    each = [
        sql.SQL(
            "(select 0 where exists(select from {}))"
            if known is None
            else "(select sum(hashtextextended(t::text, 0)) from {} as t)"
        ).format(sql.Identifier(table))
        for table, known in tables.items()
    ]
    row = connection.execute(sql.SQL("select {}").format(sql.SQL(", ").join(each))).fetchone()
    assert row
    return dict(zip(tables, row, strict=True))


def _source(number: int, connection: Connection) -> str:
    row = connection.execute("select pg_get_functiondef(%s::oid)", [number]).fetchone()
    assert row
    return str(row[0])


def _contents(table: str, connection: Connection) -> bytes:
    out = sql.SQL("copy {} to stdout (format binary)").format(sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(out) as rows:
        return b"".join(bytes(piece) for piece in rows)
