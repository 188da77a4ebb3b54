"""Another machine, which shares nothing with the line: it serves the fixed documents of `rappel24 fallback`."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

DOCUMENTS = {name: f"/rappel24-{name}.xml" for name in ("call", "thanks", "sms", "broken")}


@contextmanager
def hosted(home: Path, env: Mapping[str, str]) -> Iterator[str]:
    """Its address."""
    pages = {path: _document(name, home, env) for name, path in DOCUMENTS.items()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _serving(pages))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="elsewhere", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _document(name: str, home: Path, env: Mapping[str, str]) -> bytes:
    argv = [sys.executable, "-P", "-m", "config.cli", "fallback", "--twiml", "--document", name]
    return subprocess.run(argv, cwd=home, env=env, check=True, capture_output=True, timeout=60).stdout


def _serving(pages: Mapping[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            page = pages.get(urlsplit(self.path).path)
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.end_headers()
            self.wfile.write(page or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    return Handler
