"""Who watches from outside, on loopback: a collector of traces and a Sentry that keep what they are told, unwrapped."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

TRACES, ERRORS = "/v1/traces", "/api/1/envelope/"


@dataclass
class Watchers:
    """Where they listen, and what each was told: headers and bodies."""

    port: int
    told: dict[str, list[bytes]] = field(default_factory=lambda: {TRACES: [], ERRORS: []})
    headers: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """What makes the house tell them."""
        at = f"127.0.0.1:{self.port}"
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{at}",
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer abc",
            "SENTRY_DSN": f"http://key@{at}/1",
        }

    def spans(self) -> Iterator[tuple[str, Span]]:
        """Every span, and the process that it came from."""
        for body in self.told[TRACES]:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                named = {each.key: each.value.string_value for each in resource.resource.attributes}
                for scope in resource.scope_spans:
                    yield from ((named["rappel24.process"], span) for span in scope.spans)


@contextmanager
def watching() -> Iterator[Watchers]:
    """Until the end of the block."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            told.told[self.path].append(body)
            told.headers.append(f"{self.path}\n{self.headers}")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    told = Watchers(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
