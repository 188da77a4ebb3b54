"""Who is meant, and which rows are about him. A number that several practitioners share is nobody's alone."""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, false, func, or_, select

from callbacks.tables import calls, outbox, parts, recordings, requests, texts_in
from callbacks.written_tables import dialogues, written
from config import numbers
from scheduling import practices, store
from scheduling.directories.newcomers import Newcomer
from scheduling.partner_tables import practice_members, practice_phones
from scheduling.store import Practitioner
from scheduling.tables import people, practitioner_phones, practitioners

_RPPS = re.compile(r"[0-9]{11}")


class Nobody(LookupError):
    """Nobody on file, and no number of ours, is meant by this."""


class Several(LookupError):
    """Several practitioners have this number or address: one must be named by his RPPS number."""


@dataclass(frozen=True)
class Subject:
    """A practitioner: his entry (None: he is not in the directory), and what is his alone."""

    entry: Practitioner | None
    phones: frozenset[str]  # E.164
    mails: frozenset[str]  # in small letters

    @property
    def id(self) -> int | None:
        """Of his entry."""
        return None if self.entry is None else self.entry.id

    def asked(self) -> ColumnElement[bool]:
        """Whether a row of `requests` is his: it names him, or came from what is his alone and names nobody."""
        unnamed = requests.c.practitioner_id.is_(None)
        came = or_(_among(requests.c.caller, self.phones), _among(requests.c.mail, self.mails))
        return or_(self._named(requests.c.practitioner_id), and_(unnamed, came))

    def called(self) -> ColumnElement[bool]:
        """Whether a row of `calls` is his."""
        came = and_(calls.c.practitioner_id.is_(None), _among(calls.c.caller, self.phones))
        of_his = calls.c.request_id.in_(select(requests.c.id).where(self.asked()))
        return or_(self._named(calls.c.practitioner_id), came, and_(of_his, calls.c.person_id.is_(None)))

    def wrote(self) -> ColumnElement[bool]:
        """Whether a row of `written` is his, whatever became of it."""
        of_his = written.c.request_id.in_(select(requests.c.id).where(self.asked()))
        return or_(_among(written.c.sender, self.phones | self.mails), of_his)

    def texted(self) -> ColumnElement[bool]:
        """Whether a row of `texts_in`, which the first releases wrote, is his."""
        return _among(texts_in.c.sender, self.phones)

    def talked(self) -> ColumnElement[bool]:
        """Whether a row of `dialogues` is his."""
        came = _among(dialogues.c.sender, self.phones | self.mails)
        his_calls = recordings.c.call_id.in_(select(calls.c.id).where(self.called()))
        spoken = select(recordings.c.dialogue_id).where(his_calls, recordings.c.dialogue_id.is_not(None))
        return or_(self._named(dialogues.c.practitioner_id), came, dialogues.c.id.in_(spoken))

    def spoke(self) -> ColumnElement[bool]:
        """Whether a row of `recordings` is his, and part of no request: nobody knew which ward he wanted."""
        his_calls = recordings.c.call_id.in_(select(calls.c.id).where(self.called()))
        his_talks = recordings.c.dialogue_id.in_(select(dialogues.c.id).where(self.talked()))
        part_of_one = select(parts.c.id).where(parts.c.recording_id == recordings.c.id).exists()
        return and_(or_(his_calls, his_talks), ~part_of_one)

    def was_told(self) -> ColumnElement[bool]:
        """Whether a row of `outbox` went to him."""
        return and_(outbox.c.person_id.is_(None), _among(outbox.c.recipient, self.phones | self.mails))

    def is_in(self, said: Newcomer) -> bool:
        """Whether a registration that waits is his: what it proved is his alone, or his RPPS number stands in it."""
        rpps = None if self.entry is None else self.entry.rpps
        own = said.address in self.phones or said.address.lower() in self.mails
        return own or (rpps is not None and rpps == said.entry.rpps)

    def concerned(self) -> ColumnElement[bool]:
        """Whether a row of `outbox` is about a request of his, or went to him."""
        return or_(outbox.c.request_id.in_(select(requests.c.id).where(self.asked())), self.was_told())

    def _named(self, column: ColumnElement[int]) -> ColumnElement[bool]:
        return false() if self.id is None else column == self.id


@dataclass(frozen=True)
class Colleague:
    """Somebody of the house: senior, head or coordinator."""

    id: int
    name: str
    left: bool


