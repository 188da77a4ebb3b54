"""What every page forbids the browser: to keep it, to frame it, to run anything in it, to tell others where it was."""

from flask import Flask, Response

# No script at all: the page works without, and nothing that slips into it can run.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # The address holds a token: no other site may read it from a referrer; our own forms' check needs one.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


def add(app: Flask, *, https: bool) -> None:
    """Put the headers on every answer; `https` when the public address is."""

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.extend(HEADERS)
        if https:
            response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        # A page may be kept only if it says so itself: the style sheet does.
        response.headers.setdefault("Cache-Control", "no-store")
        return response
