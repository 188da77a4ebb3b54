"""The balancer of the hour: who is gone is passed over, and a request that he had in hand goes to another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.machines.balancer import UNAVAILABLE, Balancer
from tests.machines.fronts import READY

REQUEST = b"POST /webhooks/voice HTTP/1.1\r\nHost: line\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\na=b"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Found = TypeVar("Found")


def machine(name: str, seen: list[bytes], status: int = 200) -> Serve:
    """Answers with its name; `status` is what it says of itself."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked = head.startswith(b"GET %b " % READY.encode())
        if not asked:
            seen.append(head + await reader.readexactly(3))
        writer.write(b"HTTP/1.1 %d OK\r\nConnection: close\r\n\r\n%b" % (status if asked else 200, name.encode()))
        writer.close()

    return serve


def dying(name: str, seen: list[bytes]) -> Serve:
    """Says that it is ready, takes a request, and is gone."""
    well = machine(name, [])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(name.encode())
        if len(seen) < 2:
            await well(reader, writer)
        else:
            await reader.read(1)
            writer.close()

    return serve


@asynccontextmanager
async def before(file: Path, *machines: Serve) -> AsyncIterator[Balancer]:
    """A balancer that has looked at each."""
    async with AsyncExitStack() as held:
        servers = [
            await held.enter_async_context(await asyncio.start_server(each, "127.0.0.1", 0)) for each in machines
        ]
        ports = [server.sockets[0].getsockname()[1] for server in servers]
        file.write_text("\n".join(f"127.0.0.1:{port}" for port in ports), encoding="utf-8")
        found = Balancer(file, READY)
        while not all(each.looks for each in found.machines()):
            await asyncio.sleep(0.01)
        yield found
        for look in found._looks:
            look.cancel()
        await asyncio.gather(*found._looks, return_exceptions=True)


async def asked(found: Balancer, times: int) -> list[bytes]:
    """What each of so many requests is answered."""
    return [(await found.answered(REQUEST)).rpartition(b"\r\n")[2] for _ in range(times)]


def played(play: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
    """What comes of it, in a thread of its own: in this one the loop of another test's browser may run."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(play())).result()


def test_each_gets_requests_in_turn(tmp_path: Path) -> None:
    async def play() -> list[bytes]:
        async with before(tmp_path / "machines", machine("one", []), machine("two", [])) as found:
            return await asked(found, 4)

    assert sorted(played(play)) == [b"one", b"one", b"two", b"two"]


@pytest.mark.parametrize("status", [500, 503])
def test_who_is_not_ready_gets_nothing(tmp_path: Path, status: int) -> None:
    async def play() -> list[bytes]:
        async with before(tmp_path / "machines", machine("one", [], status), machine("two", [])) as found:
            return await asked(found, 4)

    assert played(play) == [b"two"] * 4


def test_a_request_in_the_hand_of_one_who_dies_is_answered_by_another(tmp_path: Path) -> None:
    seen: list[bytes] = []

    async def play() -> list[bytes]:
        async with before(tmp_path / "machines", dying("one", seen), machine("two", [])) as found:
            return await asked(found, 4)

    assert played(play) == [b"two"] * 4
    assert len(seen) > 1  # he had one


def test_who_is_led_around_gets_nothing_new(tmp_path: Path) -> None:
    file = tmp_path / "machines"

    async def play() -> list[bytes]:
        async with before(file, machine("one", []), machine("two", [])) as found:
            file.write_text(file.read_text(encoding="utf-8").split()[1], encoding="utf-8")
            return await asked(found, 3)

    assert played(play) == [b"two"] * 3


def test_who_is_drained_is_known_to_be_up_before_anybody_is_led_to_him(tmp_path: Path) -> None:
    file = tmp_path / "machines"

    async def play() -> tuple[bytes, list[str]]:
        async with before(file, machine("one", []), machine("two", []), machine("three", [], 503)) as found:
            written = file.read_text(encoding="utf-8").split()
            file.write_text(written[0], encoding="utf-8")
            return found.up(), written

    told, written = played(play)
    assert told.rpartition(b"\r\n")[2].decode().split() == written[:2]


def test_when_all_are_gone_it_is_said(tmp_path: Path) -> None:
    async def play() -> bytes:
        async with before(tmp_path / "machines", machine("one", [], 503)) as found:
            return await found.answered(REQUEST)

    assert played(play) == UNAVAILABLE
