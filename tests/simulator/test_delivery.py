"""How it leaves: retries by fragment, fallback, redirects, cookies, content types, credentials."""

from collections.abc import Callable, Mapping

import pytest

from simulator import (
    ConnectFailed,
    Handset,
    Line,
    ReadTimedOut,
    Request,
    Response,
    Simulator,
    Unknowns,
    calling,
)
from simulator.webhooks import Overrides
from tests.simulator.application import BASE, GP, LINE, XML, Answer, Application, Asked, document

ERROR = "We're sorry, an application error has occurred. Goodbye."


def fail(status: int) -> Callable[[Asked], Answer]:
    return lambda asked: (status, {"Content-Type": "text/html"}, b"<p>oops</p>")


def simulator(app: Application, voice: str = f"{BASE}/voice", fallback: str = "", **options: object) -> Simulator:
    line = Line(LINE, voice, f"{BASE}/status", f"{BASE}/sms", fallback)
    return Simulator([line], transport=calling(app), strict=False, **options)  # type: ignore[arg-type]


# -- overrides and retries ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", Overrides(5, 15, 15, 1, frozenset({"ct"}))),
        ("#rc=2&rp=5xx,ct,rt&ct=2000&rt=4000&tt=14000", Overrides(2, 4, 14, 2, frozenset({"5xx", "ct", "rt"}))),
        ("#rc=9&ct=1&rt=99999&tt=1", Overrides(0.1, 15, 0.1, 5, frozenset({"ct"}))),
        ("#rc=0", Overrides(5, 15, 15, 0, frozenset({"ct"}))),
        ("#rp=all&e=dublin", Overrides(5, 15, 15, 1, frozenset({"all"}))),
        ("#rc=many", Overrides(5, 15, 15, 1, frozenset({"ct"}))),
    ],
)
def test_the_fragment_overrides_limits_and_retries(fragment: str, expected: Overrides) -> None:
    assert Overrides.of(f"{BASE}/voice{fragment}") == expected


class Network:
    """Fails as told, then answers; remembers the requests and their instants."""

    def __init__(self, sim_clock: Callable[[], float], *failures: Exception | int) -> None:
        self.failures = list(failures)
        self.clock = sim_clock
        self.requests: list[tuple[float, Request]] = []

    def __call__(self, request: Request) -> Response:
        if "/voice" not in request.url:
            return Response(204)
        self.requests.append((self.clock(), request))
        failure = self.failures.pop(0) if self.failures else 200
        if isinstance(failure, Exception):
            raise failure
        return Response(failure, XML, document("<Say>Bonjour</Say>"))


def over_a_bad_network(fragment: str, *failures: Exception | int) -> tuple[Handset, Network, Simulator]:
    holder: list[Simulator] = []
    network = Network(lambda: holder[0].clock.seconds(), *failures)
    holder.append(Simulator([Line(LINE, f"{BASE}/voice{fragment}")], transport=network, strict=False))
    return holder[0].phone(GP).dials(LINE), network, holder[0]


@pytest.mark.parametrize(
    ("fragment", "failures", "attempts", "heard"),
    [
        ("", [ConnectFailed()], 2, "bonjour"),
        ("", [ConnectFailed(), ConnectFailed()], 2, "application error"),
        ("", [ReadTimedOut()], 1, "application error"),
        ("", [500], 1, "application error"),
        ("", [403], 1, "application error"),
        ("#rc=0", [ConnectFailed()], 1, "application error"),
        ("#rc=2&rp=5xx", [500, 503], 3, "bonjour"),
        ("#rc=2&rp=5xx", [404], 1, "application error"),
        ("#rc=2&rp=4xx", [404, 429], 3, "bonjour"),
        ("#rc=3&rp=rt&rt=2000", [ReadTimedOut(), ReadTimedOut()], 3, "bonjour"),
        ("#rc=3&rp=all&rt=4000", [500, ReadTimedOut(), ConnectFailed()], 4, "bonjour"),
        ("#rc=5&rp=rt&rt=4000&tt=10000", [ReadTimedOut()] * 9, 3, "application error"),
        ("#rc=5&rp=ct", [ConnectFailed()] * 9, 3, "application error"),
    ],
)
def test_retries_follow_the_fragment_within_fifteen_seconds(
    fragment: str, failures: list[Exception | int], attempts: int, heard: str
) -> None:
    gp, network, _ = over_a_bad_network(fragment, *failures)
    gp.hears(heard)
    assert len(network.requests) == attempts
    assert network.requests[-1][0] <= 15.0


