"""After a request was closed: who closed it says in two taps what was asked, and what would have been done otherwise.

None is owed. It counts for the evaluation, and changes nothing of the request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flask import Blueprint, request, url_for

from callbacks import assessments, endings, register
from callbacks.assessed import UNANSWERED, How, Said, Side
from callbacks.assessments import About, By, assessable
from callbacks.promise import RequestView
from config import texts
from web.taps import ASKED, OTHERWISE, Offered, Tap, tapped, taps
from web.visit import Answer, Back, Visit, with_link

blueprint = Blueprint("assess", __name__, url_prefix="/r/<token>/assess")


@dataclass(frozen=True)
class Assessed:
    """What the holder of a link may still say of the request that he closed."""

    visit: Visit

    @cached_property
    def view(self) -> RequestView:
        """The request."""
        return register.view(self.visit.conn, self.visit.link.request_id)

    @cached_property
    def said(self) -> Said:
        """What the ward has said so far."""
        return assessments.by_one_side(self.visit.conn, About(self.view.id), Side.HOSPITAL)

    @property
    def may(self) -> bool:
        """Whether it was he, and there was something to answer."""
        return self.view.claimed_by == self.visit.link.person_id and assessable(self.view)

    @property
    def offered(self) -> Offered:
        """What he may say; how it ended, too, when he closed it in a word by SMS."""
        return {**ASKED, **({} if self.said.outcome else self._outcomes), **OTHERWISE}

    @property
    def _outcomes(self) -> Offered:
        found = endings.of(self.visit.conn, self.view.ward_id, self.view.kind)
        return {"outcome": tuple(each.code for each in found if each.code not in UNANSWERED)}

    @property
    def taps(self) -> Sequence[Tap]:
        """The questions, in words; none when they are not for him."""
        return taps(self.said, self.offered, self._say) if self.may else ()

    @property
    def to(self) -> str:
        """Where an answer goes, in the same language."""
        chosen = None if self.visit.language == self.visit.desk.house.language else self.visit.language
        return url_for("assess.assess", token=self.visit.token, lang=chosen)

    def _say(self, key: str) -> str:
        return texts.say(f"page.{key}", self.visit.language)


@blueprint.post("")
@with_link
def assess(visit: Visit) -> Answer:
    """One tap of his."""
    page = Assessed(visit)
    said = tapped(request.form, page.offered)
    if said is None or not page.may:
        return Back("assess_missing", good=False)
    by = By(Side.HOSPITAL, How.PAGE, visit.link.person_id)
    assessments.say(visit.conn, About(visit.link.request_id), by, said, visit.moment)
    return Back("assessed")
