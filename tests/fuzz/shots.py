"""One request as it goes in: whose, where to, and with what bytes; as a value that can be kept, read and sent again."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import unquote_to_bytes

HOST = "localhost"


@dataclass(frozen=True)
class Shot:
    """A request. `target`: path and query as they go over the wire; `seal`: who signs it ("" nobody)."""

    role: str
    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seal: str = ""
    place: str = "10.0.0.1"  # the address it comes from
    door: str = ""  # the rule it was aimed at; "": none

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        body = base64.b64encode(self.body).decode()
        return {**self.__dict__, "headers": dict(self.headers), "body": body}

    @classmethod
    def again(cls, kept: Mapping[str, Any]) -> "Shot":
        """From JSON."""
        return cls(**{**kept, "body": base64.b64decode(kept["body"])})

    def put(self, words: Mapping[str, str]) -> "Shot":
        """The same with these words in place of those, longest first: what a house is called changes with each run."""
        target, body = self.target, self.body
        for old in sorted(words, key=len, reverse=True):
            target, body = target.replace(old, words[old]), body.replace(old.encode(), words[old].encode())
        return replace(self, target=target, body=body)

    def environ(self, cookie: str) -> dict[str, Any]:
        """As a web server hands it to the application (PEP 3333)."""
        path, _, query = self.target.partition("?")
        heads = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        kind = heads.pop("HTTP_CONTENT_TYPE", None)
        length = heads.pop("HTTP_CONTENT_LENGTH", str(len(self.body)) if self.body else None)
        if cookie:
            heads["HTTP_COOKIE"] = "; ".join(filter(None, (cookie, heads.get("HTTP_COOKIE"))))
        return {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path.encode("utf-8", "replace")).decode("latin-1"),
            "QUERY_STRING": query.encode("utf-8", "replace").decode("latin-1"),
            "RAW_URI": self.target.encode("utf-8", "replace").decode("latin-1"),
            "SERVER_NAME": HOST,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.place,
            "HTTP_HOST": HOST,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.body),
            "wsgi.errors": StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **({} if kind is None else {"CONTENT_TYPE": kind}),
            **({} if length is None else {"CONTENT_LENGTH": length}),
            **{name: value.encode("utf-8", "replace").decode("latin-1") for name, value in heads.items()},
        }
