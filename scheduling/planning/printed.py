"""The monthly table and the doctors' extracts as PDF, A4, in a font that has French letters; named, with its language.

Words come from `config/texts/*/months.toml`. The file carries its title and language for who hears it read aloud.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from config import texts
from scheduling.holidays_fr import name_of
from scheduling.opening import Stretch
from scheduling.planning.month_words import LOCALES, dated, hours, hours_in, moment, standing
from scheduling.planning.monthly import Extract, Row, rows
from scheduling.planning.publication import Amendment, Line, MonthTable, Published
from scheduling.rota import Ward

_FONT, _BOLD = "Vera", "VeraBd"
_TAGS = {"fr": "fr-FR", "en": "en-GB"}
_REST, _EMPTY, _LINE = colors.HexColor("#eef2f5"), colors.HexColor("#fde6e9"), colors.HexColor("#b6c2cc")


@dataclass(frozen=True)
class _Sheet:
    """One ward's month in one language."""

    ward: Ward
    table: MonthTable
    language: str
    now: datetime

    @property
    def month(self) -> str:
        """ "décembre 2026" """
        return format_skeleton("yMMMM", self.table.month, locale=LOCALES[self.language])

    def say(self, key: str, **values: object) -> str:
        return texts.say(f"months.{key}", self.language, **values)

    def day(self, at: datetime, pattern: str = "EEE d MMM") -> str:
        return dated(at.astimezone(ZoneInfo(self.ward.timezone)), pattern, self.language)

    def clock(self, at: datetime) -> str:
        return f"{at.astimezone(ZoneInfo(self.ward.timezone)):%H:%M}"

    def hours(self, stretch: Stretch) -> str:
        return hours(stretch, self.ward.timezone, self.language)

    def moment(self, at: datetime) -> str:
        return moment(at, self.ward.timezone, self.language)


def month_pdf(ward: Ward, table: MonthTable, language: str, now: datetime) -> bytes:
    """The ward's table: every day, every rank, with names and categories; what was amended; who signs."""
    sheet = _Sheet(ward, table, language, now)
    title = sheet.say("title", ward=ward.name, month=sheet.month)
    return _document(sheet, title, [*_head(sheet, title), _days(sheet), *_amendments(sheet), *_signatures(sheet)])


def extract_pdf(ward: Ward, table: MonthTable, extract: Extract, language: str, now: datetime) -> bytes:
    """What one doctor holds in the month."""
    sheet = _Sheet(ward, table, language, now)
    title = sheet.say("extract_title", name=extract.person, ward=ward.name, month=sheet.month)
    return _document(
        sheet, title, [*_head(sheet, title), _shifts(sheet, extract), Spacer(0, 4 * mm), _sums(sheet, extract)]
    )


def _document(sheet: _Sheet, title: str, story: Sequence[Any]) -> bytes:
    _fonts()
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=14 * mm,
        rightMargin=14 * mm,
        topMargin=14 * mm,
        bottomMargin=16 * mm,
        title=title,
        author=sheet.ward.hospital,
        subject=sheet.say("subject"),
        lang=_TAGS[sheet.language],
        displayDocTitle=True,
    )

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont(_FONT, 7)
        canvas.drawString(14 * mm, 9 * mm, drawable(sheet.say("printed", at=sheet.moment(sheet.now))))
        canvas.drawRightString(A4[0] - 14 * mm, 9 * mm, drawable(sheet.say("page", number=page.page)))

    document.build(list(story), onFirstPage=foot, onLaterPages=foot)
    return file.getvalue()


@cache
def _fonts() -> None:
    """Vera comes with reportlab: no file of the machine is needed."""
    pdfmetrics.registerFont(TTFont(_FONT, "Vera.ttf"))
    pdfmetrics.registerFont(TTFont(_BOLD, "VeraBd.ttf"))


def _head(sheet: _Sheet, title: str) -> list[Any]:
    state = sheet.table.state
    said = [sheet.ward.hospital, standing(sheet.table, sheet.moment, sheet.language)]
    if not isinstance(state, Published):
        said.append(sheet.say("draft_rings"))
    return [
        _words(title, size=14, bold=True),
        Spacer(0, 1.5 * mm),
        *(_words(line, size=9) for line in said),
        Spacer(0, 4 * mm),
    ]


def _days(sheet: _Sheet) -> Table:
    found = rows(sheet.table, sheet.ward.opening)
    ranks = range(1, len(found[0].ranks) + 1)
    heads = [sheet.say("day"), *(sheet.say("rank", rank=rank) for rank in ranks)]
    body = [[_words(head, bold=True) for head in heads], *(_day(sheet, row) for row in found)]
    width = A4[0] - 28 * mm - 34 * mm
    table = Table(body, colWidths=[34 * mm, *[width / len(ranks)] * len(ranks)], repeatRows=1)
    table.setStyle(TableStyle([*_GRID, *_shades(found)]))
    return table


