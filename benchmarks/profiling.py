"""Where the time of a step goes: the application in this process, one request after another, under cProfile.

The profiler slows Python more than C; its shares are laid over the time that a request takes without it.
"""

import cProfile
import json
import os
import pstats
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks import stage
from benchmarks.carrier import sign
from benchmarks.steps import STEPS, Step
from config.app import create_app

REQUESTS = 300
TOKEN = "t" * 32
PROFILED = ("key", "code", "arrival", "repeat", "dial", "sms", "status")
MICRO = 1_000_000
REST = "the rest: Flask, the flow, the transaction"

Function = tuple[str, int, str]  # file, line, name
Calls = Mapping[Function, tuple[int, int, float, float, Mapping[Function, tuple[int, int, float, float]]]]
Environ = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A part of a request: the function that does it (the end of its file, its name), and the part it lies in."""

    says: str
    file: str
    name: str
    inside: str = REST


PARTS: Sequence[Part] = (
    Part(REST, "flask/app.py", "wsgi_app", inside=""),
    Part("the signature", "webhooks/signature.py", "require"),
    Part("the form", "wrappers/request.py", "_load_form_data", inside="the signature"),
    Part("a connection borrowed", "sqlalchemy/engine/base.py", "connect"),
    Part("SQL: begin the call", "callbacks/calls.py", "begin"),
    Part("SQL: who calls", "callbacks/callers.py", "recognise"),
    Part("SQL: open the turn", "callbacks/calls.py", "open_turn"),
    Part("SQL: the ward of a code", "scheduling/store.py", "wards_by_keypad"),
    Part("SQL: close the turn", "callbacks/calls.py", "close_turn"),
    Part("SQL: what became of an SMS", "callbacks/outbox.py", "record_status"),
    Part("SQL: one at a time for a sender", "callbacks/written/store.py", "hold"),
    Part("SQL: the SMS is kept", "callbacks/written/store.py", "keep"),
    Part("SQL: who wrote it", "callbacks/written/situation.py", "writer"),
    Part("SQL: what is open with him", "callbacks/written/situation.py", "read"),
    Part("its words understood", "callbacks/written/understanding.py", "understand", "SQL: what is open with him"),
    Part("SQL: the request is filed", "callbacks/written/filing.py", "file"),
    Part("Redis: the doorbell", "config/queue.py", "ring"),
    Part("SQL: commit", "sqlalchemy/engine/base.py", "_commit_impl"),
    Part("the connection given back", "sqlalchemy/engine/base.py", "close"),
    Part("the document", "webhooks/twiml.py", "__call__"),
    Part("figures for the operator", "web/metrics.py", "count"),
    Part("headers of the answer", "web/headers.py", "harden"),
)


@dataclass(frozen=True)
class Profile:
    """One step. Microseconds a request, by part and by package; the parts add up to `whole`, the packages too."""

    step: Step
    whole: float
    parts: Mapping[str, float]
    packages: Mapping[str, float]


def run(into: Path) -> str:
    """Profile the steps on servers of their own: a table, and a JSON document into that file."""
    with stage.servers() as (urls, folder), stage.furnished(urls) as engine:
        env = stage.environment(urls, folder, TOKEN)
        os.environ.update(env)  # as the web server's process has it
        app = create_app()
        steps = [step for step in STEPS if step.name in PROFILED]
        profiles = [_profile(app, engine, env["PUBLIC_URL"], step) for step in steps]
        app.extensions["desk"].engine.dispose()
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_text(json.dumps([_document(profile) for profile in profiles], indent=1, ensure_ascii=False) + "\n")
    return "\n\n".join(_shown(profile) for profile in profiles)


def _profile(app: Flask, engine: Engine, address: str, step: Step) -> Profile:
    _serve(app, _environs(engine, address, step))
    bare = _environs(engine, address, step)
    began = time.perf_counter()
    _serve(app, bare)
    whole = (time.perf_counter() - began) / REQUESTS * MICRO
    slowed = _environs(engine, address, step)
    profiler = cProfile.Profile()
    profiler.runcall(_serve, app, slowed)
    calls: Calls = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    return Profile(step, whole, _scaled(parts(calls), whole), _scaled(packages(calls), whole))


def _environs(engine: Engine, address: str, step: Step) -> list[Environ]:
    with engine.begin() as connection:
        asked = step.prepare(connection, REQUESTS)
    return [
        EnvironBuilder(
            path, address, method="POST", data=form, headers=[("X-Twilio-Signature", sign(address + path, form, TOKEN))]
        ).get_environ()
        for path, form in asked
    ]


def _serve(app: Flask, environs: Sequence[Environ]) -> None:
    for environ in environs:
        run_wsgi_app(app.wsgi_app, environ)


def parts(calls: Calls) -> dict[str, float]:
    """Seconds in each part, less those of the parts inside it."""
    spent = {part.says: _cumulative(calls, part) for part in PARTS}
    inside: defaultdict[str, float] = defaultdict(float)
    for part in PARTS:
        inside[part.inside] += spent[part.says]
    return {says: seconds - inside[says] for says, seconds in spent.items() if seconds}


def _cumulative(calls: Calls, part: Part) -> float:
    return sum(call[3] for (file, _, name), call in calls.items() if name == part.name and file.endswith(part.file))


def packages(calls: Calls) -> dict[str, float]:
    """Seconds in each package's own lines; what is built in counts for who called it."""
    spent: defaultdict[str, float] = defaultdict(float)
    for (file, _, _), (_, _, own, _, callers) in calls.items():
        if file != "~":
            spent[_package(file)] += own
            continue
        for (caller, _, _), edge in callers.items():
            spent[_package(caller)] += edge[2]
    return dict(spent)


def _package(file: str) -> str:
    folders = PurePath(file).parts
    if "site-packages" in folders:
        return folders[folders.index("site-packages") + 1]
    here = PurePath(__file__).parent.parent
    return PurePath(file).relative_to(here).parts[0] if file.startswith(str(here)) else "Python's own"


def _scaled(seconds: Mapping[str, float], whole: float) -> dict[str, float]:
    total = sum(seconds.values())
    return {name: each / total * whole for name, each in seconds.items()}


def _shown(profile: Profile) -> str:
    title = f"{profile.step.says}: {profile.whole:.0f} µs a request, alone"
    return "\n".join([title, *_column(profile.parts), "  by package", *_column(profile.packages)])


def _document(profile: Profile) -> dict[str, Any]:
    columns = {"parts": profile.parts, "packages": profile.packages}
    spent = {of: {name: round(each) for name, each in column.items()} for of, column in columns.items()}
    return {"step": profile.step.name, "microseconds": round(profile.whole), **spent}


def _column(figures: Mapping[str, float]) -> Iterator[str]:
    whole = sum(figures.values())
    for name, figure in sorted(figures.items(), key=lambda item: -item[1]):
        if figure > whole / 200:
            yield f"  {name:<52}{figure:>7.0f} µs {figure / whole:>5.0%}"
