"""What a hospital has before its machines, as small as it can be: `python -m tests.machines.balancer PORT FILE DOOR`.

It does what docs/machines.md asks of a real one: in turn to each machine that says it is ready; a request to which no
answer came goes to the next one, for a webhook may come twice (invariant 3). The file names the machines, `host:port` a
line, and is looked at anew each time: who is no longer in it gets nothing new. DOOR of theirs says whether they are
ready. A process of its own.
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

CONNECTS_WITHIN = 0.5  # seconds
ANSWERS_WITHIN = 2.5  # of a first try; the carrier waits for four
LOOKS_EVERY = 0.5
READY_WITHIN = 2.0
MISSES = 2  # looks in a row
LARGEST = 1 << 20
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
READY = b"HTTP/1.1 200"
UP = "/balancer/up"
QUESTION = b"GET %b HTTP/1.1\r\nHost: balancer\r\nConnection: close\r\n\r\n"


@dataclass
class Machine:
    """One behind us. Nobody is ready before he has said so."""

    host: str
    port: int
    door: str
    misses: int = MISSES
    looks: int = 0

    @property
    def ready(self) -> bool:
        return self.misses < MISSES

    async def asked(self, request: bytes, within: float) -> bytes:
        """Its whole answer. OSError, TimeoutError: there was none."""
        async with asyncio.timeout(CONNECTS_WITHIN):
            reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(request)
            async with asyncio.timeout(within):
                answer = await reader.read(-1)
        finally:
            writer.close()
        if not answer:
            raise ConnectionResetError("it closed without a word")
        return answer

    async def look(self) -> None:
        """Whether it is ready, again and again."""
        while True:
            try:
                answer = await self.asked(QUESTION % self.door.encode(), READY_WITHIN)
                self.misses = 0 if answer.startswith(READY) else self.misses + 1
            except OSError:
                self.misses += 1
            self.looks += 1
            await asyncio.sleep(LOOKS_EVERY)


@dataclass
class Balancer:
    """Hands requests to machines in turn."""

    file: Path
    door: str
    turn: int = 0
    _known: dict[str, Machine] = field(default_factory=dict)
    _looks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer."""
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            request = await _whole(reader)
            writer.write(self.up() if request.startswith(f"GET {UP} ".encode()) else await self.answered(request))
            await writer.drain()
        writer.close()

    async def answered(self, request: bytes) -> bytes:
        """By the first that answers at all."""
        for machine in self._order():
            try:
                return await machine.asked(request, ANSWERS_WITHIN)
            except OSError:
                machine.misses += 1
        return UNAVAILABLE

    def up(self) -> bytes:
        """Whoever is ready, in the file or drained, `host:port` a line."""
        said = "\n".join(address for address, machine in self._known.items() if machine.ready).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(said), said)

    def machines(self) -> list[Machine]:
        """Those of the file, each looked at from when it first stood there."""
        addresses = self.file.read_text(encoding="utf-8").split()
        for new in (address for address in addresses if address not in self._known):
            host, _, port = new.rpartition(":")
            self._known[new] = Machine(host, int(port), self.door)
            self._looks.append(asyncio.create_task(self._known[new].look()))
        return [self._known[address] for address in addresses]

    def _order(self) -> list[Machine]:
        """Who is ready, the next one first."""
        self.turn += 1
        ready = [machine for machine in self.machines() if machine.ready]
        start = self.turn % max(1, len(ready))
        return ready[start:] + ready[:start]


async def _whole(reader: asyncio.StreamReader) -> bytes:
    """A request, to be answered on a connection that ends with it. Who asks is shown as a proxy shows him."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    length = next((int(line.partition(b":")[2]) for line in lines if line.lower().startswith(b"content-length:")), 0)
    if length > LARGEST:
        raise ValueError("too large")
    kept = [line for line in lines if not line.lower().startswith((b"connection:", b"x-forwarded-for:"))]
    said = b"\r\n".join([first, *kept, b"X-Forwarded-For: 127.0.0.1", b"Connection: close", b"", b""])
    return said + await reader.readexactly(length)


async def balance(port: int, file: Path, door: str) -> None:
    """Until we are ended."""
    balancer = Balancer(file, door)
    balancer.machines()
    async with await asyncio.start_server(balancer.serve, "127.0.0.1", port) as server:
        await server.serve_forever()


def main(given: Sequence[str]) -> None:
    """As the command line says."""
    port, file, door = given
    asyncio.run(balance(int(port), Path(file), door))


if __name__ == "__main__":
    main(sys.argv[1:])
