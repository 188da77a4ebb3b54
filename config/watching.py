"""Whoever watches from outside is told: counts always, traces and errors where the settings name somebody."""

from config import reporting, tally, tracing
from config.assembly import redis_url
from config.queue import connect
from config.settings import Settings


def configure(process: str, settings: Settings) -> None:
    """Before anything else starts, so that what this process forks is heard too. Raises ServersMissing."""
    tally.configure(connect(redis_url(settings)))
    headers = settings.otel_exporter_otlp_headers
    tracing.configure(
        process,
        settings.otel_exporter_otlp_endpoint,
        tracing.headers_of(headers.get_secret_value()) if headers else {},
    )
    dsn = settings.sentry_dsn
    reporting.configure(process, dsn.get_secret_value() if dsn else None, settings.sentry_environment)
