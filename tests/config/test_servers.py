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
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from config import servers
from config.embedded.account import Account, account_for
from config.embedded.answers import answers, postgres_answers
from config.embedded.errors import BadServers
from config.embedded.keeper import environment
from config.embedded.place import Place
from config.embedded.programs import WHEELS, Programs, installed, usable
from config.embedded.residents import residents, told

# Somebody else who needs the servers: says where they are, then waits to be told to leave.
USER = """
import sys
from pathlib import Path
from config import servers
with servers.running(Path(sys.argv[1]), durable=False) as urls:
    print(urls.database, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def _home(homes: Callable[[], Path]) -> Path:
    made = homes()
    with servers.running(made, durable=False):
        pass
    return made


@pytest.fixture
def home(_home: Path) -> Iterator[Path]:
    """A RAPPEL24_HOME whose servers were made already, and do not run."""
    yield _home
    _eventually(lambda: nobody_lives_in(_home))


class User:
    """Another process inside `servers.running`."""

    def __init__(self, home: Path, python: str = sys.executable, packages: str = "", **options: Any) -> None:
        self.process = subprocess.Popen(
            [python, "-c", USER, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": f"{environment()['PYTHONPATH']}{os.pathsep}{packages}"},
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


def place_of(home: Path) -> Place:
    place = Place.known(home)
    assert place
    return place


def postmaster(home: Path) -> int:
    """Its number, once it has written it: one that is started again does so at any moment."""
    while not (written := _read(place_of(home).postgres_data / "postmaster.pid").split()):
        time.sleep(0.02)
    return int(written[0])


def valkey_of(home: Path) -> int:
    with redis.Redis.from_url(place_of(home).redis_url) as client:
        return int(client.info("server")["process_id"])


def keeper_of(home: Path) -> int:
    """The leader: the parent of the postmaster."""
    keeper = _parent(postmaster(home))
    assert keeper
    return keeper


def owners(pids: list[int]) -> dict[int, int]:
    """Each process and its account. PostgreSQL starts and ends some at any moment: one that is gone has no owner."""
    found = {}
    for pid in pids:
        with suppress(FileNotFoundError):
            found[pid] = Path(f"/proc/{pid}").stat().st_uid
    return found


def _read(path: Path | str) -> str:
    """What a file says; nothing when it is not there, or its process is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(path).read_text()
    return ""


def _parent(pid: int) -> int:
    stat = _read(f"/proc/{pid}/stat")
    return int(stat.rsplit(")", 1)[1].split()[1]) if stat else 0


def nobody_lives_in(home: Path) -> bool:
    place = Place.known(home)
    return place is None or not (residents(place.postgres_data) or residents(place.valkey_data))


