"""What is done to accounts from the command line: the first one, a new link for who is locked out, a demo's code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, select

from config import clock
from config.assembly import box_of
from config.demo.identity import FILE
from config.settings import Addressed, Settings, Storage, load
from scheduling.accounts import credentials, proofs, store
from scheduling.accounts.wish import Refusal, Wish
from scheduling.planning.trail import Actor
from scheduling.tables import wards

BY = Actor(None, "rappel24 admin")
REFUSED = {
    Refusal.EMAIL: "not an e-mail address",
    Refusal.TAKEN: "this address has an account; for a new link: rappel24 admin reset EMAIL",
    Refusal.NAME: "give a name",
    Refusal.WARDS: "an editor or a reader needs a ward: --ward SLUG, as often as needed (a reader: or --all-wards)",
}

Needed = TypeVar("Needed", bound=Storage)


class NotDone(Exception):
    """Nothing was changed; the text says why, and what to do."""


def settings_of(env: Mapping[str, str], need: type[Needed]) -> Needed:
    """As any command reads them; beside a demo, those that it wrote down. Raises BadSettings."""
    written = load(env, Storage).home / FILE
    return load(env, need, dotenv=written if written.is_file() else Path(".env"))


def create(conn: Connection, settings: Addressed, wish: Wish, slugs: Sequence[str]) -> str:
    """A new account; the link with which its owner chooses a password. Raises NotDone."""
    found = {row.slug: row.id for row in conn.execute(select(wards.c.slug, wards.c.id))}
    if missing := [slug for slug in slugs if slug not in found]:
        raise NotDone(f"no ward is called {', '.join(missing)}; its slug is in the column `ward` of its import")
    named = Wish(
        wish.email,
        wish.name,
        wish.role,
        frozenset(found[slug] for slug in slugs),
        wish.all_wards,
        language=settings.language,
    )
    moment = clock.read(conn)
    made = store.create(conn, moment, BY, named)
    if isinstance(made, Refusal):
        raise NotDone(REFUSED[made])
    return _link(settings, proofs.invite(conn, moment, BY, made, named.kept.name))


def reset(conn: Connection, settings: Addressed, email: str) -> str:
    """Password, application and sessions are forgotten; the link to begin anew. Raises NotDone."""
    moment, account_id = clock.read(conn), store.id_of(conn, email)
    found = None if account_id is None else store.one(conn, account_id)
    if found is None:
        raise NotDone("nobody signs in with this address")
    if found.disabled:
        raise NotDone("this account is closed; an administrator can open it again")
    store.reset(conn, moment, BY, found.account.id)
    return _link(settings, proofs.invite(conn, moment, BY, found.account.id, found.account.name))


def code(conn: Connection, settings: Settings, email: str) -> str:
    """What the application of a demo's account shows now. Raises NotDone."""
    if settings.real_carrier:
        raise NotDone("refused with the real carrier: a second factor is in nobody's hands but its owner's")
    known = proofs.by_email(conn, email)
    if known is None or known.totp_sealed is None:
        raise NotDone("no application belongs to this address")
    secret = proofs.opened(box_of(settings), known.id, known.totp_sealed)
    return credentials.code_at(secret, clock.read(conn).real)


def _link(settings: Addressed, token: str) -> str:
    return settings.public_url + proofs.invitation_path(token)
