"""Time to ring: from the answer to the moment the carrier is told to ring the first senior, in modelled seconds.

What is said are the documents that the application itself hands out, webhook after webhook, to callers of four kinds;
how long it takes, `pace` knows. Nothing is timed: two runs of one release say the same. What the network then needs to
make a telephone ring is everybody's alike, and in no figure.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from benchmarks import stage
from benchmarks.carrier import FIELDS, sign
from benchmarks.menus import Menu, menus
from benchmarks.pace import Takes, of, seconds
from benchmarks.rota import new_database
from benchmarks.scenes import PREFIX
from callbacks import kind_offers
from callbacks.house import Desk
from callbacks.kinds.kind import defaults
from config.app import Parts, assemble
from config.assembly import box_of, house_of, shelf_of
from config.queue import Doorbell, connect
from config.servers import Urls
from config.settings import Settings, load

# One ward of its code alone, and one whose code two hospitals share; both open day and night (scheduling/samples).
ALONE, ALONE_SAID = "263", "anesthésie"
SHARED = "227"
STRANGER, GP = "+33199003999", "+33199003004"  # the second is a practitioner's, of nobody else
MOST_TURNS = 12


class NobodyRang(Exception):
    """The application answered otherwise than a caller of this kind is answered; the text is its document."""


@dataclass(frozen=True)
class Act:
    """What a caller does at a prompt. `until`: what he waits to hear first; None: all of it, "": nothing of it."""

    until: str | None = None
    keys: str = ""
    says: str = ""
    by_heart: bool = False


WAITS = Act()
GOES_ON = Act(until="", keys="1", by_heart=True)  # as at every prompt of ours


@dataclass(frozen=True)
class Caller:
    """Who calls, and how he goes through the prompts; `aim`: within how many seconds a senior shall be rung."""

    says: str
    aim: float
    acts: Sequence[Act]
    number: str = STRANGER
    speech: bool = False  # of the house


CALLERS: Sequence[Caller] = (
    Caller("knows the code, goes on", 8, [Act("", f"{ALONE}#", by_heart=True), GOES_ON]),
    Caller("knows the code, waits", 8, [Act("", f"{ALONE}#", by_heart=True), WAITS]),
    Caller("two hospitals, goes on", 8, [Act("", f"{SHARED}#", by_heart=True), GOES_ON, GOES_ON]),
    Caller("known, goes on", 6, [GOES_ON, GOES_ON], number=GP),
    Caller("known, waits", 6, [GOES_ON, WAITS], number=GP),
    Caller("newcomer, by keypad", 25, [Act(keys=f"{ALONE}#"), WAITS]),
    Caller("newcomer, two hospitals", 25, [Act(keys=f"{SHARED}#"), Act("tapez 1.", "1"), WAITS]),
    Caller("newcomer, by voice", 15, [Act("son nom.", says=ALONE_SAID), WAITS], speech=True),
)


@dataclass(frozen=True)
class Spent:
    """Seconds by what they went to."""

    listening: float = 0.0
    acting: float = 0.0
    waiting: float = 0.0  # for the carrier, and for a silence to be one

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.listening + other.listening, self.acting + other.acting, self.waiting + other.waiting)

    @property
    def seconds(self) -> float:
        return self.listening + self.acting + self.waiting


@dataclass(frozen=True)
class Rung:
    """How long one caller took, and what he was said on his way."""

    caller: Caller
    spent: Spent
    said: Sequence[str]

    @property
    def missed_by(self) -> float:
        return max(0.0, self.spent.seconds - self.caller.aim)


@dataclass(frozen=True)
class Prompt:
    """A document, as far as it concerns who hears it."""

    says: str
    rings: bool
    action: str = ""
    patience: float = 0.0  # after the last word, before silence is an answer
    asks: bool = False


def prompt(document: str) -> Prompt:
    """What a document says and waits for, up to where it leads elsewhere."""
    root = ElementTree.fromstring(document)
    gather, dial, redirect = (root.find(verb) for verb in ("Gather", "Dial", "Redirect"))
    says = " ".join(each.text or "" for each in root.iter("Say"))
    if gather is not None:
        return Prompt(says, False, gather.attrib["action"], float(gather.attrib["timeout"]), asks=True)
    if dial is not None:
        return Prompt(says, True)
    pause = sum(float(each.attrib.get("length", 1)) for each in root.iter("Pause"))
    return Prompt(says, False, (redirect.text or "") if redirect is not None else "", pause)


def act(at: Prompt, does: Act, language: str = "fr") -> Spent:
    """How long this takes at this prompt."""
    if at.asks and not does.keys and not does.says:
        return Spent(seconds(at.says, language), 0, at.patience + of(Takes.HOP))
    listening = seconds(heard(at.says, does.until), language)
    if does.says:
        return Spent(listening, of(Takes.TURN) + seconds(does.says, language), of(Takes.TURN) + of(Takes.HOP))
    key = of(Takes.KEY_BY_HEART if does.by_heart else Takes.KEY_LOOKED_FOR)
    return Spent(listening, of(Takes.THINK) + len(does.keys) * key, of(Takes.HOP))


def heard(says: str, until: str | None) -> str:
    """As much of a prompt as he listens to; ValueError when he waits for words that do not come."""
    return says if until is None else says[: says.index(until) + len(until)]


Answers = Callable[[str, Mapping[str, str]], str]  # a webhook's address and fields, to its document


def rung(caller: Caller, answers: Answers) -> Rung:
    """One call, until a telephone is to ring; NobodyRang."""
    acts, spent, said = iter(caller.acts), Spent(), []
    fields = FIELDS | {"CallSid": f"CA{uuid4().hex}", "From": caller.number, "Caller": caller.number}
    document = answers(PREFIX, fields | {"CallStatus": "ringing"})
    for _ in range(MOST_TURNS):
        at = prompt(document)
        said.append(at.says)
        if at.rings:
            return Rung(caller, spent + Spent(listening=seconds(at.says)), said)
        does = next(acts, None) if at.asks else WAITS
        if does is None or not at.action:
            break
        spent += act(at, does) if at.asks else Spent(seconds(at.says), 0, at.patience + of(Takes.HOP))
        document = answers(at.action, fields | _heard(does))
    raise NobodyRang(document)


def _heard(does: Act) -> dict[str, str]:
    return {"SpeechResult": does.says, "Confidence": "0.9"} if does.says else {"Digits": does.keys.rstrip("#")}


@dataclass(frozen=True)
class Figures:
    """Our callers' times, and the peers' menus by the same table."""

    ours: Sequence[Rung]
    peers: Sequence[Menu] = field(default_factory=menus)


def figures(urls: Urls) -> Figures:
    """Every caller rings the application in this process, over a database of its own on these servers."""
    own = Urls(new_database(urls, "ring"), urls.redis)
    with stage.furnished(own) as engine:
        return Figures([_alone(engine, own, caller) for caller in CALLERS])


def _alone(engine: Engine, urls: Urls, caller: Caller) -> Rung:
    """As if nobody had called before him but he himself, yesterday, and was told then what else he may ask for."""
    with engine.begin() as conn:
        conn.execute(text("truncate calls, requests cascade"))
        heard = json.dumps({"offered": kind_offers.offers(defaults())})
        conn.execute(text(_YESTERDAY), {"id": uuid4(), "caller": GP, "keypad": ALONE, "heard": heard})
    with _line(engine, urls, speech=caller.speech) as answers:
        return rung(caller, answers)


_YESTERDAY = """
    insert into calls (id, sid, caller, turn, step, memory, started_at, ward_id)
    select :id, 'CA' || replace(cast(:id as text), '-', ''), :caller, 1, 'thank_you', cast(:heard as jsonb),
      app_now() - interval '1 day', id
    from wards where keypad = :keypad
