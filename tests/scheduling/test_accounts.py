"""Accounts: who may see and edit what, which passwords are refused, which codes are taken; no door in between."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, event, insert, select

from config import clock
from config.clock import Moment
from config.crypto import Box, Unreadable
from scheduling.accounts import credentials, proofs, sessions, store
from scheduling.accounts.credentials import Objection
from scheduling.accounts.roles import Account, Role
from scheduling.accounts.tables import account_wards, accounts, recovery_codes
from scheduling.accounts.wish import Refusal, Wish
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.tables import hospitals, wards

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BY = Actor(None, "test")
CARDIO, PNEUMO = 1, 2
AMELIE = ("amelie.durand@aphp.example", "Amélie Durand")


def account(role: Role, *ward_ids: int, all_wards: bool = False) -> Account:
    return Account(7, AMELIE[0], AMELIE[1], None, "fr", role, all_wards, frozenset(ward_ids))


@pytest.mark.parametrize(
    ("who", "sees", "edits"),
    [
        (account(Role.ADMIN), True, True),
        (account(Role.EDITOR, CARDIO), True, True),
        (account(Role.EDITOR, PNEUMO), False, False),
        (account(Role.EDITOR), False, False),
        (account(Role.READER, CARDIO), True, False),
        (account(Role.READER, PNEUMO), False, False),
        (account(Role.READER, all_wards=True), True, False),
    ],
    ids=lambda value: f"{value.role} {set(value.ward_ids)}" if isinstance(value, Account) else "",
)
def test_each_sees_and_edits_what_is_his(who: Account, sees: bool, edits: bool) -> None:
    assert (who.may_see(CARDIO), who.may_edit(CARDIO)) == (sees, edits)


@pytest.mark.parametrize(
    ("password", "objection"),
    [
        ("trois pommes sur un toit", None),
        ("Xk9!vB2#qLm7", None),
        ("où vont les grues cendrées ?", None),
        ("cheval pile agrafe exact", None),
        ("onze lettre", Objection.SHORT),
        ("", Objection.SHORT),
        ("é" * 200, Objection.LONG),
        ("amelie.durand@aphp.example", Objection.PERSONAL),
        ("les pommes d'Amélie", Objection.PERSONAL),
        ("DURAND-fait-du-velo", Objection.PERSONAL),
        ("aaaaaaaaaaaaaaa", Objection.REPEATED),
        ("abcabcabcabcabc", Objection.REPEATED),
        ("abcdefghijklmnop", Objection.REPEATED),
        ("9876543210987654", Objection.REPEATED),
        ("aabbaabbabab", Objection.REPEATED),
        ("motdepasse1234", Objection.COMMON),
        ("Azertyuiop123456!", Objection.COMMON),
        ("P@ssword-Passw0rd1", Objection.COMMON),
        ("Password!Password2026", Objection.COMMON),
        ("Hôpital Cochin 2026", Objection.COMMON),
        ("rappel24rappel", Objection.COMMON),
        ("Bonjour-Soleil-99", Objection.COMMON),
    ],
)
def test_a_password_that_a_thief_tries_first_is_refused(password: str, objection: Objection | None) -> None:
    assert credentials.objection(password, *AMELIE) == objection


def test_a_password_is_hers_however_her_keyboard_writes_an_accent() -> None:
    kept = credentials.hashed("où vont les grues cendr\u00e9es")
    assert credentials.matches(kept, "où vont les grues cendre\u0301es")
    assert not credentials.matches(kept, "où vont les grues cendrees")
    assert kept.startswith("$argon2id$")


def test_a_novel_is_no_password_and_is_not_hashed_whole() -> None:
    kept = credentials.hashed("trois pommes sur un toit")
    began = time.process_time()
    assert not credentials.matches(kept, "x" * 10_000_000)
    assert time.process_time() - began < 1


def test_to_say_no_costs_as_much_for_who_has_no_account() -> None:
    def cost(password_hash: str | None) -> float:
        began = time.process_time()  # of this process alone: whatever else runs on the machine does not count
        for _ in range(5):
            assert not credentials.matches(password_hash, "trois poires sur un toit")
        return time.process_time() - began

    known = credentials.hashed("trois pommes sur un toit")
    assert cost(None) == pytest.approx(cost(known), rel=0.5)


@pytest.mark.parametrize(
    ("ago", "taken"),
    [(-60, False), (-30, True), (0, True), (30, True), (60, False)],
)
def test_a_telephone_may_be_half_a_minute_wrong(ago: int, taken: bool) -> None:
    secret = credentials.new_secret()
    code = credentials.code_at(secret, NOON - timedelta(seconds=ago))
    assert (credentials.step_of(secret, code, NOON) is not None) == taken


@pytest.mark.parametrize("code", ["", "12345é", "１２３４５６", "1" * 10_000])
def test_what_is_no_code_is_a_wrong_one(code: str) -> None:
    assert credentials.step_of(credentials.new_secret(), code, NOON) is None


def test_the_known_code_of_the_standard() -> None:
    """RFC 6238, appendix B: at 59 seconds, with the secret "12345678901234567890", in six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert credentials.code_at(secret, datetime.fromtimestamp(59, UTC)) == "287082"


