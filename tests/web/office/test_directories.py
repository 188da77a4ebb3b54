"""The directories at their doors: who may see and change what, two editors of one entry, files."""

from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from werkzeug.test import TestResponse

from config import clock
from scheduling.directories import sheets
from scheduling.planning.trail import Actor
from scheduling.tables import people, practitioner_phones, practitioners, ward_seniors, wards
from tests.web.office.conftest import Office, csrf, post

WARDS = "ward;hospital;name;opening\ncardio;Cochin;Cardiologie;mon-fri 08:30-18:30\nneuro;Cochin;Neurologie;\n"


def ward(office: Office, slug: str) -> dict[str, object]:
    with office.engine.begin() as conn:
        return dict(conn.execute(select(wards).where(wards.c.slug == slug)).one()._mapping)


def person(office: Office, name: str) -> dict[str, object]:
    with office.engine.begin() as conn:
        return dict(conn.execute(select(people).where(people.c.id == office.seniors[name])).one()._mapping)


def seen(client: FlaskClient, url: str) -> str:
    """The fingerprint of what this page shows."""
    return client.get(url).text.split('name="seen" value="')[1].split('"')[0]


def ward_form(office: Office, client: FlaskClient, **other: object) -> dict[str, object]:
    said = {"hospital_id": office.hospitals["Cochin"], "name": "Cardiologie", "keypad": "227", "announces_shift": "1"}
    return {**said, "seen": seen(client, "/wards/cardio"), **other}


def test_a_ward_is_saved_and_what_changed_is_in_the_history(office: Office) -> None:
    admin = office.browse("admin")
    done = post(admin, "/wards/cardio", **ward_form(office, admin, opening="lun-ven 8h30-18h30"))
    assert (done.status_code, done.location) == (303, "/wards/cardio")
    assert ward(office, "cardio")["opening"] == "mon-fri 08:30-18:30"
    history = admin.get("/trail").text
    assert "a modifié le service Cardiologie" in history
    assert "lun-ven 08:30-18:30" in history


def test_two_editors_of_one_ward_overwrite_nothing_of_each_other(office: Office) -> None:
    admin, editor = office.browse("admin"), office.browse("editor")
    shown = seen(editor, "/wards/cardio")
    post(admin, "/wards/cardio", **ward_form(office, admin, keywords="cœur"))
    refused = post(editor, "/wards/cardio", seen=shown, opening="lun 8h-9h", keywords="cardio")
    assert refused.status_code == 409
    assert "Admin a modifié cette fiche" in refused.text
    assert "Rien n&#39;est enregistré" in refused.text
    assert ward(office, "cardio")["keywords"] == ["cœur"]
    again = refused.text.split('name="seen" value="')[1].split('"')[0]
    assert post(editor, "/wards/cardio", seen=again, opening="lun 8h-9h", keywords="cardio").status_code == 303
    assert ward(office, "cardio")["keywords"] == ["cardio"]


def test_a_look_at_the_hours_saves_nothing(office: Office) -> None:
    admin = office.browse("admin")
    shown = post(admin, "/wards/cardio", **ward_form(office, admin, opening="ven 18h30-8h30", do="preview"))
    assert "Le vendredi\u202f: de 18:30 à 08:30 le lendemain" in shown.text
    assert ward(office, "cardio")["opening"] == ""


def test_hours_nobody_understands_are_refused_with_the_words_that_were_typed(office: Office) -> None:
    admin = office.browse("admin")
    refused = post(admin, "/wards/cardio", **ward_form(office, admin, opening="lunedi 8h-9h"))
    assert refused.status_code == 422
    assert "Jour inconnu\u202f: «\u202flunedi\u202f»" in refused.text
    assert "lunedi 8h-9h" in refused.text


def test_an_editor_changes_the_hours_of_his_ward_and_not_its_code(office: Office) -> None:
    editor = office.browse("editor")
    shown = seen(editor, "/wards/cardio")
    post(editor, "/wards/cardio", seen=shown, opening="lun 8h-9h", keypad="999", name="Autre", head_id="1")
    saved = ward(office, "cardio")
    assert (saved["opening"], saved["keypad"], saved["name"], saved["head_id"]) == (
        "mon 08:00-09:00",
        "227",
        "Cardiologie",
        None,
    )


