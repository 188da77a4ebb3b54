"""Request signatures, written from the description (not from the library), for HMAC-SHA1 and HMAC-SHA256."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urldefrag

Params = Iterable[tuple[str, str]]


def canonical(url: str, params: Params) -> str:
    """URL without its fragment, then each name in code-point order with its distinct values, sorted."""
    values: dict[str, set[str]] = {}
    for name, value in params:
        values.setdefault(name, set()).add(value)
    body = "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return urldefrag(url).url + body


def sign(url: str, params: Params, secret: str, digest: str = "sha1") -> str:
    """The value of `X-Twilio-Signature`."""
    mac = hmac.new(secret.encode(), canonical(url, params).encode(), getattr(hashlib, digest))
    return base64.b64encode(mac.digest()).decode()


def with_body_hash(url: str, body: bytes) -> str:
    """The URL that is signed and requested when the body is JSON."""
    base, _, fragment = url.partition("#")
    joined = f"{base}{'&' if '?' in base else '?'}bodySHA256={hashlib.sha256(body).hexdigest()}"
    return f"{joined}#{fragment}" if fragment else joined
