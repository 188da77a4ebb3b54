"""How often somebody may try to get in: Flask-Limiter counts in Redis, in this process's memory while Redis is away.

Asked at the doors that try a proof, at the public page of figures, and nowhere else: no webhook ever waits for it.
"""

from hashlib import sha256

from flask import Flask, request
from flask_limiter import Limiter
from redis import Redis

TRYING = frozenset({"signin", "invitation", "account", "enrolment", "yearly"})  # the blueprints with such doors
PER_ADDRESS = "30 per minute"  # a hospital has one address for all
READERS = "60 per minute"  # of a page that anybody may read
NEWCOMERS = "20 per hour"  # of an address: each costs an SMS
PER_EMAIL = "20 per 15 minutes"  # whether an account has it or not


def _address() -> str:
    return request.remote_addr or "nowhere"


def _email() -> str:
    return sha256(request.form.get("email", "").strip().lower().encode()).hexdigest()


_limiter = Limiter(_address, in_memory_fallback_enabled=True, strategy="moving-window", key_prefix="signin")
by_address = _limiter.limit(PER_ADDRESS, methods=["POST"])
readers = _limiter.limit(READERS)
newcomers = _limiter.limit(NEWCOMERS, methods=["POST"])
by_email = _limiter.limit(PER_EMAIL, key_func=_email, methods=["POST"])


@_limiter.request_filter
def _elsewhere() -> bool:
    return request.blueprint not in TRYING


def add(app: Flask, redis: Redis) -> None:
    """Count in this Redis, with its short time-outs."""
    app.config["RATELIMIT_STORAGE_URI"] = "redis://"
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"connection_pool": redis.connection_pool}
    _limiter.init_app(app)
