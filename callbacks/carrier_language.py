"""What of the carrier's own language goes further than the carrier: where its API lies, how a call is over, why a
message was refused, what makes it try again, and the one document that is said without asking us. Pure.
"""

REAL_API = "https://api.twilio.com"
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})  # of a call; no other word ends one
REFUSED_BY_STOP = "21610"  # this number texted STOP
# Behind an address of ours: try again on a 5xx and a slow answer, not on a failed connection alone (twilio.md 1.3).
RETRIES = "#rc=2&rp=5xx,ct,rt&ct=2000&rt=4000&tt=14000"


def account_url(account_sid: str, api_url: str | None = None) -> str:
    """Where an account lies; `api_url`: another carrier that speaks this language."""
    return f"{(api_url or REAL_API).rstrip('/')}/2010-04-01/Accounts/{account_sid}"


def pressing(keys: str) -> str:
    """A document that waits, presses these keys, waits for what they do, and hangs up."""
    tones = f'<Play digits="{keys}"/>' if keys else ""
    return f'<Response><Pause length="3"/>{tones}<Pause length="4"/><Hangup/></Response>'