@pytest.mark.parametrize(
    ("name", "url", "status"),
    [
        ("editor", "/wards/pneumo", 404),
        ("editor", "/wards/pneumo/checked", 404),
        ("editor", "/wards/new", 403),
        ("editor", "/wards/hospitals/new", 403),
        ("editor", "/people/{Élise}", 404),
        ("editor", "/people/{Élise}/leave", 404),
        ("reader", "/wards/cardio", 403),
        ("reader", "/wards/cardio/checked", 403),
        ("reader", "/people/{Amélie}", 403),
        ("reader", "/people/{Amélie}/leave", 403),
        ("reader", "/people/new", 403),
        ("reader", "/people/join", 403),
        ("switchboard", "/wards/gastro", 403),
        ("editor", "/practitioners/new", 403),
        ("editor", "/directories/wards", 403),
        ("reader", "/trail/search", 403),
    ],
)
def test_nobody_changes_what_is_not_his(office: Office, name: str, url: str, status: int) -> None:
    client = office.browse(name)
    address = url.format(**{first: str(key) for first, key in office.seniors.items()})
    assert post(client, address, opening="", wards="").status_code == status
    assert office.browse("admin").get("/trail").text.count('<li class="card"') == 0


def test_readers_read_theirs_and_find_no_form_there(office: Office) -> None:
    reader = office.browse("reader")
    page = reader.get("/wards/cardio").text
    assert "Cardiologie" in page
    assert 'name="seen"' not in page
    assert "Amélie" in reader.get("/people").text
    assert "Élise" not in reader.get("/people").text
    assert "Pneumologie" not in reader.get("/wards").text
    assert "Élise" in office.browse("switchboard").get("/people").text


def test_what_is_searched_stands_in_no_address(office: Office) -> None:
    admin = office.browse("admin")
    sent = post(admin, "/people/search", q="Amélie")
    assert (sent.status_code, sent.location) == (303, "/people")
    assert "Bruno" not in admin.get("/people").text
    assert 'value="Amélie"' in admin.get("/people").text
    post(admin, "/people/search", q="")
    assert "Bruno" in admin.get("/people").text


def test_a_new_senior_of_his_ward_is_an_editors_to_add(office: Office) -> None:
    editor = office.browse("editor")
    form = {"name": "Inès Roy", "phone": "06 39 98 01 77", "wards": office.wards["cardio"]}
    done = post(editor, "/people/new", **form)
    assert done.status_code == 303
    assert "Inès Roy" in editor.get(done.location).text
    refused = post(editor, "/people/new", **{**form, "phone": "06 39 98 01 78", "wards": office.wards["pneumo"]})
    assert refused.status_code == 422
    assert "Cochez au moins un service" in refused.text


def test_an_editor_lends_no_senior_an_address_that_signs_in(office: Office) -> None:
    url = f"/people/{office.seniors['Amélie']}"
    said = {"name": "Amélie Durand", "phone": person(office, "Amélie")["phone"], "wards": office.wards["cardio"]}
    editor, his = office.browse("editor"), "Editor@aphp.example"
    refused = post(editor, url, seen=seen(editor, url), **said, email=his)
    assert refused.status_code == 422
    assert "C&#39;est l&#39;adresse d&#39;un compte" in refused.text
    form = {"name": "Inès Roy", "phone": "06 39 98 01 77", "wards": office.wards["cardio"], "email": his}
    assert post(editor, "/people/new", **form).status_code == 422
    assert person(office, "Amélie")["email"] == ""
    admin = office.browse("admin")
    assert post(admin, url, seen=seen(admin, url), **said, email=his).status_code == 303
    again = post(editor, url, seen=seen(editor, url), **said, email=his, title="Pr")  # what is so already may stay
    assert (again.status_code, person(office, "Amélie")["title"]) == (303, "Pr")


def test_somebody_who_is_on_file_is_added_by_his_number(office: Office) -> None:
    editor = office.browse("editor")
    phone = str(person(office, "Élise")["phone"])
    form = {"name": "Elise M.", "phone": phone, "wards": office.wards["cardio"]}
    taken = post(editor, "/people/new", **form)
    assert taken.status_code == 409
    assert "Élise Moreau, déjà à l&#39;annuaire" in taken.text
    joined = post(editor, "/people/join", phone=phone, wards=office.wards["cardio"])
    assert urlsplit(joined.location).path == f"/people/{office.seniors['Élise']}"
    assert "Élise Moreau" in editor.get("/people").text
    assert person(office, "Élise")["name"] == "Élise Moreau"
    blind = post(editor, "/people/join", phone="06 39 98 01 99", wards=office.wards["cardio"])
    assert blind.location == "/people/new"


