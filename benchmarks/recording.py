"""Takes down what the application asks of PostgreSQL for one webhook, and makes of two of them a script (`replay`).

What it asks of Redis is not in it: a door rings there once the answer is as good as given.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, event
from structlog.testing import capture_logs

from benchmarks.carrier import sign
from benchmarks.replay import (
    JSON,
    Answer,
    Border,
    Branch,
    Field,
    Fill,
    Id,
    Made,
    Own,
    Row,
    Script,
    Source,
    Spelt,
    Statement,
    spelled,
)
from benchmarks.steps import STEPS, Step
from callbacks.house import Desk
from config import sealed_numbers
from config.app import Parts, assemble
from config.assembly import box_of, database_url, house_of, redis_url, shelf_of, tokens_of
from config.database import web_engine
from config.queue import connect
from config.settings import Settings, load

WARM_UP = 3  # what is read once and remembered is read by then
REFERENCE_DIGITS = 6  # of a request: the only digits that are drawn
Pair = tuple[str, str]  # of the same value, in the one webhook and in the other
Sources = dict[Pair, Source]


class NotTheSame(Exception):
    """A webhook was not answered as expected, or two alike asked the register for different things."""


@dataclass(frozen=True)
class Asked:
    """A statement as it went to the driver, and what came back."""

    text: str
    parameters: Any
    rows: Sequence[Any]
    finds: bool


Course = tuple[Asked | Border, ...]


@dataclass(frozen=True)
class Recorded:
    """One webhook and its course."""

    path: str
    form: Mapping[str, str]
    course: Course


def scripts(env: Mapping[str, str], register: Engine) -> dict[str, Script]:
    """Of every step of the application's, under these settings, by its name; raises NotTheSame."""
    settings = load(env, Settings, dotenv=None)
    with ExitStack() as held:
        engine = web_engine(database_url(settings))
        held.callback(engine.dispose)
        held.enter_context(sealed_numbers.configured(settings.keys, sealing=settings.seals))
        held.enter_context(capture_logs())
        post = _Post(_application(settings, engine), engine, settings)
        return {step.name: _script(step, post, register) for step in STEPS if not step.floor}


class _Unheard:
    """A doorbell of which Redis hears nothing."""

    def ring(self, kind: str, id: int | str) -> None:
        pass


def _application(settings: Settings, engine: Engine) -> FlaskClient:
    desk = Desk(engine, _Unheard(), box_of(settings), house_of(settings))
    redis = connect(redis_url(settings))
    return assemble(Parts(desk, shelf_of(settings), redis, tokens_of(settings), "http://127.0.0.1:9")).test_client()


def _script(step: Step, post: "_Post", register: Engine) -> Script:
    with register.begin() as connection:
        asked = step.prepare(connection, WARM_UP + 2)
    recorded = [post(step, path, form) for path, form in asked]
    (one, answer), (other, _) = recorded[-2:]
    try:
        return Script(lines(one, other), answer)
    except NotTheSame as fault:
        raise NotTheSame(f"{step.name}: {fault}") from None


@dataclass(frozen=True)
class _Post:
    """Sends a webhook to the application of this process and takes down what that asks."""

    client: FlaskClient
    engine: Engine
    settings: Settings

    def __call__(self, step: Step, path: str, form: dict[str, str]) -> tuple[Recorded, Answer]:
        signature = sign(self.settings.public_url + path, form, self.settings.twilio_auth_token.get_secret_value())
        with taken_down(self.engine) as course:
            told = self.client.post(path, data=form, headers={"X-Twilio-Signature": signature})
        if not 200 <= told.status_code < 300 or step.expected not in told.data:
            raise NotTheSame(f"{step.name} was answered {told.status}: {told.text[:200]}")
        return Recorded(path, form, tuple(course)), Answer(told.status_code, told.content_type, told.data)


@contextmanager
def taken_down(engine: Engine) -> Iterator[list[Asked | Border]]:
    """Every statement of this engine, and every end of a transaction, as long as it is open."""
    course: list[Asked | Border] = []

    def asked(connection: Connection, cursor: Any, text: str, parameters: Any, context: Any, many: bool) -> None:
        course.append(_asked(cursor, text, parameters))

    def committed(connection: Connection) -> None:
        course.append(Border.COMMIT)

    def rolled_back(connection: Connection) -> None:
        course.append(Border.ROLLBACK)

    ears: Mapping[str, Callable[..., None]] = {
        "after_cursor_execute": asked,
        "commit": committed,
        "rollback": rolled_back,
    }
    for name, ear in ears.items():
        event.listen(engine, name, ear)
    try:
        yield course
    finally:
        for name, ear in ears.items():
            event.remove(engine, name, ear)


def _asked(cursor: Any, text: str, parameters: Any) -> Asked:
    if cursor.description is None:
        return Asked(text, parameters, (), cursor.rowcount > 0)
    rows = cursor.fetchall()
    if rows:
        cursor.scroll(0, mode="absolute")  # for whom they were meant
    return Asked(text, parameters, rows, bool(rows))


# Two of them, compared ------------------------------------------------------------------------------------------


