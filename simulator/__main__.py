"""`python -m simulator`: a Twilio on a port, in real time, with a page of telephones."""

import argparse
import os
import signal
import sys
import threading

from simulator.clock import RealClock
from simulator.office import Account, Line
from simulator.server import Server
from simulator.simulator import Simulator


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one, printed when ready")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--account-sid", default=os.environ.get("TWILIO_ACCOUNT_SID", Account.sid))
    parser.add_argument("--auth-token", default=os.environ.get("TWILIO_AUTH_TOKEN", Account.auth_token))
    parser.add_argument("--number", action="append", required=True, help="a line of the account; may be repeated")
    parser.add_argument("--bare-number", action="append", default=[], help="a number of the account that leads nowhere")
    parser.add_argument("--verified", action="append", default=[], help="a verified outgoing caller ID")
    parser.add_argument("--voice-url", default="")
    parser.add_argument("--status-url", default="")
    parser.add_argument("--sms-url", default="")
    parser.add_argument("--fallback-url", default="")
    parser.add_argument("--clock-url", help="the demo's clock: GET gives now and rate, POST sets rate")
    parser.add_argument("--beside", type=_named, action="append", default=[], help="NAME=URL, a page in the header")
    parser.add_argument("--factor", type=float, default=1.0, help="seconds of simulated telephony a real second")
    return parser


def _named(given: str) -> tuple[str, str]:
    name, _, url = given.partition("=")
    if not (name and url):
        raise argparse.ArgumentTypeError("NAME=URL")
    return name, url


def build(options: argparse.Namespace, clock: RealClock) -> Simulator:
    lines = [
        Line(number, options.voice_url, options.status_url, options.sms_url, options.fallback_url)
        for number in options.number
    ]
    lines += [Line(number) for number in options.bare_number]
    account = Account(options.account_sid, options.auth_token)
    simulator = Simulator(lines, account=account, clock=clock, strict=False)
    simulator.office.verified.update(options.verified)
    return simulator


def main() -> int:
    """Runs until SIGTERM or Ctrl-C."""
    options = arguments().parse_args()
    clock = RealClock(options.factor)
    simulator = build(options, clock)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Server(simulator, options.port, options.host, options.clock_url, dict(options.beside)) as server:
        clock.start()
        sys.stdout.write(f"simulator ready on {server.url}\n")
        sys.stdout.flush()
        stop.wait()
        clock.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
