"""A wire between us and a server, that can stand still, or be laid late."""

import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Relay:
    """A wire between us and PostgreSQL; frozen, it takes what is said and hands nothing on, as a hung server does."""

    server: tuple[str, int]
    frozen: threading.Event = field(default_factory=threading.Event)
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def __post_init__(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self.listening.getsockname()[1]
        return port

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listening.accept()
            except OSError:
                return
            far = socket.create_connection(self.server)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65_536):
                if not self.frozen.is_set():
                    other.sendall(data)
        except OSError:
            pass
        finally:
            other.close()