def lines(one: Recorded, other: Recorded) -> tuple[Statement | Border, ...]:
    """The course of both; raises NotTheSame when they have not the same one."""
    for mine, his in zip_longest(map(_outline, one.course), map(_outline, other.course)):
        if mine != his:
            raise NotTheSame(f"{mine}\n{his}")
    sources = _brought(one, other)
    found: list[Statement | Border] = []
    asked = 0
    for mine, his in zip(one.course, other.course, strict=True):
        if isinstance(mine, Border) or isinstance(his, Border):
            found.append(Border(str(mine)))
            continue
        made = _made(mine.parameters, his.parameters, sources)
        parameters = _tree(mine.parameters, his.parameters, sources)
        found.append(Statement(mine.text, parameters, mine.finds, made))
        for place, pair in _differing(mine.rows, his.rows, (asked,)):
            sources.setdefault(pair, Row(place))
        asked += 1
    return tuple(found)


def _outline(each: Asked | Border) -> str:
    return str(each) if isinstance(each, Border) else f"{each.text} [{'finds' if each.finds else 'finds nothing'}]"


def _brought(one: Recorded, other: Recorded) -> Sources:
    """What came with the webhooks."""
    ids = zip(Own(one.path, {}).ids, Own(other.path, {}).ids, strict=True)
    found: Sources = {pair: Id(place) for place, pair in enumerate(ids)}
    for name in one.form.keys() & other.form.keys():
        found.setdefault((one.form[name], other.form[name]), Field(name))
    return found


def _made(mine: Any, his: Any, sources: Sources) -> frozenset[int]:
    """Ids and drawn digits in these parameters that were nowhere before: sources from now on. Their places."""
    places = set()
    for _, pair in _differing(mine, his):
        digits = _drawn(*pair)
        if digits is not None and pair not in sources:
            place = sum(isinstance(each, Made) for each in sources.values())
            sources[pair] = Made(place, digits)
            places.add(place)
    return frozenset(places)


def _drawn(mine: str, his: str) -> int | None:
    """How many digits; nought: an id. None: neither."""
    if _is_id(mine) and _is_id(his):
        return 0
    alike = mine.isdecimal() and his.isdecimal() and len(mine) == len(his) == REFERENCE_DIGITS
    return len(mine) if alike else None


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


Place = tuple[int | str, ...]


def _differing(mine: Any, his: Any, at: Place = ()) -> Iterator[tuple[Place, Pair]]:
    """The values that are not the same in both, spelled, and where they stand."""
    match mine, his:
        case dict(), dict():
            for name in [name for name in mine if name in his]:
                yield from _differing(mine[name], his[name], (*at, name))
        case ((list() | tuple()), (list() | tuple())):
            for place, (one, other) in enumerate(zip(mine, his, strict=False)):
                yield from _differing(one, other, (*at, place))
        case _ if isinstance(mine, JSON) and isinstance(his, JSON):
            yield from _differing(mine.obj, his.obj, at)
        case _:
            pair = _pair(mine, his)
            if pair is not None:
                yield at, pair


def _pair(mine: Any, his: Any) -> Pair | None:
    """Both, spelled; None when they are the same, or cannot be anybody's own."""
    one, other = spelled(mine), spelled(his)
    return None if one is None or other is None or one == other else (one, other)


def _tree(mine: Any, his: Any, sources: Sources) -> Any:
    """These parameters, with a source wherever they differ and one is known; themselves when there is none."""
    match mine, his:
        case dict(), dict() if mine.keys() == his.keys():
            named = {name: _tree(mine[name], his[name], sources) for name in mine}
            return mine if all(named[name] is mine[name] for name in mine) else Branch(dict, named)
        case ((list() | tuple()), (list() | tuple())) if len(mine) == len(his):
            children = [_tree(one, other, sources) for one, other in zip(mine, his, strict=True)]
            alike = all(new is old for new, old in zip(children, mine, strict=True))
            return mine if alike else Branch(type(mine), children)
        case _ if isinstance(mine, JSON) and isinstance(his, JSON):
            inside = _tree(mine.obj, his.obj, sources)
            return mine if inside is mine.obj else Branch(type(mine), inside)
    return _leaf(mine, his, sources)


def _leaf(mine: Any, his: Any, sources: Sources) -> Any:
    pair = _pair(mine, his)
    if pair is None:
        return mine
    if pair in sources:
        return Fill(sources[pair], type(mine))
    pieces = _pieces(*pair, sources) if isinstance(mine, str) else None
    return mine if pieces is None else Spelt(pieces)


def _pieces(mine: str, his: str, sources: Sources) -> tuple[str | Source, ...] | None:
    """A text in which all that differs has a source, taken apart; the longest first. None: not all of it has."""
    if mine == his:
        return (mine,)
    for (one, other), source in sorted(sources.items(), key=lambda item: -len(item[0][0])):
        mines, hiss = mine.split(one) if one else [], his.split(other) if other else []
        if one == other or len(mines) != len(hiss) or len(mines) < 2:
            continue
        parts = [_pieces(left, right, sources) for left, right in zip(mines, hiss, strict=True)]
        whole = [part for part in parts if part is not None]
        if len(whole) == len(parts):
            return (*whole[0], *(piece for part in whole[1:] for piece in (source, *part)))
    return None