def test_who_hung_up_while_we_were_asked_has_nothing_to_do_with_our_not_answering() -> None:
    def hangs_up(request: Request) -> Response:
        if "/voice" in request.url:
            with sim.clock.lock:
                sim.switch.party_hung_up(gp.leg)
            raise ReadTimedOut("nobody")
        return Response(204)

    sim = Simulator([Line(LINE, f"{BASE}/voice")], transport=hangs_up, strict=False)
    gp = sim.phone(GP).dials(LINE)
    sim.run_until_idle()
    assert not gp.leg.live


def test_a_retry_carries_the_same_idempotency_token() -> None:
    gp, network, _ = over_a_bad_network("", ConnectFailed())
    gp.hears("bonjour")
    tokens = {request.headers["I-Twilio-Idempotency-Token"] for _, request in network.requests}
    assert len(tokens) == 1
    assert {request.url for _, request in network.requests} == {f"{BASE}/voice"}


@pytest.mark.parametrize(("position", "shown"), [("always", [1, 1]), ("retries", [0, 1]), ("never", [0, 0])])
def test_when_the_idempotency_token_is_sent_is_a_switch(position: str, shown: list[int]) -> None:
    requests: list[Request] = []

    def network(request: Request) -> Response:
        requests.append(request)
        if len(requests) == 1:
            raise ConnectFailed
        return Response(200, XML, document("<Hangup/>"))

    unknowns = Unknowns(idempotency_token=position)
    sim = Simulator([Line(LINE, f"{BASE}/voice")], transport=network, unknowns=unknowns)
    sim.phone(GP).dials(LINE).is_hung_up_on()
    assert ["I-Twilio-Idempotency-Token" in request.headers for request in requests] == [bool(one) for one in shown]


# -- failure and fallback -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (fail(500), 11200),
        (fail(404), 11200),
        (fail(403), 11200),
        (lambda asked: (200, XML, b""), 11770),
        (lambda asked: (200, XML, b"<Response>"), 12100),
        (lambda asked: (200, XML, b"<Reponse/>"), 12102),
        (lambda asked: (200, XML, document(" " * 70000)), 11750),
        (lambda asked: (200, {}, document("<Say>x</Say>")), 12300),
        (lambda asked: (200, {"Content-Type": "application/json"}, b"{}"), 12300),
        (lambda asked: (302, {"Location": "/voice"}, b""), 11215),
    ],
)
def test_what_cannot_be_fetched_or_executed_goes_to_the_fallback(
    app: Application, page: Callable[[Asked], Answer], code: int
) -> None:
    sim = simulator(app, fallback=f"{BASE}/fallback")
    app.pages |= {"/voice": page, "/fallback": "<Say>Un instant</Say>"}
    sim.phone(GP).dials(LINE).hears("un instant").expects_no("application error")
    told = app.last("/fallback")
    assert (told["ErrorCode"], told["ErrorUrl"]) == (str(code), f"{BASE}/voice")
    assert [complaint.code for complaint in sim.trace.debugger] == [code]


def test_the_fallback_also_stands_in_for_an_action(app: Application) -> None:
    sim = simulator(app, fallback=f"{BASE}/fallback")
    app.pages |= {"/voice": '<Gather numDigits="1" action="/next"/>', "/next": fail(500), "/fallback": "<Say>Ici</Say>"}
    sim.phone(GP).dials(LINE).presses("1").hears("ici")
    assert app.last("/fallback")["ErrorUrl"] == f"{BASE}/next"


def test_without_a_fallback_the_caller_hears_the_english_sentence_and_the_call_ends(app: Application) -> None:
    sim = simulator(app)
    app.pages["/voice"] = fail(403)
    sim.phone(GP).dials(LINE).hears(ERROR).is_hung_up_on()


