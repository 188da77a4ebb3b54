"""The house of the page's tests, and a carrier that signs what it posts."""

from collections.abc import Callable

import pytest
from flask import Flask
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from tests.web.conftest import TOKEN, app, bell, box, house, shelf, ward
from webhooks.signature import HEADER

__all__ = ["Post", "app", "bell", "box", "carrier", "house", "shelf", "ward"]

Post = Callable[..., TestResponse]


@pytest.fixture
def carrier(app: Flask) -> Post:
    """Posts to a path as the carrier would, signed."""
    validator, client = RequestValidator(TOKEN), app.test_client()

    def post(path: str, **form: str) -> TestResponse:
        signature = validator.compute_signature("http://localhost" + path, form)
        return client.post(path, data=form, headers={HEADER: signature})

    return post