"""


@contextmanager
def _line(engine: Engine, urls: Urls, *, speech: bool) -> Iterator[Answers]:
    """The application's doors for the carrier."""
    token = "token"
    env = stage.environment(urls, Path(gettempdir()), token) | {"SPEECH": str(speech).lower()}
    settings = load(env, Settings, dotenv=None)
    desk = Desk(engine, Doorbell(urls.redis), box_of(settings), house_of(settings))
    app = assemble(Parts(desk, shelf_of(settings), connect(urls.redis), [token], "http://127.0.0.1:9"))
    yield lambda address, form: _post(app.test_client(), settings.public_url, token, address, dict(form))


def _post(client: FlaskClient, public_url: str, token: str, address: str, form: dict[str, str]) -> str:
    path = address.removeprefix(public_url).partition("#")[0]
    answer = client.post(path, data=form, headers={"X-Twilio-Signature": sign(public_url + path, form, token)})
    if answer.status_code != 200:
        raise NobodyRang(answer.status)
    return answer.text


HEAD = f"{'time to ring, seconds':<28}{'aim':>5}{'rings':>7}{'heard':>7}{'acted':>7}{'waited':>8}"


def table(found: Figures) -> str:
    """Our callers, the peers' menus, and the aims with what falls short of them."""
    return "\n".join(
        (
            HEAD,
            *(
                f"{each.caller.says:<28}{each.caller.aim:>5.0f}{each.spent.seconds:>7.1f}{each.spent.listening:>7.1f}"
                f"{each.spent.acting:>7.1f}{each.spent.waiting:>8.1f}"
                for each in found.ours
            ),
            "",
            f"{'the same reckoning of':<58}{'first time':>11}{'by heart':>10}",
            *(f"{each.name:<58}{each.listened_to():>11.1f}{each.by_heart():>10.1f}" for each in found.peers),
            "",
            *_judged(found.ours),
        )
    )


def _judged(ours: Sequence[Rung]) -> Iterator[str]:
    for aim in sorted({each.caller.aim for each in ours}):
        short = [f"{each.caller.says} (+{each.missed_by:.1f})" for each in ours if _falls_short(each, aim)]
        yield f"a senior is rung within {aim:.0f} s: " + (f"missed by {', '.join(short)}" if short else "met")


def _falls_short(each: Rung, aim: float) -> bool:
    return each.caller.aim == aim and each.missed_by > 0


def document(found: Figures) -> dict[str, Any]:
    """As it stands in the JSON."""
    return {
        "ours": [
            {"caller": each.caller.says, "aim": each.caller.aim, "seconds": round(each.spent.seconds, 2)}
            | {name: round(value, 2) for name, value in asdict(each.spent).items()}
            | {"said": list(each.said)}
            for each in found.ours
        ],
        "peers": [
            {"menu": each.name, "source": each.source, "words": each.words}
            | {"first_time": round(each.listened_to(), 2), "by_heart": round(each.by_heart(), 2)}
            for each in found.peers
        ],
    }
