"""The servers we bring: started, shared, found again after any crash, and never doubled. Real ones."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from config import servers
from config.embedded.answers import answers, postgres_answers
from config.embedded.errors import BadServers
from config.embedded.keeper import environment
from config.embedded.place import Place
from config.embedded.residents import residents

# Somebody else who needs the servers: says where they are, then waits to be told to leave.
USER = """
import sys
from pathlib import Path
from config import servers
with servers.running(Path(sys.argv[1]), durable=False) as urls:
    print(urls.database, flush=True)
    sys.stdin.read()
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers under another account")


@pytest.fixture
def home() -> Iterator[Path]:
    """A new RAPPEL24_HOME that every account can reach, unlike pytest's own folders."""
    with _folder() as folder:
        yield folder / "home"


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(os.environ["RAPPEL24_TEST_HOME"], f"home-{time.monotonic_ns()}")
    folder.mkdir()
    yield folder
    for place in list(folder.rglob("servers.json")):
        shutil.rmtree(json.loads(place.read_text())["folder"], ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


class User:
    """Another process inside `servers.running`."""

    def __init__(self, home: Path, python: str = sys.executable, **options: Any) -> None:
        self.process = subprocess.Popen(
            [python, "-c", USER, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment(), **options.pop("env", {})},
            text=True,
            **options,
        )

    def ready(self) -> str:
        assert self.process.stdout
        line: str = self.process.stdout.readline().strip()
        assert line, self.process.communicate()[1]
        return line

    def leaves(self) -> str:
        """What it said on standard error."""
        said: str = self.process.communicate()[1]
        assert self.process.returncode == 0, said
        return said

    def is_killed(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def somebody(home: Path) -> Iterator[Callable[[], User]]:
    """Starts users of `home`; none survives the test."""
    with ExitStack() as users:

        def comes() -> User:
            user = User(home)
            users.callback(user.is_killed)
            return user

        yield comes
    _eventually(lambda: nobody_lives_in(home))


def place_of(home: Path) -> Place:
    place = Place.known(home)
    assert place
    return place


def postmaster(home: Path) -> int:
    return int((place_of(home).postgres_data / "postmaster.pid").read_text().split()[0])


def keeper_of(home: Path) -> int:
    """The leader: the parent of the postmaster."""
    return int(Path(f"/proc/{postmaster(home)}/stat").read_text().rsplit(")", 1)[1].split()[1])


def nobody_lives_in(home: Path) -> bool:
    place = Place.known(home)
    return place is None or not (residents(place.postgres_data) or residents(place.valkey_data))


def _eventually(holds: Callable[[], bool], seconds: float = 15.0) -> float:
    """Seconds it took."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < seconds, "it did not come to pass"
        time.sleep(0.02)
    return time.monotonic() - start


def write(urls: servers.Urls, word: str) -> None:
    with psycopg.connect(urls.database.replace("+psycopg", "")) as connection:
        connection.execute("create table if not exists words (word text)")
        connection.execute("insert into words values (%s)", [word])
    with redis.Redis.from_url(urls.redis) as client:
        client.set(word, "kept")


def read(urls: servers.Urls) -> tuple[set[str], set[str]]:
    """The words that each of the two servers kept."""
    with psycopg.connect(urls.database.replace("+psycopg", "")) as connection:
        words = {row[0] for row in connection.execute("select word from words")}
    with redis.Redis.from_url(urls.redis, decode_responses=True) as client:
        return words, set(client.keys())


def urls_of(home: Path) -> servers.Urls:
    place = place_of(home)
    return servers.Urls(place.database_url, place.redis_url)


def test_what_was_written_is_there_the_next_time_and_nothing_runs_between(home: Path) -> None:
    with servers.running(home, durable=False) as urls:
        write(urls, "cardiologie")
    assert nobody_lives_in(home)
    with servers.running(home) as again:
        assert again == urls
        assert read(again) == ({"cardiologie"}, {"cardiologie"})


def test_a_second_command_uses_the_servers_of_the_first_and_may_stay_longer(
    home: Path, somebody: Callable[[], User]
) -> None:
    first, second = somebody(), None
    first.ready()
    server = postmaster(home)
    second = somebody()
    second.ready()
    first.leaves()
    assert postmaster(home) == server
    assert answers(place_of(home))
    second.leaves()
    _eventually(lambda: nobody_lives_in(home))


def test_four_commands_at_once_share_one_server(home: Path, somebody: Callable[[], User]) -> None:
    users = [somebody() for _ in range(4)]
    assert len({user.ready() for user in users}) == 1
    masters = [pid for pid in residents(place_of(home).postgres_data) if _parent(pid) == keeper_of(home)]
    assert len(masters) == 1
    for user in users:
        user.leaves()
    _eventually(lambda: nobody_lives_in(home))


def _parent(pid: int) -> int:
    with suppress(FileNotFoundError):
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return 0


@pytest.mark.parametrize("victim", ["postgres", "valkey"])
def test_a_killed_server_is_back_with_its_data(home: Path, victim: str) -> None:
    with servers.running(home, durable=False) as urls:
        write(urls, "before")
        folder = home / victim
        killed = residents(folder)
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _eventually(lambda: not set(killed) & set(residents(folder)))
        assert _eventually(lambda: answers(place_of(home))) < 3
        write(urls, "after")
        assert read(urls) == ({"before", "after"}, {"before", "after"})


def test_the_postmaster_alone_killed_is_back_too(home: Path) -> None:
    with servers.running(home, durable=False) as urls:
        write(urls, "before")
        old = postmaster(home)
        os.kill(old, signal.SIGKILL)
        _eventually(lambda: answers(place_of(home)) and postmaster(home) != old)
        assert read(urls)[0] == {"before"}


def test_the_servers_do_not_outlive_a_killed_owner(home: Path, somebody: Callable[[], User]) -> None:
    owner = somebody()
    owner.ready()
    write(urls_of(home), "kept")
    owner.is_killed()
    assert _eventually(lambda: nobody_lives_in(home)) < 5
    with servers.running(home) as urls:
        assert read(urls) == ({"kept"}, {"kept"})


def test_the_servers_do_not_outlive_a_killed_keeper(home: Path, somebody: Callable[[], User]) -> None:
    somebody().ready()
    write(urls_of(home), "kept")
    os.kill(keeper_of(home), signal.SIGKILL)
    assert _eventually(lambda: nobody_lives_in(home)) < 5
    with servers.running(home) as urls:
        assert read(urls) == ({"kept"}, {"kept"})


def test_after_a_kill_of_everything_at_once_the_next_command_just_works(
    home: Path, somebody: Callable[[], User]
) -> None:
    owner = somebody()
    owner.ready()
    write(urls_of(home), "kept")
    everything = [owner.process.pid, keeper_of(home), *residents(home / "postgres"), *residents(home / "valkey")]
    for pid in everything:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with servers.running(home) as urls:
        assert read(urls) == ({"kept"}, {"kept"})


def test_when_the_owner_is_killed_whoever_else_is_inside_goes_on(home: Path, somebody: Callable[[], User]) -> None:
    owner = somebody()
    owner.ready()
    other = somebody()
    other.ready()
    owner.is_killed()
    time.sleep(0.5)  # several times what the keeper needs to notice
    assert answers(place_of(home))
    other.leaves()
    _eventually(lambda: nobody_lives_in(home))


@pytest.mark.parametrize("left", ["", "{ours}\n", "1\n/nowhere\n"], ids=["empty", "recycled", "of init"])
def test_a_stale_lock_file_is_seen_through(home: Path, left: str) -> None:
    with servers.running(home, durable=False) as urls:
        write(urls, "kept")
    (home / "postgres/postmaster.pid").write_text(left.format(ours=os.getpid()))
    with servers.running(home) as urls:
        assert read(urls)[0] == {"kept"}


def test_an_orphan_is_stopped_not_doubled(home: Path) -> None:
    """A server left by somebody who cannot tell it to go: started by hand, its starter gone."""
    with servers.running(home, durable=False):
        argv = Path(f"/proc/{postmaster(home)}/cmdline").read_bytes().split(b"\0")[:-1]
    account = place_of(home).account
    orphan = subprocess.Popen(argv, **(account.options() if account else {}))
    _eventually(lambda: postgres_answers(place_of(home)))
    with servers.running(home):
        assert orphan.wait(timeout=10) == 0
        assert postmaster(home) != orphan.pid


def test_a_long_path_with_a_space_and_an_accent(home: Path) -> None:
    far = home / ("Hôpital Cochin " + "x" * 60) / ("Avicenne é" + "y" * 60)
    assert len(os.fsencode(far)) > 107
    with servers.running(far, durable=False) as urls:
        write(urls, "kept")
        assert read(urls) == ({"kept"}, {"kept"})
    assert nobody_lives_in(far)


def test_a_port_taken_meanwhile_is_left_to_who_has_it(home: Path) -> None:
    with servers.running(home, durable=False) as before:
        write(before, "kept")
    with socket.create_server(("127.0.0.1", place_of(home).postgres_port)), servers.running(home) as urls:
        assert urls.database != before.database
        assert read(urls) == ({"kept"}, {"kept"})


def test_a_copy_of_a_home_does_not_use_the_servers_of_the_first(home: Path) -> None:
    with servers.running(home, durable=False) as urls:
        write(urls, "first")
    copy = home.with_name("copy")
    subprocess.run(["cp", "-a", home, copy], check=True)
    with servers.running(home) as first:
        (copy / "servers.json").write_text(
            (copy / "servers.json").read_text().replace(f'"folder": "{home}"', f'"folder": "{copy}"')
        )
        with servers.running(copy) as second:
            assert first.database != second.database
            write(second, "second")
        assert read(first)[0] == {"first"}


def test_a_lost_password_file_does_not_lose_the_data(home: Path) -> None:
    with servers.running(home, durable=False) as urls:
        write(urls, "kept")
    (home / "servers.json").unlink()
    with servers.running(home) as again:
        assert again.database != urls.database
        assert read(again) == ({"kept"}, {"kept"})


def test_a_first_start_that_was_interrupted_leaves_nothing_half_made(home: Path, somebody: Callable[[], User]) -> None:
    first = somebody()
    _eventually(lambda: any(home.glob("postgres.new-*")))
    first.is_killed()
    assert not (home / "postgres").exists()
    with servers.running(home, durable=False):
        assert not list(home.glob("postgres.new-*"))


def test_nobody_enters_without_the_password_which_stands_on_no_command_line(home: Path) -> None:
    with servers.running(home, durable=False):
        place = place_of(home)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host="127.0.0.1", port=place.postgres_port, user="rappel24", dbname="rappel24")
        with redis.Redis(port=place.valkey_port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        lines = [
            Path(f"/proc/{pid}/cmdline").read_text()
            for pid in (*residents(home / "postgres"), *residents(home / "valkey"))
        ]
        assert lines
        assert not [line for line in lines if place.postgres_password in line or place.valkey_password in line]
    assert (home / "servers.json").stat().st_mode & 0o077 == 0


def test_data_of_another_version_is_refused_with_a_way_out(home: Path) -> None:
    with servers.running(home, durable=False):
        pass
    (home / "postgres/PG_VERSION").write_text("14\n")
    with pytest.raises(BadServers, match="made by PostgreSQL 14"), servers.running(home):
        pass


def test_data_that_moved_away_is_not_replaced_by_an_empty_database(home: Path) -> None:
    with servers.running(home, durable=False):
        pass
    said = json.loads((home / "servers.json").read_text())
    (home / "servers.json").write_text(json.dumps(said | {"folder": str(home / "gone")}))
    with pytest.raises(BadServers, match="which is gone"), servers.running(home):
        pass
    (home / "servers.json").write_text(json.dumps(said))