def test_ten_recovery_codes_are_all_different_and_hard_to_misread() -> None:
    codes = [code.text for code in credentials.recovery_codes()]
    assert len(set(codes)) == 10
    assert not set("".join(codes)) & set("0o1il")


# In the register


@pytest.fixture
def house(database: Engine) -> Engine:
    with database.begin() as conn:
        cochin = conn.execute(insert(hospitals).values(name="Cochin").returning(hospitals.c.id)).scalar_one()
        for slug, name, keypad in (("cardio", "Cardiologie", "227"), ("pneumo", "Pneumologie", "763")):
            conn.execute(insert(wards).values(slug=slug, hospital_id=cochin, name=name, keypad=keypad))
    return database


def made(conn: Connection, role: Role = Role.EDITOR, email: str = AMELIE[0], *ward_ids: int) -> int:
    wish = Wish(email, "Amélie  Durand ", role, frozenset(ward_ids or (CARDIO,)))
    account_id = store.create(conn, clock.read(conn), BY, wish)
    assert isinstance(account_id, int)
    return account_id


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        (Wish("nobody", "Bruno Petit", Role.ADMIN), Refusal.EMAIL),
        (Wish("a@b", "Bruno Petit", Role.ADMIN), Refusal.EMAIL),
        (Wish("bruno@aphp.example", " ", Role.ADMIN), Refusal.NAME),
        (Wish("bruno@aphp.example", "Bruno Petit", Role.EDITOR), Refusal.WARDS),
        (Wish("bruno@aphp.example", "Bruno Petit", Role.EDITOR, all_wards=True), Refusal.WARDS),
        (Wish("bruno@aphp.example", "Bruno Petit", Role.READER), Refusal.WARDS),
        (Wish(" AMELIE.durand@aphp.example", "Bruno Petit", Role.ADMIN), Refusal.TAKEN),
    ],
    ids=lambda value: "" if isinstance(value, Refusal) else f"{value.email} {value.role}",
)
def test_what_is_wrong_with_an_account_is_said_and_none_is_made(house: Engine, wish: Wish, refusal: Refusal) -> None:
    with house.begin() as conn:
        made(conn)
        assert store.create(conn, clock.read(conn), BY, wish) == refusal
        assert len(store.listed(conn)) == 1


def test_what_a_role_does_not_use_is_not_kept(house: Engine) -> None:
    with house.begin() as conn:
        wish = Wish("nadia@aphp.example", "Nadia", Role.ADMIN, frozenset({CARDIO}), all_wards=True)
        account_id = store.create(conn, clock.read(conn), BY, wish)
        assert isinstance(account_id, int)
        found = store.one(conn, account_id)
        assert found
        kept = found.account
        assert (kept.ward_ids, kept.all_wards, kept.administers) == (frozenset(), False, True)
        assert conn.execute(select(account_wards)).all() == []


def test_a_change_counts_from_the_next_click_on(house: Engine) -> None:
    with house.begin() as conn:
        account_id = made(conn)
        token = sessions.begin(conn, account_id)
        wish = Wish(AMELIE[0], "Amélie Durand", Role.READER, frozenset({PNEUMO}))
        assert store.change(conn, clock.read(conn), BY, account_id, wish) is None
        arrival = sessions.arrive(conn, token)
        assert arrival
        assert (arrival.account.role, arrival.account.ward_ids) == (Role.READER, frozenset({PNEUMO}))


def test_the_trail_says_what_was_changed_and_holds_no_address(house: Engine) -> None:
    with house.begin() as conn:
        account_id = made(conn)
        store.change(conn, clock.read(conn), BY, account_id, Wish(AMELIE[0], "Amélie Durand", Role.ADMIN))
        changed, created = trail.read(conn)
    assert created.what == "account.created"
    assert changed.what == "account.changed"
    assert changed.detail["before"] == {
        "name": "Amélie Durand",
        "role": "editor",
        "all_wards": False,
        "wards": ["cardio"],
    }
    assert changed.detail["after"]["role"] == "admin"
    assert "@" not in str(created.detail) + str(changed.detail)


def test_the_last_administrator_stays(house: Engine) -> None:
    with house.begin() as conn:
        moment, first = clock.read(conn), made(conn, Role.ADMIN)
        reader = Wish(AMELIE[0], "Amélie Durand", Role.READER, frozenset({CARDIO}))
        assert store.disable(conn, moment, BY, first) == Refusal.LAST_ADMIN
        assert store.change(conn, moment, BY, first, reader) == Refusal.LAST_ADMIN
        second = made(conn, Role.ADMIN, "nadia@aphp.example")
        assert store.disable(conn, moment, BY, first) is None
        assert store.disable(conn, moment, BY, second) == Refusal.LAST_ADMIN
        assert store.enable(conn, moment, BY, first) is None
        assert store.disable(conn, moment, BY, second) is None


