"""The unmodified official client, pointed at a simulator."""

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator import Simulator
from simulator.server import Server


def connect(sim: Simulator, server: Server, secret: str | None = None, timeout: float = 20) -> Client:
    http = TwilioHttpClient(timeout=timeout, max_retries=0)
    client = Client(sim.account.sid, secret or sim.account.auth_token, http_client=http)
    client.api.base_url = server.url
    return client
