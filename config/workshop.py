"""What the worker and the tick work with, made of the settings. The web does without: it never phones the carrier."""

from functools import partial

from sqlalchemy import Engine

from callbacks import climb, ladder, limits, outcomes
from callbacks.carrier import TwilioCarrier
from callbacks.house import Bell
from callbacks.jobs import Workshop
from config.assembly import house_of, shelf_of
from config.settings import Settings


def workshop_of(settings: Settings, engine: Engine, bell: Bell) -> Workshop:
    """Everything in one hand. Raises BadLadder, BadLimits, BadOutcomes."""
    house = house_of(settings)
    ladder.load(), limits.load(), outcomes.offered()  # bad ones are known at the start, not when they are needed
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
    )
