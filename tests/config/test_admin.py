"""Accounts from the command line, and those of the demo."""

import base64
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from config import admin, clock
from config.crypto import Box
from config.demo import accounts as demo_accounts
from config.demo import identity
from config.demo.identity import Ports
from config.settings import Addressed, Settings, load
from scheduling import sample
from scheduling.accounts import credentials, proofs, store
from scheduling.accounts.roles import Role
from scheduling.accounts.wish import Wish
from scheduling.planning.tables import audit
from scheduling.planning.trail import Actor
from scheduling.tables import hospitals, wards

HOUSE = {
    "PUBLIC_URL": "https://rappel24.hopital.example",
    "SECRET_KEY": "k" * 32,
    "ENCRYPTION_KEYS": base64.b64encode(bytes(32)).decode(),
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
    "TWILIO_AUTH_TOKEN": "token",
    "LINE_NUMBER": "+33199001234",
    "SWITCHBOARD_NUMBER": "+33199001200",
}
SIMULATED = HOUSE | {"TWILIO_API_URL": "http://127.0.0.1:9000"}
NADIA = Wish("nadia@aphp.example", "Nadia", Role.ADMIN)


@pytest.fixture
def address() -> Addressed:
    return load(HOUSE, Addressed, dotenv=None)


@pytest.fixture
def cardio(database: Engine) -> int:
    with database.begin() as conn:
        cochin = conn.execute(insert(hospitals).values(name="Cochin").returning(hospitals.c.id)).scalar_one()
        row = insert(wards).values(slug="cardio", hospital_id=cochin, name="Cardiologie", keypad="227")
        key: int = conn.execute(row.returning(wards.c.id)).scalar_one()
        return key


def test_the_first_account_is_a_link_that_opens(database: Engine, address: Addressed) -> None:
    with database.begin() as conn:
        link = admin.create(conn, address, NADIA, [])
        token = link.removeprefix("https://rappel24.hopital.example/invitation/")
        invited = proofs.by_invitation(conn, token)
        assert invited
        assert invited.email == "nadia@aphp.example"
        actors = set(conn.execute(select(audit.c.actor)).scalars())
        assert actors == {"rappel24 admin"}


def test_an_editor_is_given_his_wards_by_their_slugs(database: Engine, address: Addressed, cardio: int) -> None:
    with database.begin() as conn:
        admin.create(conn, address, Wish("bruno@aphp.example", "Bruno Petit", Role.EDITOR), ["cardio"])
        [listed] = store.listed(conn)
        assert listed.account.ward_ids == {cardio}


@pytest.mark.parametrize(
    ("wish", "slugs", "said"),
    [
        (Wish("bruno@aphp.example", "Bruno Petit", Role.EDITOR), ["nowhere"], "no ward is called nowhere"),
        (Wish("bruno@aphp.example", "Bruno Petit", Role.EDITOR), [], "--ward SLUG"),
        (Wish("bruno", "Bruno Petit", Role.ADMIN), [], "not an e-mail address"),
        (NADIA, [], "rappel24 admin reset"),
    ],
)
def test_what_cannot_be_made_is_told_with_what_to_do(
    database: Engine, address: Addressed, wish: Wish, slugs: list[str], said: str
) -> None:
    with database.begin() as conn:
        admin.create(conn, address, NADIA, [])
        with pytest.raises(admin.NotDone, match=said):
            admin.create(conn, address, wish, slugs)
        assert len(store.listed(conn)) == 1


def test_who_is_locked_out_begins_anew_with_a_new_link(database: Engine, address: Addressed) -> None:
    with database.begin() as conn:
        old = admin.create(conn, address, NADIA, []).rpartition("/")[2]
        known = proofs.by_invitation(conn, old)
        assert known
        proofs.set_password(conn, clock.read(conn), known, credentials.hashed("trois pommes sur un toit"))
        new = admin.reset(conn, address, " Nadia@aphp.example").rpartition("/")[2]
        assert proofs.by_invitation(conn, old) is None
        again = proofs.by_invitation(conn, new)
        assert again
        assert again.password_hash is None


def test_a_stranger_or_a_closed_account_is_given_no_link(database: Engine, address: Addressed) -> None:
    with database.begin() as conn:
        with pytest.raises(admin.NotDone, match="nobody signs in"):
            admin.reset(conn, address, "stranger@aphp.example")
        admin.create(conn, address, NADIA, [])
        admin.create(conn, address, Wish("bruno@aphp.example", "Bruno Petit", Role.ADMIN), [])
        account_id = store.id_of(conn, "bruno@aphp.example")
        assert account_id
        store.disable(conn, clock.read(conn), Actor(None, "test"), account_id)
        with pytest.raises(admin.NotDone, match="closed"):
            admin.reset(conn, address, "bruno@aphp.example")


def test_a_link_can_be_made_before_the_rest_is_set() -> None:
    assert load({"PUBLIC_URL": "https://x.example"}, Addressed, dotenv=None).public_url == "https://x.example"


# The demo


@pytest.fixture
def sample_ward(database: Engine, cardio: int) -> None:
    assert f"\n{demo_accounts.WARD},Cochin,Cardiologie," in sample.wards_csv().decode()
    with database.begin() as conn:
        conn.execute(update(wards).values(slug=demo_accounts.WARD))


@pytest.mark.usefixtures("sample_ward")
def test_the_demo_has_an_administrator_and_an_editor_who_can_sign_in(database: Engine) -> None:
    settings, box = load(SIMULATED, Settings, dotenv=None), Box([bytes(32)])
    with database.begin() as conn:
        assert demo_accounts.settle(conn, box, "a258-23b9-6c8e-3d88", "fr")
        editor = next(listed for listed in store.listed(conn) if listed.account.email == demo_accounts.EDITOR)
        assert editor.ward_names == ("Cardiologie",)
        for email in (demo_accounts.ADMIN, demo_accounts.EDITOR):
            known = proofs.by_email(conn, email)
            assert known
            assert credentials.matches(known.password_hash, "a258-23b9-6c8e-3d88")
            code = admin.code(conn, settings, email)
            assert proofs.take_code(conn, clock.read(conn), box, known, code)


@pytest.mark.usefixtures("sample_ward")
def test_a_second_start_leaves_the_accounts_as_they_are(database: Engine) -> None:
    with database.begin() as conn:
        assert demo_accounts.settle(conn, Box([bytes(32)]), "a258-23b9-6c8e-3d88", "fr")
        assert not demo_accounts.settle(conn, Box([bytes(32)]), "another password", "fr")
        assert len(store.listed(conn)) == 2


def test_nobody_reads_a_second_factor_with_the_real_carrier(database: Engine) -> None:
    with database.begin() as conn, pytest.raises(admin.NotDone, match="refused with the real carrier"):
        admin.code(conn, load(HOUSE, Settings, dotenv=None), demo_accounts.ADMIN)


def test_the_password_of_the_demo_is_one_that_the_house_would_take(tmp_path: Path) -> None:
    password = identity.secrets_of(tmp_path)[identity.PASSWORD]
    for who in demo_accounts.SAMPLES:
        assert credentials.objection(password, who.email, who.name) is None


def test_beside_a_demo_its_own_settings_are_read(tmp_path: Path) -> None:
    env = identity.environment(tmp_path, Ports(*range(8000, 8006)), identity.secrets_of(tmp_path), {})
    identity.keep(tmp_path, env)
    settings = admin.settings_of({"RAPPEL24_HOME": str(tmp_path)}, Settings)
    assert settings.secret_key.get_secret_value() == env["SECRET_KEY"]
    assert not settings.real_carrier
