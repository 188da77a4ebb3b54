"""What the worker and the tick work with, made of the settings. The web does without: it never phones the carrier."""

from functools import partial
from uuid import UUID

from sqlalchemy import Connection, Engine

from callbacks import climb, ladder, limits, outcomes
from callbacks.answers import sending
from callbacks.carrier import TwilioCarrier
from callbacks.carrier_lists import TwilioLists
from callbacks.house import Bell, Desk, House
from callbacks.jobs import Workshop
from callbacks.kinds import kind as kinds
from callbacks.post import Mailer
from callbacks.reconciling.mending import Tools
from callbacks.shelf import Shelf
from callbacks.smtp import Outgoing
from config.assembly import box_of, house_of, shelf_of
from config.settings import Settings


def workshop_of(settings: Settings, engine: Engine, bell: Bell) -> Workshop:
    """Everything in one hand. Raises BadKind, BadLadder, BadLimits, BadOutcomes."""
    house = house_of(settings)
    limits.load(), outcomes.offered()  # bad ones are known at the start, not when they are needed
    for kind in kinds.defaults():
        ladder.load(kind=kind)
    return Workshop(
        engine=engine,
        carrier=TwilioCarrier(
            settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value(), settings.twilio_api_url
        ),
        house=house,
        shelf=shelf_of(settings),
        bell=bell,
        climb=partial(climb.climb, house=house),
        not_arrived=partial(climb.alert_failed, house=house),
        mailer=_mailer_of(settings, house),
    )


def tools_of(settings: Settings, desk: Desk, shelf: Shelf) -> Tools:
    """What the carrier's lists are compared with ours by."""
    token = settings.twilio_auth_token.get_secret_value()
    return Tools(desk, shelf, TwilioLists(settings.twilio_account_sid, token, settings.twilio_api_url))


def _mailer_of(settings: Settings, house: House) -> Mailer | None:
    """How e-mail leaves; None without a server for it."""
    if settings.smtp_url is None or settings.mail_address is None:
        return None
    box = box_of(settings)

    def open_answer(conn: Connection, answer_id: UUID) -> str:
        return sending.letter(conn, box, house, answer_id)

    return Mailer(Outgoing(settings.smtp_url, settings.certificates, settings.mail_address), open_answer)
