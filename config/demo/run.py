"""The demo as processes under the supervisor: servers, web, worker, tick, telephones, and who looks after them."""

import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from config import numbers, serving, supervisor
from config.children import Process
from config.demo import accounts, identity
from config.demo.exchange import Exchange, Unanswered
from config.demo.identity import CANARY, LINE, Ports
from config.demo.ports import free_ports
from config.demo.script import play
from config.demo.words import progress, say
from config.embedded.errors import BadServers
from config.embedded.keeper import environment as importable
from config.embedded.locks import Lock
from config.settings import Storage

PART = (sys.executable, "-m", "config.demo")
# What is told when all is well would push the addresses off the screen.
CHATTER = re.compile(rb'\[INFO\]|"level": "info"|simulator ready')


def demo(storage: Storage, *, script: bool, port: int) -> int:
    """Until Ctrl-C with telephones in the browser, or as a play in the terminal. An exit code; raises BadServers."""
    return play(storage.language) if script else _show(storage, port)


def _show(storage: Storage, port: int) -> int:
    with ExitStack() as held:
        progress(say("starting", storage.language))
        first, servers = serving.storage(storage, held)
        _alone(storage, held)
        ports = free_ports(port)
        env = identity.environment(storage.home, ports, identity.secrets_of(storage.home), os.environ) | servers
        identity.keep(storage.home, env)
        processes = _processes(storage, first, env | importable(), ports)
        # A .env where the visitor stands is a real hospital's: the processes start where there is none.
        os.chdir(storage.home)
        return supervisor.run(processes)


def _alone(storage: Storage, held: ExitStack) -> None:
    storage.home.mkdir(parents=True, exist_ok=True)
    lock = held.enter_context(Lock(storage.home / "demo.lock"))
    if not lock.try_exclusive():
        raise BadServers(say("already", storage.language, home=storage.home))


def _processes(storage: Storage, first: list[Process], env: Mapping[str, str], ports: Ports) -> list[Process]:
    def telling(process: Process, key: str) -> Process:
        return replace(process, ready=_Once(process.ready or _at_once, lambda: progress(say(key, storage.language))))

    welcome = partial(_welcome, storage, ports, Path.cwd())
    prepare = Process("prepare", (*PART, "prepare"), env, once=True)
    web, *others = (replace(process, mute=CHATTER) for process in serving.house(ports.web, env))
    return [
        *(telling(process, "ready_servers") for process in first),
        prepare,
        # Before the house, which begins with what it has to send.
        _mailroom(env, ports),
        telling(_telephones(env, ports, storage.language), "ready_telephones"),
        telling(web, "ready_web"),
        *others,
        replace(_attendant(env, ports), ready=_Once(partial(_is_up, ports), welcome)),
    ]


def _telephones(env: Mapping[str, str], ports: Ports, language: str) -> Process:
    """The simulator reads the account from the environment: a token is never on a command line."""
    urls = {"voice": "voice", "status": "voice/status", "sms": "sms"}
    doors = [f"--{name}-url={ports.public_url}/webhooks/{path}" for name, path in urls.items()]
    numbers_of = (f"--number={LINE}", f"--bare-number={CANARY}")
    argv = ("-m", "simulator", f"--port={ports.telephones}", *numbers_of, f"--clock-url={ports.clock_url}")
    beside = f"--beside={say('letters', language)}={ports.letters_url}/"
    return Process(
        "telephones",
        (sys.executable, *argv, *doors, beside),
        env,
        ready=partial(serving.answers, ports.telephones, "/sim/state"),
        mute=CHATTER,
    )


def _mailroom(env: Mapping[str, str], ports: Ports) -> Process:
    where = (str(ports.letters), str(ports.post), str(ports.mail_door), f"{ports.telephones_url}/")
    ready = partial(serving.answers, ports.letters, "/")
    return Process("mailroom", (*PART, "mailroom", *where), env, ready=ready, mute=CHATTER)


def _attendant(env: Mapping[str, str], ports: Ports) -> Process:
    return Process("attendant", (*PART, "attendant", str(ports.clock), ports.telephones_url), env)


def _is_up(ports: Ports) -> bool:
    """Everything: telephones are on the page, and the web finds database, Redis, tick and worker at work."""
    try:
        # The switchboard is put there last; any other may be there, nameless, because it was rung before.
        last = Exchange(ports.telephones_url).names().get(identity.SWITCHBOARD)
        return bool(last) and serving.answers(ports.web, "/readyz")
    except Unanswered:
        return False


def _at_once() -> bool:
    return True


@dataclass
class _Once:
    """A question that says so the first time it is answered yes."""

    ask: Callable[[], bool]
    tell: Callable[[], None]
    told: bool = field(default=False)

    def __call__(self) -> bool:
        answer = self.ask()
        if answer and not self.told:
            self.told = True
            self.tell()
        return answer


def _welcome(storage: Storage, ports: Ports, here: Path) -> None:
    """On standard output: it is the demo's result."""
    text = say(
        "welcome",
        storage.language,
        telephones=f"{ports.telephones_url}/",
        letters=f"{ports.letters_url}/",
        line=numbers.national(LINE),
        office=f"{ports.public_url}/",
        admin=accounts.ADMIN,
        editor=accounts.EDITOR,
        password=identity.secrets_of(storage.home)[identity.PASSWORD],
        code=_command(storage.home, here, f"admin code {accounts.ADMIN}"),
        choice=2,
        export=_command(storage.home, here, "export requests"),
        home=storage.home,
    )
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _command(home: Path, here: Path, words: str) -> str:
    """As short as can be typed where the visitor stands."""
    command = Path(sys.executable).parent / "rappel24"
    shown = command.relative_to(here) if command.is_relative_to(here) else command
    setting = "" if home == here / "var" else f"RAPPEL24_HOME={shlex.quote(str(home))} "
    return f"{setting}{shown} {words}"
