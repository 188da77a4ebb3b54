"""Texts of every length and kind, through every field of every form that the house shows; and files, through each door.

The table of limits is in the pages themselves: what a field may hold is said there, and must be kept here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
import redis as redis_client
from sqlalchemy import Engine, text

from tests.databases import Databases
from tests.fuzz import judge, pages
from tests.fuzz.firing import Range
from tests.fuzz.forms import URLENCODED, File, multipart, urlencoded
from tests.fuzz.hostile import MARK
from tests.fuzz.machines import CARRIER, MAILER
from tests.fuzz.pages import Form
from tests.fuzz.rounds import LOOKERS, MACHINES, OFFICE, Round
from tests.fuzz.shots import Shot
from tests.fuzz.world import House

# Quotes, an emoji of several letters, one from right to left with its marks, NUL, markup, a formula, line breaks.
HOSTILE = f'=O\'Brien "Zoé" 👩‍⚕️ \u202eשרה\u202c\0 {MARK} \x1b\u2028 a\r\nb'
FAR_OVER = 10_000
# Of a request that carries no file (config/app.py).
LARGEST_BODY = 256 * 1024


@dataclass(frozen=True)
class Shown:
    """A form as somebody sees it."""

    role: str
    form: Form
    page: str  # where it stands

    @property
    def target(self) -> str:
        """Where it goes."""
        return self.form.action or self.page

    def filled(self, here: Round, name: str, typed: str) -> Shot:
        """Sent as it stands, but for one field."""
        said = {field: values[0] for field, values in self.form.choices.items()} | {name: typed}
        fields = list({**said, "csrf_token": here.world.furniture.form_token}.items())
        # Each from elsewhere: who tries too often from one place is sent away.
        place = f"10.{hash((self.target, name)) % 250}.{len(typed) % 250}.{len(self.target) % 250}"
        return Shot(self.role, "POST", self.target, {"Content-Type": URLENCODED}, urlencoded(fields), place=place)


@pytest.fixture
def here(_databases: Databases, _template: str, redis: redis_client.Redis, tmp_path: Path) -> Iterator[Round]:
    with Range(House(_databases, _template, redis, tmp_path)) as range_:
        yield Round(range_, "", range_.house.anew(), Random(1))


def looks(here: Round) -> list[Shown]:
    """Every page of the house, which must be as it should be; the forms that something can be typed into."""
    found: dict[str, Shown] = {}
    for door in here.world.doors:
        if door.method != "GET" or door.who in MACHINES:
            continue
        for role in LOOKERS.get(door.who, OFFICE):
            page = here.aim.path(door)
            answer = here.range.fire(Shot(role, "GET", page, door=door.name), here.world)
            assert list(judge.complaints(Shot(role, "GET", page), door, answer)) == [], page
            if answer.kind == "text/html" and answer.status == 200:
                for form in pages.forms(answer.body.decode()):
                    if form.method == "POST" and form.limits:
                        found.setdefault(f"{form.action} {sorted(form.choices)}", Shown(role, form, page))
    return list(found.values())


def sends(here: Round, shown: Shown, name: str, typed: str) -> None:
    """He sends it; whatever he typed, the answer is no error of ours."""
    shot = shown.filled(here, name, typed)
    said = list(judge.complaints(shot, None, here.range.fire(shot, here.world)))
    assert said == [], f"{name} of {shown.target} with {len(typed)} characters: {said}"


@pytest.mark.timeout(400)
def test_each_field_says_how_much_it_takes_and_nothing_longer_is_ever_kept(here: Round) -> None:
    forms = looks(here)
    assert len(forms) > 15
    without = [f"{name} of {each.target}" for each in forms for name, most in each.form.limits.items() if not most]
    assert without == []
    limits: dict[str, tuple[str, int]] = {}
    for number, (shown, name) in enumerate((each, name) for each in forms for name in each.form.limits):
        mark, most = chr(0x4E00 + number), shown.form.limits[name]  # a letter of its own, to be known again
        limits[mark] = (f"{name} of {shown.target}", most)
        for length in (FAR_OVER, most + 1, most):
            sends(here, shown, name, mark * length)
    kept = longest_runs(here.range.house.engine)
    assert {limits[mark]: length for mark, length in kept.items() if length > limits[mark][1]} == {}
    assert len(kept) > 2  # what fits is kept


def longest_runs(engine: Engine) -> dict[str, int]:
    """The longest run of each of these letters in any row of any table."""
    found: dict[str, int] = {}
    with engine.connect() as conn:
        names = conn.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars().all()
        for name in names:
            for row in conn.execute(text(f"select t::text from {name} t where t::text ~ '[\u4e00-\u5fff]'")).scalars():
                for run in re.finditer("([\u4e00-\u5fff])\\1*", row):
                    found[run[1]] = max(found.get(run[1], 0), len(run[0]))
    return found


@pytest.mark.timeout(400)
def test_a_name_of_any_letters_goes_through_every_form_and_harms_no_page(here: Round) -> None:
    for shown in looks(here):
        for name in shown.form.limits:
            sends(here, shown, name, HOSTILE)
            sends(here, shown, name, MARK)
    looks(here)


UPLOADS = {
    "/directories/wards": ("annuaire.csv", 1_000_000, 413),
    "/directories/seniors": ("annuaire.csv", 1_000_000, 413),
    "/directories/practitioners": ("annuaire.csv", 1_000_000, 413),
    "/transfer/cardio/look": ("garde.csv", 8 * 1024 * 1024, 422),
}


@pytest.mark.parametrize("target", UPLOADS)
def test_a_file_is_taken_up_to_its_limit_and_no_further(here: Round, target: str) -> None:
    name, most, refusal = UPLOADS[target]
    asked = {"from": "2026-11-01", "to": "2026-11-30", "hand_over": "08:30"}
    form = [*asked.items(), ("csrf_token", here.world.furniture.form_token)]
    for length, statuses in ((most, {422, 413}), (most + 1, {refusal, 413}), (most * 3, {413})):
        body = multipart(form, [File("file", name, b"x" * length)])
        shot = Shot("admin", "POST", target, {"Content-Type": "multipart/form-data; boundary=xYzZY"}, body)
        answer = here.range.fire(shot, here.world)
        assert answer.status in statuses, (length, answer.status)
        assert not answer.said


@pytest.mark.parametrize(
    ("target", "seal", "most"),
    [
        ("/webhooks/sms", CARRIER, LARGEST_BODY),
        ("/webhooks/voice", CARRIER, LARGEST_BODY),
        ("/webhooks/email", MAILER, 40 * 1024 * 1024),
        ("/signin", "", LARGEST_BODY),
    ],
)
def test_a_body_that_declares_too_much_is_refused_before_it_is_read(
    here: Round, target: str, seal: str, most: int
) -> None:
    headers = {"Content-Type": URLENCODED, "Content-Length": str(most + 1)}
    answer = here.range.fire(Shot("nobody", "POST", target, headers, b"Body=x", seal), here.world)
    assert answer.status == 413
    assert not answer.said