def _eventually(holds: Callable[[], bool], seconds: float = 30.0) -> float:
    """Seconds it took."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < seconds, "it did not come to pass"
        time.sleep(0.02)
    return time.monotonic() - start


def write(urls: servers.Urls) -> str:
    """A new word, said to both servers."""
    word = f"word-{time.monotonic_ns()}"
    with psycopg.connect(urls.database.replace("+psycopg", "")) as connection:
        connection.execute("create table if not exists words (word text)")
        connection.execute("insert into words values (%s)", [word])
    with redis.Redis.from_url(urls.redis) as client:
        client.set(word, "kept")
    return word


def kept(urls: servers.Urls, word: str) -> bool:
    """Whether both still know it."""
    with psycopg.connect(urls.database.replace("+psycopg", "")) as connection:
        row = connection.execute("select count(*) from words where word = %s", [word]).fetchone()
    with redis.Redis.from_url(urls.redis) as client:
        return row == (1,) and client.get(word) == b"kept"


def urls_of(home: Path) -> servers.Urls:
    place = place_of(home)
    return servers.Urls(place.database_url, place.redis_url)


def test_what_was_written_is_there_the_next_time_and_nothing_runs_between(home: Path) -> None:
    with servers.running(home, durable=False) as urls:
        word = write(urls)
    assert nobody_lives_in(home)
    with servers.running(home) as again:
        assert again == urls
        assert kept(again, word)


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


@pytest.mark.parametrize("victim", ["postgres", "valkey"])
def test_a_killed_server_is_back_with_its_data(home: Path, victim: str) -> None:
    with servers.running(home, durable=False) as urls:
        word = write(urls)
        folder = home / victim
        killed = residents(folder)
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _eventually(lambda: not set(killed) & set(residents(folder)))
        _eventually(lambda: answers(place_of(home)))
        assert kept(urls, word)
        assert kept(urls, write(urls))


def test_the_postmaster_alone_killed_is_back_too(home: Path) -> None:
    with servers.running(home, durable=False) as urls:
        word = write(urls)
        old = postmaster(home)
        os.kill(old, signal.SIGKILL)
        _eventually(lambda: answers(place_of(home)) and postmaster(home) != old)
        assert kept(urls, word)


def test_the_servers_do_not_outlive_a_killed_owner(home: Path, somebody: Callable[[], User]) -> None:
    owner = somebody()
    owner.ready()
    word = write(urls_of(home))
    owner.is_killed()
    _eventually(lambda: nobody_lives_in(home))
    with servers.running(home) as urls:
        assert kept(urls, word)


def test_the_servers_do_not_outlive_a_killed_keeper(home: Path, somebody: Callable[[], User]) -> None:
    somebody().ready()
    word = write(urls_of(home))
    os.kill(keeper_of(home), signal.SIGKILL)
    _eventually(lambda: nobody_lives_in(home))
    with servers.running(home) as urls:
        assert kept(urls, word)


def test_after_a_kill_of_everything_at_once_the_next_command_just_works(
    home: Path, somebody: Callable[[], User]
) -> None:
    owner = somebody()
    owner.ready()
    word = write(urls_of(home))
    everything = [owner.process.pid, keeper_of(home), *residents(home / "postgres"), *residents(home / "valkey")]
    for pid in everything:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with servers.running(home) as urls:
        assert kept(urls, word)


def test_when_the_owner_is_killed_whoever_else_is_inside_goes_on(home: Path, somebody: Callable[[], User]) -> None:
    owner = somebody()
    owner.ready()
    other = somebody()
    other.ready()
    owner.is_killed()
    time.sleep(0.5)  # several times what the keeper needs to notice
    assert answers(place_of(home))
    os.kill(postmaster(home), signal.SIGKILL)  # and the keeper still does its work
    _eventually(lambda: answers(place_of(home)))
    other.leaves()
    _eventually(lambda: nobody_lives_in(home))


@pytest.mark.parametrize("left", ["", "{ours}\n", "1\n/nowhere\n"], ids=["empty", "recycled", "of init"])
def test_a_stale_lock_file_is_seen_through(home: Path, left: str) -> None:
    with servers.running(home, durable=False) as urls:
        word = write(urls)
    (home / "postgres/postmaster.pid").write_text(left.format(ours=os.getpid()))
    with servers.running(home) as urls:
        assert kept(urls, word)


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


def test_only_the_server_is_asked_to_stop_and_ends_its_own_processes(home: Path) -> None:
    """Its checkpointer takes the same signal for another order: then the server does not stop."""
    with servers.running(home, durable=False):
        master, folder = postmaster(home), place_of(home).postgres_data
        assert told(folder, signal.SIGINT) == told(folder, signal.SIGQUIT) == [master]
        assert len(told(folder, signal.SIGKILL)) > 3


def test_a_long_path_with_a_space_and_an_accent(new_home: Path) -> None:
    far = new_home / ("Hôpital Cochin " + "x" * 60) / ("Avicenne é" + "y" * 60)
    assert len(os.fsencode(far)) > 107
    with servers.running(far, durable=False) as urls:
        assert kept(urls, write(urls))
    assert nobody_lives_in(far)


def test_a_port_taken_meanwhile_is_left_to_who_has_it(home: Path) -> None:
    with servers.running(home) as before:
        word = write(before)
    with socket.create_server(("127.0.0.1", place_of(home).postgres_port)), servers.running(home) as urls:
        assert urls.database != before.database
        assert kept(urls, word)


def test_a_copy_of_a_home_does_not_use_the_servers_of_the_first(home: Path) -> None:
    with servers.running(home) as urls:
        word = write(urls)
    copy = home.with_name("copy")
    subprocess.run(["cp", "-a", home, copy], check=True)
    with servers.running(home) as first, servers.running(copy) as second:
        assert first.database != second.database
        assert kept(second, word)
        only_there = write(second)
        assert not kept(first, only_there)
    shutil.rmtree(copy)


def test_a_lost_password_file_does_not_lose_the_data(home: Path) -> None:
    with servers.running(home) as urls:
        word = write(urls)
    (home / "servers.json").unlink()
    with servers.running(home, durable=False) as again:
        assert again.database != urls.database
        assert kept(again, word)


def test_a_first_start_that_was_interrupted_leaves_nothing_half_made(homes: Callable[[], Path]) -> None:
    begun = (begun_and_killed(homes()) for _ in range(5))  # on a busy machine the kill may come too late
    home = next(home for home in begun if not (home / "postgres").exists())
    with servers.running(home, durable=False):
        assert not list(home.glob("postgres.new-*"))


def begun_and_killed(home: Path) -> Path:
    first = User(home)
    _eventually(lambda: any(home.glob("postgres.new-*")))
    first.is_killed()
    return home


def test_nobody_enters_without_the_password_which_stands_on_no_command_line(home: Path) -> None:
    with servers.running(home):
        place = place_of(home)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host="127.0.0.1", port=place.postgres_port, user="rappel24", dbname="rappel24")
        with redis.Redis(port=place.valkey_port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        everyone = [*residents(home / "postgres"), *residents(home / "valkey"), keeper_of(home)]
        lines = {pid: _read(f"/proc/{pid}/cmdline") for pid in everyone}
        assert all(lines[pid] for pid in (postmaster(home), valkey_of(home), keeper_of(home)))
    assert place.postgres_password not in "".join(lines.values())
    assert place.valkey_password not in "".join(lines.values())
    assert (home / "servers.json").stat().st_mode & 0o077 == 0


def test_data_of_another_version_is_refused_with_a_way_out(home: Path) -> None:
    version = home / "postgres/PG_VERSION"
    ours = version.read_text()
    version.write_text("14\n")
    with pytest.raises(BadServers, match="made by PostgreSQL 14"), servers.running(home):
        pass
    version.write_text(ours)


def test_data_that_went_away_is_not_replaced_by_an_empty_database(home: Path) -> None:
    said = (home / "servers.json").read_text()
    (home / "servers.json").write_text(json.dumps(json.loads(said) | {"folder": "gone"}))
    with pytest.raises(BadServers, match="which is gone"), servers.running(home):
        pass
    (home / "servers.json").write_text(said)


def test_a_home_that_cannot_be_made_is_named() -> None:
    with pytest.raises(BadServers, match="/dev/null"), servers.running(Path("/dev/null/var")):
        pass


class TestAsRoot:
    """PostgreSQL refuses root: the servers run under an account that can do nothing else."""

    pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers under another account")

    def test_the_servers_run_under_an_unprivileged_account(self, home: Path) -> None:
        with servers.running(home):
            found = owners([*residents(home / "postgres"), *residents(home / "valkey")])
            assert {postmaster(home), valkey_of(home)} <= found.keys()
            assert set(found.values()) == {place_of(home).account.uid}  # type: ignore[union-attr]

    def test_data_goes_where_the_account_can_reach_it_and_no_mode_is_changed(
        self, new_home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        new_home.mkdir(mode=0o700)
        closed = new_home / "project" / "var"
        with servers.running(closed, durable=False) as urls:
            word = write(urls)
            place = place_of(closed)
            assert not place.folder.is_relative_to(new_home)
            assert f"their data is in {place.folder}" in capsys.readouterr().err
        with servers.running(closed) as again:
            assert again == urls
            assert kept(again, word)
        assert new_home.stat().st_mode & 0o777 == 0o700
        moved = closed.rename(closed.with_name("moved"))
        with servers.running(moved) as there:
            assert kept(there, word)
        shutil.copytree(moved, closed)
        with pytest.raises(BadServers, match="of which this is a copy"), servers.running(closed):
            pass

    def test_binaries_out_of_reach_are_copied(self, new_home: Path) -> None:
        """An environment below a 0700 folder, as under /root."""
        new_home.mkdir()
        closed = new_home.with_name("closed")
        closed.mkdir(mode=0o700)
        for wheel in WHEELS:
            shutil.copytree(installed().root / wheel, closed / wheel, ignore=shutil.ignore_patterns("include", "*.py"))
        account = account_for(new_home)
        assert not Programs(closed).within_reach(account)
        copy = usable(account, new_home, ours=Programs(closed))
        assert copy.within_reach(account)
        assert copy == usable(account, new_home, ours=Programs(closed))
        assert account
        said = subprocess.run([copy.postgres, "--version"], check=True, capture_output=True, **account.options())
        assert b"PostgreSQL" in said.stdout

    def test_without_an_unprivileged_account_root_is_told_how_to_make_one(self, new_home: Path) -> None:
        with pytest.raises(BadServers, match="useradd --system rappel24"):
            account_for(new_home, candidates=("nobody-of-that-name",))

    def test_an_ordinary_user_runs_them_as_himself(self, new_home: Path) -> None:
        nobody = account_for(new_home, candidates=("nobody",))
        assert nobody
        python, packages = _python_for(nobody)
        new_home.mkdir()
        os.chown(new_home, nobody.uid, nobody.gid)
        own = new_home / "own"
        user = User(own, python, packages, **nobody.options())
        assert user.ready().startswith("postgresql+psycopg://")
        assert runs_as(nobody, own)
        user.leaves()
        assert nobody_lives_in(own)
        with servers.running(own) as urls:  # and root, later, leaves the data to who owns it
            assert kept(urls, write(urls))
            assert runs_as(nobody, own)


def runs_as(account: Account, home: Path) -> bool:
    """Whether PostgreSQL and all its children are this account's."""
    found = owners(residents(home / "postgres"))
    return postmaster(home) in found and set(found.values()) == {account.uid}


def _python_for(account: Account) -> tuple[str, str]:
    """An interpreter that the account may run, of our own minor version, and where it finds our packages."""
    packages = str(installed().root)
    same = f"python3.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{same}", f"/usr/local/bin/{same}"):
        real = Path(python).resolve()
        if real.exists() and account.reaches(real) and account.reaches(Path(packages)):
            return python, packages
    pytest.skip(f"the account {account.name} can run no {same} on this machine")
