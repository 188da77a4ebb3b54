"""Settings of the web server: two processes of four threads, that finish what they began before they leave."""

import os
import shutil
import tempfile
from urllib.parse import urlsplit

from gunicorn.workers.base import Worker
from prometheus_client import multiprocess

_LOOPBACK = ("localhost", "127.0.0.1")
_public_host = urlsplit(os.environ.get("PUBLIC_URL", "http://localhost")).hostname
# A demo on a laptop is nobody else's business; a public address means that others must reach us.
_interface = "127.0.0.1" if _public_host in _LOOPBACK else "0.0.0.0"

bind = f"{_interface}:{os.environ.get('PORT', '8000')}"
wsgi_app = "config.app:create_app()"
worker_class = "gthread"
workers = 2
threads = 4
keepalive = 5
timeout = 30
graceful_timeout = 12  # the carrier waits no longer than fifteen seconds for an answer
max_requests = 0
# Addresses hold links' tokens: no access log, and nothing that a client says of itself is believed.
accesslog = None
forwarded_allow_ips = ""
forwarder_headers = ""
control_socket_disable = True

# Counters of both processes add up in this folder; it goes when the server does.
_counters = os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="rappel24-metrics-"))


def child_exit(server: object, worker: Worker) -> None:
    """Let the gauges of a process that is gone go with it."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: object) -> None:
    """Leave nothing behind."""
    shutil.rmtree(_counters, ignore_errors=True)