def test_who_is_disabled_is_out_at_once_and_his_link_is_worth_nothing(house: Engine) -> None:
    with house.begin() as conn:
        moment, account_id = clock.read(conn), made(conn)
        token = sessions.begin(conn, account_id)
        link = proofs.invite(conn, moment, BY, account_id, "Amélie Durand")
        assert store.disable(conn, moment, BY, account_id) is None
        assert sessions.arrive(conn, token) is None
        assert proofs.by_invitation(conn, link) is None
        assert proofs.by_email(conn, AMELIE[0]) is None
        assert store.enable(conn, moment, BY, account_id) is None
        assert sessions.arrive(conn, token) is None
        assert proofs.by_invitation(conn, link) is None


def enrolled(conn: Connection, box: Box) -> tuple[proofs.Known, str, list[str]]:
    account_id, moment, secret = made(conn), clock.read(conn), credentials.new_secret()
    known = proofs.by_id(conn, account_id)
    assert known
    earlier = Moment(moment.now, moment.real - timedelta(minutes=5))
    codes = proofs.enrol(conn, earlier, box, known, secret, credentials.code_at(secret, earlier.real))
    known = proofs.by_id(conn, account_id)
    assert known
    return known, secret, [code.text for code in codes]


def test_who_lost_everything_begins_anew(house: Engine) -> None:
    with house.begin() as conn:
        known, _, _ = enrolled(conn, Box([bytes(32)]))
        token = sessions.begin(conn, known.id)
        assert store.reset(conn, clock.read(conn), BY, known.id) is None
        left = proofs.by_id(conn, known.id)
        assert left
        assert (left.password_hash, left.has_second_factor) == (None, False)
        assert conn.execute(select(recovery_codes)).all() == []
        assert sessions.arrive(conn, token) is None


def test_a_secret_that_is_moved_to_another_account_does_not_open(house: Engine) -> None:
    box = Box([bytes(32)])
    with house.begin() as conn:
        known, _, _ = enrolled(conn, box)
        assert known.totp_sealed
        with pytest.raises(Unreadable):
            proofs.opened(box, known.id + 1, known.totp_sealed)


def test_of_two_who_bring_the_same_code_one_gets_in(house: Engine) -> None:
    box = Box([bytes(32)])
    with house.begin() as conn:
        known, secret, codes = enrolled(conn, box)
        moment = clock.read(conn)
        code = credentials.code_at(secret, moment.real)
        assert [proofs.take_code(conn, moment, box, known, code) for _ in range(2)] == [True, False]
        assert [proofs.take_code(conn, moment, box, known, codes[0]) for _ in range(2)] == [True, False]
        assert not proofs.take_code(conn, moment, box, known, "")
        assert not proofs.take_code(conn, moment, box, known, "１２３４５６")
        assert proofs.codes_left(conn, known.id) == 9


def test_an_earlier_code_is_worth_nothing_after_a_later_one(house: Engine) -> None:
    box = Box([bytes(32)])
    with house.begin() as conn:
        known, secret, _ = enrolled(conn, box)
        moment = clock.read(conn)
        codes = [credentials.code_at(secret, moment.real + timedelta(seconds=30 * n)) for n in (0, -1)]
        assert [proofs.take_code(conn, moment, box, known, code) for code in codes] == [True, False]


def test_the_lock_ends_by_itself_and_comes_back_at_the_twentieth(house: Engine) -> None:
    with house.begin() as conn:
        account_id = made(conn)
        for count in range(1, 21):
            proofs.missed(conn, clock.read(conn), account_id)
            known = proofs.by_id(conn, account_id)
            assert known
            assert known.locked == (count >= 10)
        locks = [entry for entry in trail.read(conn) if entry.what == "account.locked"]
        assert len(locks) == 2
        assert proofs.forgiven(conn, account_id) == 20
        assert proofs.forgiven(conn, account_id) == 0


def test_a_browser_is_seen_at_most_once_a_minute(house: Engine) -> None:
    with house.begin() as conn:
        account_id = made(conn)
        token = sessions.begin(conn, account_id)
        first = sessions.of(conn, account_id, token)
        sessions.arrive(conn, token)
    with house.begin() as conn:
        assert sessions.of(conn, account_id, token) == first
        assert first[0].here
        assert not sessions.of(conn, account_id)[0].here


def test_who_comes_is_found_in_one_statement(house: Engine) -> None:
    with house.begin() as conn:
        token = sessions.begin(conn, made(conn))
    asked: list[str] = []

    def hear(conn: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    with house.connect() as conn:
        event.listen(house, "before_cursor_execute", hear)
        arrival = sessions.arrive(conn, token)
        event.remove(house, "before_cursor_execute", hear)
    assert arrival
    assert arrival.account.ward_ids == {CARDIO}
    assert len(asked) == 1


def test_nobody_holds_an_unknown_token(house: Engine) -> None:
    with house.begin() as conn:
        sessions.begin(conn, made(conn))
        assert sessions.arrive(conn, "") is None
        assert sessions.arrive(conn, "x" * 43) is None


def test_an_address_is_kept_in_small_letters(house: Engine) -> None:
    with house.begin() as conn:
        made(conn, Role.EDITOR, "Amelie.DURAND@aphp.example ")
        assert conn.execute(select(accounts.c.email, accounts.c.name)).one() == AMELIE
