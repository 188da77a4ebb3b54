"""Accounts, for administrators: who may sign in, as what, for which wards; invitations; who lost his telephone."""

from collections.abc import Mapping
from itertools import groupby

from flask import Blueprint, abort, request, url_for
from werkzeug.datastructures import MultiDict

from config import numbers, texts
from scheduling import rota
from scheduling.accounts import proofs, store
from scheduling.accounts.roles import Role
from scheduling.accounts.store import Listed
from scheduling.accounts.wish import Refusal, Wish
from web.office.guard import Answer, Back, Visitor, admin
from web.office.page import page

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")


@blueprint.get("")
@admin
def see(visitor: Visitor) -> str:
    """Everybody who may sign in."""
    return page(visitor, "accounts.html", "accounts", accounts=store.listed(visitor.conn))


@blueprint.get("/new")
@admin
def blank(visitor: Visitor) -> str:
    """An empty form."""
    return _form(visitor, Wish("", "", Role.EDITOR, language=visitor.desk.house.language))


@blueprint.post("")
@admin
def create(visitor: Visitor) -> Answer:
    """A new account, and the link that its owner is sent by hand."""
    wish = _wish(visitor, request.form)
    made = wish if isinstance(wish, str) else store.create(visitor.conn, visitor.moment, visitor.by, wish)
    if isinstance(made, str):
        return _form(visitor, _typed(request.form), refusal=made), 422
    return _invitation(visitor, made)


@blueprint.get("/<int:account_id>")
@admin
def one(visitor: Visitor, account_id: int) -> str:
    """One account, to change it."""
    found = _found(visitor, account_id)
    return _form(visitor, Wish.of(found.account), found)


@blueprint.post("/<int:account_id>")
@admin
def change(visitor: Visitor, account_id: int) -> Answer:
    """Another name, role, telephone, other wards."""
    found, wish = _found(visitor, account_id), _wish(visitor, request.form)
    if isinstance(wish, str):
        return _form(visitor, _typed(request.form), found, refusal=wish), 422
    refused = store.change(visitor.conn, visitor.moment, visitor.by, account_id, wish)
    if refused is not None:
        return _form(visitor, _typed(request.form), found, refusal=refused), 422
    return Back(url_for("accounts.see"), "accounts.changed", values={"name": wish.kept.name})


@blueprint.post("/<int:account_id>/invite")
@admin
def invite(visitor: Visitor, account_id: int) -> Answer:
    """A new link for who has not come, or has forgotten his password; the old one is over."""
    if _found(visitor, account_id).disabled:
        abort(404)
    return _invitation(visitor, account_id)


@blueprint.post("/<int:account_id>/disable")
@admin
def disable(visitor: Visitor, account_id: int) -> Answer:
    """He may not sign in any more, and is out at once."""
    found = _found(visitor, account_id)
    return _done("disabled", found, store.disable(visitor.conn, visitor.moment, visitor.by, account_id))


@blueprint.post("/<int:account_id>/enable")
@admin
def enable(visitor: Visitor, account_id: int) -> Answer:
    """He may sign in again."""
    found = _found(visitor, account_id)
    return _done("enabled", found, store.enable(visitor.conn, visitor.moment, visitor.by, account_id))


@blueprint.post("/<int:account_id>/forget-application")
@admin
def forget_application(visitor: Visitor, account_id: int) -> Answer:
    """He lost his telephone: he puts the secret into another one at his next sign-in."""
    found = _found(visitor, account_id)
    refused = store.forget_second_factor(visitor.conn, visitor.moment, visitor.by, account_id)
    return _done("application_forgotten", found, refused)


def _done(note: str, found: Listed, refused: Refusal | None) -> Back:
    told = f"accounts.refused_{refused}" if refused else f"accounts.{note}"
    to = url_for("accounts.one", account_id=found.account.id)
    return Back(to, told, good=refused is None, values={"name": found.account.name})


def _found(visitor: Visitor, account_id: int) -> Listed:
    return store.one(visitor.conn, account_id) or abort(404)


def _invitation(visitor: Visitor, account_id: int) -> str:
    found = _found(visitor, account_id)
    token = proofs.invite(visitor.conn, visitor.moment, visitor.by, account_id, found.account.name)
    link = visitor.desk.house.public_url + url_for("invitation.see", token=token)
    days = proofs.INVITED_FOR.days
    return page(visitor, "account_invited.html", "accounts", account=found.account, link=link, days=days)


def _form(visitor: Visitor, wish: Wish, found: Listed | None = None, refusal: str = "") -> str:
    return page(
        visitor,
        "account_form.html",
        "accounts",
        wish=wish,
        found=found,
        refusal=refusal,
        phone=_shown_phone(wish.phone),
        roles=list(Role),
        languages=texts.LANGUAGES,
        hospitals=_by_hospital(visitor.wards()),
        is_me=found is not None and found.account.id == visitor.account.id,
    )


def _shown_phone(phone: str | None) -> str:
    if not phone:
        return ""
    return numbers.national(phone) if phone.startswith("+") else phone


def _by_hospital(wards: list[rota.Ward]) -> Mapping[str, list[rota.Ward]]:
    return {hospital: list(theirs) for hospital, theirs in groupby(wards, key=lambda ward: ward.hospital)}


def _wish(visitor: Visitor, form: MultiDict[str, str]) -> Wish | str:
    """What the form asks for, or what is wrong with it (a name of the catalogue)."""
    typed = _typed(form)
    if typed.ward_ids - {ward.id for ward in visitor.wards()}:
        abort(400)
    try:
        phone = numbers.parse(typed.phone) if typed.phone else None
    except numbers.BadNumber:
        return "phone"
    return Wish(typed.email, typed.name, typed.role, typed.ward_ids, typed.all_wards, phone, typed.language)


def _typed(form: MultiDict[str, str]) -> Wish:
    """The form as it was filled in; what no form of ours sends is refused."""
    role, language = form.get("role", ""), form.get("language", "fr")
    named = form.getlist("wards")
    numbers_alone = all(ward.isdecimal() and len(ward) < 10 for ward in named)
    if role not in list(Role) or language not in texts.LANGUAGES or not numbers_alone:
        abort(400)
    return Wish(
        email=form.get("email", ""),
        name=form.get("name", ""),
        role=Role(role),
        ward_ids=frozenset(map(int, named)),
        all_wards="all_wards" in form,
        phone=form.get("phone", "").strip() or None,
        language=language,
    )
