"""What a preview sends when it is applied."""

import re
from html import unescape


def fields(page: str) -> dict[str, list[str]]:
    """The hidden fields of the form that applies the preview."""
    form = page[page.index('action="/patterns/cardio/apply"') :]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[: form.index("</form>")]
    ):
        found.setdefault(name, []).append(unescape(value))
    found.pop("csrf_token")
    return found