def test_of_a_colleague_who_belongs_elsewhere_too_an_editor_changes_his_ward_alone(office: Office) -> None:
    with office.engine.begin() as conn:
        conn.execute(insert(ward_seniors).values(ward_id=office.wards["pneumo"], person_id=office.seniors["Amélie"]))
    editor, url = office.browse("editor"), f"/people/{office.seniors['Amélie']}"
    post(editor, url, seen=seen(editor, url), name="Autre", phone="0639980199", wards=office.wards["cardio"])
    assert person(office, "Amélie")["name"] == "Amélie Durand"
    parted = post(editor, url, seen=seen(editor, url), wards="")
    assert parted.location == "/people"  # she is of none of his wards now: he sees her no more
    assert editor.get(url).status_code == 404
    assert "Amélie Durand" in office.browse("elsewhere").get("/people").text


def test_a_new_number_is_to_be_verified_and_its_owner_is_told_so(office: Office) -> None:
    with office.engine.begin() as conn:
        conn.execute(update(people).values(phone_verified_at=datetime.now(UTC)))
    editor, url = office.browse("editor"), f"/people/{office.seniors['Amélie']}"
    said = {"name": "Amélie Durand", "phone": "06 39 98 01 88", "wards": office.wards["cardio"]}
    post(editor, url, seen=seen(editor, url), **said)
    page = editor.get(url).text
    assert "Son nouveau numéro est à vérifier" in page
    assert person(office, "Amélie")["phone_verified_at"] is None


def test_a_senior_with_shifts_to_come_is_not_removed_and_they_are_listed(office: Office) -> None:
    office.shift("cardio", "Amélie", "2035-11-24 08:30", "2035-11-24 18:30")
    admin, url = office.browse("admin"), f"/people/{office.seniors['Amélie']}"
    refused = post(admin, f"{url}/leave", seen=seen(admin, url))
    assert refused.status_code == 409
    assert "Amélie Durand tient encore un créneau" in refused.text
    assert "24 nov. 2035 08:30 – 18:30" in refused.text
    assert person(office, "Amélie")["left_at"] is None
    url = f"/people/{office.seniors['Bruno']}"
    assert post(admin, f"{url}/leave", seen=seen(admin, url)).location == "/people"
    assert admin.get(url).status_code == 404


def test_practitioners_are_kept_with_all_their_numbers(office: Office) -> None:
    admin = office.browse("admin")
    form = {"name": "Odile", "phone": ["06 39 98 90 01", "01 99 00 30 01"], "rpps": "99700218897"}
    done = post(admin, "/practitioners/new", **form)
    page = admin.get(done.location).text
    assert "La clé de ce RPPS est fausse" in page
    assert "01 99 00 30 01" in page
    form["phone"] = ["+1 212 555 0100"]
    refused = post(admin, done.location, seen=seen(admin, done.location), **form)
    assert refused.status_code == 422
    assert "La ligne ne peut pas rappeler ce pays" in refused.text
    gone = post(admin, f"{done.location}/remove", seen=seen(admin, done.location))
    assert gone.location == "/practitioners"
    assert admin.get(done.location).status_code == 404


class Unread(BytesIO):
    """A body that remembers whether anybody read of it."""

    touched = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.touched = True
        return super().read(size)


BOUNDARY = "rappel24"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def upload(client: FlaskClient, url: str, text: str | bytes, do: str) -> TestResponse:
    data = text.encode() if isinstance(text, str) else text
    fields = {"csrf_token": csrf(client), "do": do}
    said = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}' for name in fields]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="services.csv"\r\n\r\n'
    body = "\r\n".join([*said, head]).encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()
    return client.post(url, data=body, content_type=MULTIPART)


def test_a_file_is_looked_at_and_then_imported_without_being_chosen_twice(office: Office) -> None:
    admin = office.browse("admin")
    shown = upload(admin, "/directories/wards", WARDS, "look").text
    assert "créerait 1, changerait 1" in shown
    assert admin.get("/wards/neuro").status_code == 404
    kept = shown.split('name="kept" value="')[1].split('"')[0]
    done = post(admin, "/directories/wards", kept=kept, name="services.csv", do="import")
    assert done.location == "/wards"
    assert admin.get("/wards/neuro").status_code == 200


