"""Forms as they come in: every part has a name.

Werkzeug keeps a part without one under None, which whoever looks through a form afterwards takes for a name.
"""

from itertools import chain
from typing import IO

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

Parsed = tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]


class _Named(FormDataParser):
    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Parsed:
        """What it holds; BadRequest when a part has no name."""
        rest, fields, files = super().parse(stream, mimetype, content_length, options)
        if None in fields or None in files:
            for file in chain.from_iterable(files.listvalues()):
                file.close()
            raise BadRequest("a part of the form has no name")
        return rest, fields, files


class NamedRequest(Request):
    """A request whose form is one that a browser, or the carrier, could have sent."""

    form_data_parser_class = _Named