def _day(sheet: _Sheet, row: Row) -> list[list[Any]]:
    name = dated(row.day, "EEE d MMM", sheet.language)
    holiday = name_of(row.day, sheet.ward.timezone, sheet.language) if row.holiday else None
    head = [_words(name, bold=row.rest), *([_words(holiday, size=7)] if holiday else [])]
    cells = [[_words(_held(sheet, line)) for line in lines] for lines in row.ranks]
    if row.holes:
        cells[0] += [_words(sheet.say("unfilled", hours=sheet.hours(hole)), bold=True) for hole in row.holes]
    return [head, *cells]


def _held(sheet: _Sheet, line: Line) -> str:
    category = f" ({line.category})" if line.category else ""
    return f"{hours_in(sheet.table.month, line, sheet.ward.timezone, sheet.language)} {line.person}{category}"


def _shades(found: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    for at, row in enumerate(found, 1):
        if row.rest:
            yield "BACKGROUND", (0, at), (0, at), _REST
        if row.holes:
            yield "BACKGROUND", (1, at), (1, at), _EMPTY


def _amendments(sheet: _Sheet) -> Iterator[Any]:
    if not sheet.table.amendments:
        return
    yield Spacer(0, 5 * mm)
    yield _words(sheet.say("amendments"), size=11, bold=True)
    for amendment in sheet.table.amendments:
        yield Spacer(0, 2 * mm)
        yield KeepTogether([_words(line, bold=not at) for at, line in enumerate(_told(sheet, amendment))])


def _told(sheet: _Sheet, amendment: Amendment) -> Iterator[str]:
    why = amendment.why or sheet.say("no_reason")
    yield sheet.say("amendment", at=sheet.moment(amendment.at), name=amendment.by.name, why=why)
    for key, lines in (("taken_out", amendment.removed), ("put_in", amendment.added)):
        for line in lines:
            yield sheet.say(key, day=sheet.day(line.start), shift=_held(sheet, line), rank=line.rank)


def _signatures(sheet: _Sheet) -> Iterator[Any]:
    yield Spacer(0, 8 * mm)
    boxes = [[_words(sheet.say("head_signs"), size=9), _words(sheet.say("director_signs"), size=9)]]
    width = (A4[0] - 28 * mm) / 2
    yield KeepTogether([Table(boxes, colWidths=[width, width], rowHeights=[18 * mm], style=TableStyle(_GRID))])


def _shifts(sheet: _Sheet, extract: Extract) -> Table:
    heads = [sheet.say(key) for key in ("day", "hours", "rank_head")]
    body = [[_words(head, bold=True) for head in heads]]
    for line in extract.lines:
        hours = sheet.hours((line.start, line.end))
        body.append([_words(said) for said in (sheet.day(line.start, "EEEE d MMMM"), hours, str(line.rank))])
    return Table(body, colWidths=[60 * mm, 70 * mm, 25 * mm], repeatRows=1, style=TableStyle(_GRID), hAlign="LEFT")


def _sums(sheet: _Sheet, extract: Extract) -> Paragraph:
    tally = extract.tally
    values = {"nights": tally.nights, "weekends": tally.weekends, "holidays": tally.holidays}
    return _words(sheet.say("sums", **values, hours=round(tally.time / timedelta(hours=1))), size=9)


_GRID: list[tuple[Any, ...]] = [
    ("GRID", (0, 0), (-1, -1), 0.4, _LINE),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ("LEFTPADDING", (0, 0), (-1, -1), 4),
]


def _words(text: str, size: float = 8, *, bold: bool = False) -> Paragraph:
    font = _BOLD if bold else _FONT
    style = ParagraphStyle(font, fontName=font, fontSize=size, leading=size * 1.25, alignment=TA_LEFT)
    return Paragraph(escape(drawable(text)), style)


def drawable(text: str) -> str:
    """What the font can draw: a letter that it lacks loses its accent (Ş is S), a narrow blank is a plain one."""
    _fonts()
    return "".join(_glyphs(unicodedata.normalize("NFC", text.replace("\u202f", "\u00a0"))))


def _glyphs(text: str) -> Iterable[str]:
    known = pdfmetrics.getFont(_FONT).face.charToGlyph
    for letter in text:
        plain = letter if ord(letter) in known else unicodedata.normalize("NFKD", letter)[0]
        yield plain if ord(plain) in known else "?"
