"""Settings of the web server: two processes of four threads, that finish what they began before they leave."""

import gc
import os
import shutil
import sys
import tempfile

from config.settings import BadSettings, Settings, load

try:
    _settings = load(os.environ, Settings)
except BadSettings as error:
    sys.exit(str(error))

# A demo on a laptop is nobody else's business; a public address means that others must reach us.
_on_a_laptop = _settings.public_url.startswith("http:")

bind = f"{'127.0.0.1' if _on_a_laptop else '0.0.0.0'}:{_settings.port}"
wsgi_app = "config.app:create_app()"
worker_class = "gthread"
workers = 2
threads = 4
# Loaded once: a process that dies is back at once. Nothing is connected before the fork.
preload_app = True
keepalive = 5
timeout = 30
graceful_timeout = 12  # the carrier waits no longer than fifteen seconds for an answer
# Addresses hold links' tokens: no access log, and nothing that a client says of itself is believed.
accesslog = None
forwarded_allow_ips = ""
forwarder_headers = ""
control_socket_disable = True

# Counters of both processes add up in this folder, which prometheus_client looks for when it is first imported; it
# goes when the server does. There are no gauges in it, so a process that dies has nothing to take with it.
_counters = os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="rappel24-metrics-"))


# Of what is loaded nothing becomes waste: the collector would walk through it all, again and again.
gc.disable()


def pre_fork(server: object, worker: object) -> None:
    """What was loaded stays, shared while nobody writes to it: the collector would, and leaves it alone."""
    gc.enable()
    gc.collect()
    gc.freeze()


def on_exit(server: object) -> None:
    """Leave nothing behind."""
    shutil.rmtree(_counters, ignore_errors=True)
