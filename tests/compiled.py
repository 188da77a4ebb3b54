"""What each application makes anew and every one alike is made once a process of the run: templates, builders of links.

A test has an application of its own, the house has one,
and a quarter of what the pages' tests took was compiling the same again.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def once(patch: pytest.MonkeyPatch) -> None:
    """For every application that is assembled from now on."""
    patch.setitem(Flask.jinja_options, "bytecode_cache", _Templates())
    patch.setattr(Flask, "url_rule_class", _Rule)


class _Templates(BytecodeCache):
    """The code of each, as long as its source is the same."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


class _Rule(Rule):
    """What it builds links by depends on its path alone, and gets the rule itself as an argument."""

    _made: ClassVar[dict[tuple[object, ...], Builder]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        make: Callable[[bool], Builder] = super()._compile_builder
        if self.defaults:
            return make(append_unknown)
        path: Any = (self.rule, *self._trace, append_unknown)
        if path not in self._made:
            self._made[path] = make(append_unknown)
        return self._made[path]