def practitioner(conn: Connection, said: str) -> Subject:
    """Whom a telephone number, an RPPS number or an address means. Raises Nobody, Several, numbers.BadNumber."""
    said = said.strip()
    if _RPPS.fullmatch(said):
        return _of(conn, _only(conn, practitioners.c.rpps == said))
    if "@" in said:
        mail = said.lower()
        return _found(conn, _has(mail), frozenset(), frozenset({mail}))
    phone = numbers.parse(said)
    theirs = select(practitioner_phones.c.practitioner_id).where(practitioner_phones.c.phone == phone)
    whose = practitioners.c.id.in_(theirs.union(store.ids_at_practice(phone)))
    return _found(conn, whose, frozenset({phone}), frozenset())


def of_entry(conn: Connection, practitioner_id: int) -> Subject:
    """The practitioner of that entry. Raises Nobody."""
    return _of(conn, _only(conn, practitioners.c.id == practitioner_id))


def colleague(conn: Connection, said: str) -> Colleague:
    """Who of the house is meant by his number, or by his id when he has left and another has it.

    Raises Nobody, Several, numbers.BadNumber.
    """
    by_id = said.isascii() and said.isdigit() and len(said) < 8
    condition = people.c.id == int(said) if by_id else people.c.phone == numbers.parse(said)
    rows = conn.execute(select(people.c.id, people.c.name, people.c.left_at).where(condition)).all()
    if len(rows) > 1:
        raise Several
    if not rows:
        raise Nobody
    return Colleague(rows[0].id, rows[0].name, rows[0].left_at is not None)


def _found(conn: Connection, condition: ColumnElement[bool], phones: frozenset[str], mails: frozenset[str]) -> Subject:
    """His entry, or nothing but the number or address, which is in no entry."""
    known = conn.execute(select(practitioners.c.id).where(condition)).scalars().all()
    if len(known) > 1:
        raise Several
    if known:
        return of_entry(conn, known[0])
    subject = Subject(None, phones, mails)
    if not _is_known(conn, subject):
        raise Nobody
    return subject


def _is_known(conn: Connection, subject: Subject) -> bool:
    asked = (
        select(requests.c.id).where(subject.asked()),
        select(calls.c.id).where(subject.called()),
        select(written.c.id).where(subject.wrote()),
        select(outbox.c.id).where(subject.was_told()),  # as is who registers: his code went there
    )
    return any(conn.execute(query.limit(1)).first() for query in asked)


def _only(conn: Connection, condition: ColumnElement[bool]) -> Practitioner:
    ids = conn.execute(select(practitioners.c.id).where(condition)).scalars().all()
    found = store.practitioners_of(conn, ids)
    if not found:
        raise Nobody
    return found[0]


def _of(conn: Connection, entry: Practitioner) -> Subject:
    """Without the numbers and the addresses that others have too."""
    others = practitioner_phones.c.practitioner_id != entry.id
    shared = select(practitioner_phones.c.phone).where(others, practitioner_phones.c.phone.in_(entry.phones))
    rings = practice_phones.join(practice_members, practice_members.c.practice_id == practice_phones.c.practice_id)
    at_work = practice_phones.c.phone.in_(entry.phones) & (practice_members.c.practitioner_id != entry.id)
    of_several = select(practice_phones.c.phone).select_from(rings).where(at_work)
    own = {phone for one in practices.of_him_alone(conn, entry.id) for phone in one.entry.phones}
    phones = own | frozenset(entry.phones) - frozenset(conn.execute(shared.union(of_several)).scalars())
    mails = {mail.lower() for mail in (entry.email, entry.mssante) if mail}
    return Subject(entry, frozenset(phones), frozenset(mail for mail in mails if _is_alone(conn, mail, entry.id)))


def _is_alone(conn: Connection, mail: str, practitioner_id: int) -> bool:
    others = select(practitioners.c.id).where(_has(mail), practitioners.c.id != practitioner_id)
    return conn.execute(others).first() is None


def _has(mail: str) -> ColumnElement[bool]:
    """Whether an address (in small letters) stands on a record."""
    return or_(func.lower(practitioners.c.email) == mail, func.lower(practitioners.c.mssante) == mail)


def _among(column: ColumnElement[str], known: frozenset[str]) -> ColumnElement[bool]:
    return func.coalesce(column.in_(sorted(known)), False) if known else false()