def test_a_fallback_that_fails_too_ends_in_the_english_sentence(app: Application) -> None:
    sim = simulator(app, fallback=f"{BASE}/fallback")
    app.pages |= {"/voice": fail(500), "/fallback": fail(500)}
    sim.phone(GP).dials(LINE).hears(ERROR).is_hung_up_on()
    assert len(app.at("/fallback")) == 1


def test_a_failing_status_callback_is_only_logged(app: Application) -> None:
    sim = simulator(app, fallback=f"{BASE}/fallback")
    app.pages |= {"/voice": "<Say>Bonjour</Say>", "/status": fail(500)}
    sim.phone(GP).dials(LINE).hears("bonjour").is_hung_up_on()
    assert [complaint.code for complaint in sim.trace.debugger] == [11200]
    assert not app.at("/fallback")


def test_the_body_of_a_status_callback_is_not_interpreted(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages |= {"/voice": "<Say>Bonjour</Say>", "/status": lambda asked: (200, {}, b"<nonsense")}
    gp.dials(LINE).hears("bonjour").is_hung_up_on()
    assert app.last("/status")["CallStatus"] == "completed"


def test_documents_that_lead_to_themselves_end_the_call(app: Application) -> None:
    sim = simulator(app)
    app.pages["/voice"] = "<Redirect>/voice</Redirect>"
    sim.phone(GP).dials(LINE).hears("application error").is_hung_up_on()
    assert len(app.at("/voice")) < 100


# -- redirects, cookies, content types, credentials -----------------------------------------------------------------


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_redirects_are_followed(app: Application, sim: Simulator, gp: Handset, status: int, method: str) -> None:
    app.pages |= {
        "/voice": lambda asked: (status, {"Location": "/moved"}, b""),
        "/moved": '<Gather action="next" numDigits="1"/>',
        "/next": "<Say>Arrivé</Say>",
    }
    gp.dials(LINE).presses("1").hears("arrivé")
    assert [asked.method for asked in app.at("/moved")] == [method]


def test_cookies_last_as_long_as_the_call(app: Application, sim: Simulator, gp: Handset) -> None:
    app.pages |= {
        "/voice": lambda asked: (
            200,
            {**XML, "Set-Cookie": "session=abc; Path=/"},
            document("<Redirect>/n</Redirect>"),
        ),
        "/n": "<Hangup/>",
    }
    gp.dials(LINE).is_hung_up_on().dials(LINE).is_hung_up_on()
    assert [asked.headers.get("Cookie") for asked in app.at("/n")] == ["session=abc", "session=abc"]
    assert [asked.headers.get("Cookie") for asked in app.at("/voice")] == [None, None]


@pytest.mark.parametrize(
    ("headers", "body", "heard"),
    [
        ({"Content-Type": "text/plain"}, "Bonjour à tous".encode(), "bonjour à tous"),
        ({"Content-Type": "text/html; charset=utf-8"}, document("<Say>Page</Say>"), "page"),
        ({"Content-Type": "application/xml"}, document("<Say>Page</Say>"), "page"),
        ({"Content-Type": "audio/mpeg"}, bytes(16000), "/voice"),
    ],
)
def test_an_answer_is_read_by_its_content_type(
    app: Application, sim: Simulator, gp: Handset, headers: Mapping[str, str], body: bytes, heard: str
) -> None:
    app.pages["/voice"] = lambda asked: (200, headers, body)
    gp.dials(LINE).hears(heard).is_hung_up_on()


def test_credentials_in_a_url_are_sent_only_when_asked_for(app: Application) -> None:
    def page(asked: Asked) -> Answer:
        known = asked.headers.get("Authorization") == "Basic dXNlcjpwYXNz"
        return (200, XML, document("<Say>Entrez</Say>")) if known else (401, {"WWW-Authenticate": "Basic"}, b"")

    sim = simulator(app, voice="https://user:pass@app.test/voice")
    app.pages["/voice"] = page
    sim.phone(GP).dials(LINE).hears("entrez")
    assert [asked.headers.get("Authorization") is not None for asked in app.at("/voice")] == [False, True]
    assert {asked.url for asked in app.at("/voice")} == {"https://app.test/voice"}
