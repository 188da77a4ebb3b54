"""A strict TwiML parser: bytes to the dataclasses of `verbs`, with the debugger's codes for what is wrong."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from simulator.schema import (
    CONTEXTS,
    EVERY_VERB,
    NOUNS,
    SSML,
    UNKNOWN,
    UNSIMULATED_NOUNS,
    UNSIMULATED_VERBS,
    Attribute,
    Spec,
)
from simulator.verbs import Document, Issue, Number, TwimlError, Unsimulated, Verb

MAX_BYTES = 64 * 1024


def parse(body: bytes, context: str = "voice") -> Document:
    """A document of `context` voice, whisper or messaging; TwimlError when nothing of it can be executed."""
    root = _root(body)
    reader = _Reader(CONTEXTS[context], context)
    verbs = tuple(reader.verbs(root))
    return Document(verbs, tuple(reader.issues))


def _root(body: bytes) -> ET.Element:
    if len(body) > MAX_BYTES:
        raise TwimlError(11750, f"the document has {len(body)} bytes, {MAX_BYTES} at most")
    if not body.strip():
        raise TwimlError(11770, "empty body")
    try:
        root = ET.fromstring(body)
    except ET.ParseError as error:
        raise TwimlError(12100, f"not well-formed XML: {error}") from None
    if root.tag != "Response":
        raise TwimlError(12102, f"the root is <{root.tag}>, not <Response>")
    return root


class _Reader:
    """One document; collects its issues."""

    def __init__(self, allowed: dict[str, Spec], context: str) -> None:
        self.allowed = allowed
        self.context = context
        self.issues: list[Issue] = []

    def verbs(self, root: ET.Element) -> Iterator[Verb]:
        self._stray_attributes(root)
        self._stray_text(root)
        for element in root:
            yield from self._verb(element)

    def _verb(self, element: ET.Element) -> Iterator[Verb]:
        if element.tag in self.allowed:
            yield from self._build(element, self.allowed[element.tag])
        elif element.tag in UNSIMULATED_VERBS:
            yield Unsimulated(element.tag)
        elif element.tag in EVERY_VERB:
            self._warn(UNKNOWN, f"<{element.tag}> is not allowed in a {self.context} document")
        else:
            self._warn(UNKNOWN, f"unknown verb <{element.tag}>")

    def _build(self, element: ET.Element, spec: Spec) -> Iterator[Any]:
        values = dict(self._attributes(element, spec))
        if spec.children:
            values[spec.children] = tuple(self._children(element, spec))
        elif spec.text:
            values.update(self._text(element, spec))
            if spec.text not in values and not values.get("digits"):
                return
            values.setdefault(spec.text, "")
        else:
            self._stray_text(element)
            self._stray_children(element, spec)
        yield spec.build(**values)

    def _attributes(self, element: ET.Element, spec: Spec) -> Iterator[tuple[str, Any]]:
        for name, text in element.attrib.items():
            attribute = spec.attributes.get(name)
            if attribute is None:
                self._warn(UNKNOWN, f"unknown attribute {name!r} of <{element.tag}>")
            elif (value := self._value(element, name, text, attribute)) is not None and attribute.name:
                yield attribute.name, value

    def _value(self, element: ET.Element, name: str, text: str, attribute: Attribute) -> Any:
        try:
            return attribute.convert(text)
        except ValueError as error:
            issue = f"<{element.tag} {name}={text!r}>: {error}"
            self.issues.append(Issue(attribute.code, issue, unsimulated=not attribute.simulated))
            return None

    def _children(self, element: ET.Element, spec: Spec) -> Iterator[Any]:
        if spec.children == "numbers" and (element.text or "").strip():
            yield Number((element.text or "").strip())
        elif (element.text or "").strip():
            self._warn(UNKNOWN, f"stray text in <{element.tag}>")
        for child in element:
            yield from self._child(element, child, spec)

    def _child(self, element: ET.Element, child: ET.Element, spec: Spec) -> Iterator[Any]:
        if child.tag in spec.nests:
            yield from self._build(child, NOUNS[child.tag])
        elif spec.children == "numbers" and child.tag in UNSIMULATED_NOUNS:
            text = f"<{element.tag}><{child.tag}> is not simulated"
            self.issues.append(Issue(spec.nest_code, text, unsimulated=True))
        else:
            self._warn(spec.nest_code, f"<{child.tag}> may not stand in <{element.tag}>")

    def _text(self, element: ET.Element, spec: Spec) -> Iterator[tuple[str, str]]:
        text = self._flat(element, spec).strip()
        if text and spec.text:
            yield spec.text, text
        elif spec.text not in element.attrib and "digits" not in element.attrib:
            self._warn(spec.text_code, f"<{element.tag}> is empty")

    def _flat(self, element: ET.Element, spec: Spec) -> str:
        parts = [element.text or ""]
        for child in element:
            parts.append(self._inline(element, child, spec))
            parts.append(child.tail or "")
        return " ".join("".join(parts).split())

    def _inline(self, element: ET.Element, child: ET.Element, spec: Spec) -> str:
        if spec.text == "text" and child.tag in SSML:
            return self._flat(child, spec)
        if spec.text == "body" and child.tag == "Body":
            return child.text or ""
        self._warn(spec.nest_code, f"<{child.tag}> may not stand in <{element.tag}>")
        return ""

    def _stray_attributes(self, element: ET.Element) -> None:
        for name in element.attrib:
            self._warn(UNKNOWN, f"unknown attribute {name!r} of <{element.tag}>")

    def _stray_text(self, element: ET.Element) -> None:
        if any((text or "").strip() for text in (element.text, *(child.tail for child in element))):
            self._warn(UNKNOWN, f"stray text in <{element.tag}>")

    def _stray_children(self, element: ET.Element, spec: Spec) -> None:
        for child in element:
            if child.tag not in spec.ignores:
                self._warn(spec.nest_code, f"<{child.tag}> may not stand in <{element.tag}>")

    def _warn(self, code: int, text: str) -> None:
        self.issues.append(Issue(code, text))
