"""The forms that stand in a page: where they go, and what they would send as they are."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = frozenset({"text", "search", "email", "tel", "url", "password"})


@dataclass
class Form:
    """One form: its method, its address, and its fields in order, with the values that they may take."""

    method: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)  # characters, of what is typed; 0: none is said


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._name = ""  # of the select or textarea we are in

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(said.get("method", "get").upper(), said.get("action", ""))
            self.forms.append(self._form)
        elif tag in ("input", "button") and said.get("name"):
            self._takes(said["name"], said.get("value", "on" if said.get("type") == "checkbox" else ""))
            if tag == "input" and said.get("type", "text") in TYPED and not {"readonly", "hidden"} & said.keys():
                self._typed(said)
        elif tag in ("select", "textarea"):
            self._name = said.get("name", "")
            if tag == "textarea":
                self._typed(said)
        elif tag == "option" and self._name:
            self._takes(self._name, said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag in ("select", "textarea"):
            self._name = ""

    def handle_data(self, data: str) -> None:
        if self._name and self._form is not None and self._name not in self._form.choices:
            self._takes(self._name, data.strip())

    def _typed(self, said: dict[str, str]) -> None:
        if self._form is not None:
            self._form.limits[said.get("name", "")] = int(said.get("maxlength") or 0)

    def _takes(self, name: str, value: str) -> None:
        if self._form is None:
            return
        known = self._form.choices.setdefault(name, [])
        if not known:
            self._form.fields.append((name, value))
        if len(known) < 12:
            known.append(value)


def forms(page: str) -> list[Form]:
    """Those of a page."""
    reader = _Reader()
    reader.feed(page)
    return [form for form in reader.forms if form.action.startswith("/") or not form.action]
