"""What every page forbids the browser: to keep it, to frame it, to run anything in it, to tell others where it was."""

from collections.abc import Collection

from flask import Flask, Response, request

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
# The office and the senior's page have a little script of ours, in files: what slips into a page still cannot run.
SCRIPT_POLICY = f"{POLICY}; script-src 'self'; connect-src 'self'"
HEADERS = {
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


def add(app: Flask, *, https: bool, with_script: Collection[str] = ()) -> None:
    """Put the headers on every answer; `https`: the public address is; `with_script`: the blueprints that run one."""

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.extend(HEADERS)
        response.headers["Content-Security-Policy"] = SCRIPT_POLICY if request.blueprint in with_script else POLICY
        if https:
            response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        # A page may be kept only if it says so itself: the style sheet does.
        response.headers.setdefault("Cache-Control", "no-store")
        return response
