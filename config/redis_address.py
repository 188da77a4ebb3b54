"""Where the doorbell is: one server (`redis://`, `rediss://`, `unix://`), or Sentinels that know which one it is now.

`redis+sentinel://[[USER]:PASSWORD@]HOST[:PORT],HOST[:PORT]…/SERVICE[/DB]`, and `rediss+sentinel://` for TLS to all of
them. User and password are the servers'; the Sentinels' own are `sentinel_username` and `sentinel_password`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

SENTINEL_PORT = 26379
PLAIN, TLS = "redis+sentinel", "rediss+sentinel"
SCHEMES = ("redis", "rediss", "unix", PLAIN, TLS)
CERTIFICATES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")  # files, PEM
OF_SENTINELS = ("sentinel_username", "sentinel_password")


def _yes(text: str) -> bool:
    return text.lower() not in ("0", "f", "false", "n", "no")


# How long is waited is ours to say, and whether a certificate is looked at is no question.
READ: Mapping[str, Callable[[str], str | int | bool]] = {
    "db": int,
    "health_check_interval": int,
    "ssl_check_hostname": _yes,
    **dict.fromkeys(CERTIFICATES, str),
}


@dataclass(frozen=True)
class Sentinels:
    """Who is asked which server of `service` takes writes now. `server`: how that one is spoken to."""

    hosts: tuple[tuple[str, int], ...]
    service: str
    server: Mapping[str, str | int | bool]
    own: Mapping[str, str | int | bool]  # how the Sentinels are spoken to
    tls: bool


def sentinels(url: str) -> Sentinels | None:
    """None: a server's own address. ValueError: it is written wrong; the text quotes nothing."""
    parts = urlsplit(url)
    if parts.scheme not in (PLAIN, TLS):
        return None
    given, hosts = dict(_options(parts)), parts.netloc.rpartition("@")[2]
    service, _, db = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError(f"no name of a service ({PLAIN}://host:port,host:port/service)")
    if not db.isdecimal() and db:
        raise ValueError("what follows the service is not the number of a database")
    server = {name: READ[name](given[name]) for name in READ.keys() & given.keys()}
    tls = {name: value for name, value in server.items() if name.startswith("ssl_")}
    return Sentinels(
        tuple(map(_host, hosts.split(","))),
        unquote(service),
        {"db": 0, **server, **_who(parts), **({"db": int(db)} if db else {})},
        {**tls, **{name.partition("_")[2]: given[name] for name in OF_SENTINELS if name in given}},
        parts.scheme == TLS,
    )


def faults(url: str) -> Iterator[str]:
    """What is wrong with it, quoting nothing."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        yield f"not an address that begins with {', '.join(f'{scheme}://' for scheme in SCHEMES[:-1])} or {TLS}://"
        return
    ours = parts.scheme in (PLAIN, TLS)
    allowed = [*READ, *(OF_SENTINELS if ours else ())]
    if any(name not in allowed for name, _ in _options(parts)):
        yield f"after its ? only {', '.join(sorted(allowed))} may stand"
    elif wrong := [fault for name, text in _options(parts) if (fault := _fault(name, text))]:
        yield from wrong
    elif ours or "," in parts.netloc:
        yield from _faults_of_several(url, ours)
    elif parts.scheme != "unix" and not _is_host(parts.netloc.rpartition("@")[2]):
        yield "its host and port are none"


def _faults_of_several(url: str, ours: bool) -> Iterator[str]:
    if not ours:
        yield f"several hosts are Sentinels, which are written {PLAIN}://host:port,host:port/service"
        return
    try:
        sentinels(url)
    except ValueError as fault:
        yield str(fault)


def _options(parts: SplitResult) -> list[tuple[str, str]]:
    return parse_qsl(parts.query, keep_blank_values=True)


def _fault(name: str, text: str) -> str | None:
    """Of one option."""
    try:
        READ.get(name, str)(text)
        if name in CERTIFICATES:
            Path(text).open("rb").close()
    except ValueError:
        return f"{name}: not a number"
    except OSError:
        return f"{name}: not a file that can be read"
    return None


def _is_host(text: str) -> bool:
    try:
        return bool(_host(text or "localhost"))
    except ValueError:
        return False


def _host(text: str) -> tuple[str, int]:
    """`host`, `host:port`, `[::1]:port`. ValueError: none of them."""
    host, _, port = (text, "", "") if text.endswith("]") or ":" not in text else text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or (port and not (port.isdecimal() and 0 < int(port) < 65536)):
        raise ValueError("the Sentinels are not host:port with commas between them")
    return host, int(port or SENTINEL_PORT)


def _who(parts: SplitResult) -> dict[str, str]:
    who, at, _ = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    given = {"username": unquote(user), "password": unquote(password)} if at else {}
    return {name: value for name, value in given.items() if value}