def test_every_wrong_row_of_a_file_is_listed_and_nothing_is_imported(office: Office) -> None:
    admin = office.browse("admin")
    wrong = WARDS + "rhumato;Cochin;;lun 8h-9h\n;Cochin;Autre;\n"
    refused = upload(admin, "/directories/wards", wrong, "import")
    assert refused.status_code == 422
    page = refused.text
    assert page.count('<td class="number tight">4</td>') >= 1
    assert page.count('<td class="number tight">5</td>') >= 1
    assert "name est vide" in page
    assert "opening\u202f: horaires non compris, «\u202flun 8h-9h\u202f»" in page
    assert admin.get("/wards/neuro").status_code == 404


def test_no_file_is_told(office: Office) -> None:
    refused = post(office.browse("admin"), "/directories/seniors", do="import")
    assert refused.status_code == 422
    assert "Choisissez d&#39;abord un fichier" in refused.text


@pytest.mark.parametrize("kind", ["wards", "seniors", "practitioners"])
def test_what_is_taken_away_is_taken_back_unchanged(office: Office, kind: str) -> None:
    key = office.add(practitioners, name="Odile")
    with office.engine.begin() as conn:
        conn.execute(insert(practitioner_phones).values(practitioner_id=key, phone="+33639989001"))
    admin = office.browse("admin")
    file = admin.get(f"/directories/{kind}/export.csv")
    assert file.mimetype == "text/csv"
    assert "attachment" in file.headers["Content-Disposition"]
    looked = upload(admin, f"/directories/{kind}", file.data, "look").text
    assert "créerait 0, changerait 0" in looked


def test_a_file_of_fifty_megabytes_is_refused_before_it_is_read(office: Office) -> None:
    unread = Unread()
    refused = office.browse("admin").post(
        "/directories/practitioners",
        input_stream=unread,
        content_type=MULTIPART,
        environ_overrides={"CONTENT_LENGTH": "50000000"},
    )
    assert refused.status_code == 413
    assert "Ce fichier dépasse 1\u202fMo" in refused.text
    assert not unread.touched


def test_a_file_too_large_for_a_page_is_sent_to_the_command(office: Office) -> None:
    rows = "".join(f"Dr Nom{number};+336399{number % 10000:05};;;{'x' * 150}\n" for number in range(7_000))
    refused = upload(
        office.browse("admin"), "/directories/practitioners", f"name;phone;rpps;email;practice\n{rows}", "look"
    )
    assert refused.status_code == 413
    assert "rappel24 import" in refused.text


def test_a_list_too_long_for_a_page_is_sent_to_the_command(office: Office) -> None:
    """Ten thousand short rows are no megabyte, and take longer to read than a visit may last."""
    rows = [f"Dr {number};06 39 98 {number // 100:02} {number % 100:02}" for number in range(10_000)]
    admin = office.browse("admin")
    refused = upload(admin, "/directories/practitioners", "\n".join(["name;phone", *rows]), "import")
    assert refused.status_code == 413
    assert "Ce fichier a plus de 10\u202f000 lignes" in refused.text
    assert "rappel24 import" in refused.text
    taken = upload(admin, "/directories/practitioners", "\n".join(["name;phone", *rows[:-1]]), "import")
    assert taken.status_code == 303
    assert "Fiches créées\u202f: 9999" in admin.get("/practitioners").text


# Open to GPs or not yet


def live(office: Office, at: str = "cardio") -> object:
    return ward(office, at)["live_from"]


def opens(client: FlaskClient, shown: str = "", **said: str) -> str:
    """He says when cardiology is open, as far as he knows from this page (or one he opens now); what he is told."""
    page = shown or client.get("/wards/cardio").text
    mark = page.split('name="live_seen" value="')[1].split('"')[0]
    assert post(client, "/wards/cardio/live", live_seen=mark, **said).status_code == 303
    return client.get("/wards/cardio").text


def test_an_administrator_opens_a_ward_on_a_date_takes_it_off_and_opens_it_now(office: Office) -> None:
    admin = office.browse("admin")
    opens(admin, do="not_yet")
    assert live(office) is None
    assert "pas encore ouvert" in admin.get("/wards").text
    assert "Pas encore" in admin.get("/wards/cardio").text
    opens(admin, do="from", at="2027-03-01T08:00")
    assert live(office) == datetime(2027, 3, 1, 7, tzinfo=UTC)
    assert "À partir du lundi 1 mars 2027 à 08:00" in admin.get("/wards/cardio").text
    assert "ouvre le 1 mars 2027" in admin.get("/wards").text
    opens(admin, do="now")
    assert "Oui : il répond sur la ligne" in admin.get("/wards/cardio").text
    assert admin.get("/trail").text.count("a changé l&#39;ouverture de Cardiologie aux médecins de ville") == 3


@pytest.mark.parametrize("said", [{"do": "from", "at": "2027-04-01T08:00"}, {"do": "now"}])
def test_a_page_that_has_aged_overwrites_no_date_that_somebody_else_set(office: Office, said: dict[str, str]) -> None:
    admin, colleague = office.browse("admin"), office.browse("admin")
    opens(admin, do="not_yet")
    aged = admin.get("/wards/cardio").text
    opens(colleague, do="from", at="2027-03-01T08:00")
    told = opens(admin, aged, **said)
    assert "a modifié cette fiche" in told
    assert live(office) == datetime(2027, 3, 1, 7, tzinfo=UTC)
    assert post(admin, "/wards/cardio/live", do="now").status_code == 303  # a form that says nothing of what it showed
    assert live(office) == datetime(2027, 3, 1, 7, tzinfo=UTC)
    opens(admin, **said)
    assert live(office) != datetime(2027, 3, 1, 7, tzinfo=UTC)


def test_who_takes_off_what_somebody_else_has_taken_off_is_told_that_nothing_changed(office: Office) -> None:
    admin, colleague = office.browse("admin"), office.browse("admin")
    aged = admin.get("/wards/cardio").text
    opens(colleague, do="not_yet")
    assert "a modifié cette fiche" not in opens(admin, aged, do="not_yet")
    assert live(office) is None


@pytest.mark.parametrize("at", ["", "demain", "2027-02-30T08:00"])
def test_a_date_that_cannot_be_read_changes_nothing(office: Office, at: str) -> None:
    admin, before = office.browse("admin"), live(office)
    post(admin, "/wards/cardio/live", do="from", at=at)
    assert live(office) == before
    assert "ne se lit pas" in admin.get("/wards/cardio").text


def test_only_an_administrator_opens_a_ward_to_gps(office: Office) -> None:
    editor = office.browse("editor")
    assert 'name="do" value="not_yet"' not in editor.get("/wards/cardio").text
    assert post(editor, "/wards/cardio/live", do="not_yet").status_code == 403
    assert live(office) is not None


def test_a_new_ward_may_begin_before_gps_reach_it(office: Office) -> None:
    admin = office.browse("admin")
    said = {"hospital_id": office.hospitals["Cochin"], "name": "Hématologie", "slug": "hemato", "prepared": "1"}
    assert post(admin, "/wards/new", **said).status_code == 303
    assert live(office, "hemato") is None


def test_a_file_of_a_ward_that_was_opened_just_now_comes_back_unchanged(office: Office) -> None:
    admin = office.browse("admin")
    for what in ("not_yet", "now"):
        opens(admin, do=what)
    with office.engine.begin() as conn:
        given = sheets.give_out(conn, sheets.Kind.WARDS)
        report = sheets.take_in(conn, clock.read(conn), Actor(None, "test"), sheets.Kind.WARDS, given)
    assert (report.created, report.changed, report.unchanged) == (0, 0, 3)


def test_a_ward_that_became_a_desk_before_it_was_opened_can_still_be_opened(office: Office) -> None:
    admin = office.browse("admin")
    with office.engine.begin() as conn:
        conn.execute(update(wards).where(wards.c.slug == "cardio").values(role="bed_desk", live_from=None))
    assert "Ouvrir maintenant" in admin.get("/wards/cardio").text
    opens(admin, do="now")
    assert "Ouvert aux médecins de ville" not in admin.get("/wards/cardio").text


def test_what_an_editor_changes_of_a_ward_leaves_it_where_it_is(office: Office) -> None:
    admin = office.browse("admin")
    opens(admin, do="not_yet")
    post(admin, "/wards/cardio", **ward_form(office, admin, keywords="cœur"))
    assert live(office) is None
