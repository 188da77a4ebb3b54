"""The code book: what each column and each figure is, for people (Markdown) and for programs (CSV). Pure.

Conditions are written as the definitions print them, which is as `pandas.DataFrame.query` reads them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from callbacks.evaluation import columns, packing
from callbacks.evaluation.columns import Column
from callbacks.figures.definitions import EXCLUSIONS, INDICATORS, Indicator, Table
from callbacks.figures.words import source
from config import texts


@dataclass(frozen=True)
class Line:
    """An indicator as `indicators.csv` has it; the names of its fields are the columns."""

    code: str
    number: int | None  # of domain.md 1.6
    title: str
    meaning: str
    statistic: str
    unit: str
    files: str
    among: str
    counted: str
    known: str
    value: str
    per: str
    rows: str
    columns: str
    keeps: str
    leaves_out: str
    sensitive: bool
    compare_low: float | None
    compare_high: float | None
    compare_source: str


def line(indicator: Indicator, language: str) -> Line:
    """What the code book says of an indicator."""
    compared = indicator.comparator
    return Line(
        code=indicator.code,
        number=indicator.number,
        title=texts.say(f"indicators.{indicator.code}", language),
        meaning=texts.say(f"indicators.{indicator.code}_means", language),
        statistic=indicator.statistic,
        unit=indicator.unit,
        files=" ".join(indicator.tables),
        among=str(indicator.among),
        counted=str(indicator.counted),
        known=str(indicator.known),
        value=indicator.value,
        per=indicator.per,
        rows=indicator.rows,
        columns=indicator.columns,
        keeps=" ".join(indicator.keeps),
        leaves_out="; ".join(f"{each.code}: {each.where}" for each in indicator.exclusions),
        sensitive=indicator.sensitive,
        compare_low=compared.low if compared else None,
        compare_high=compared.high if compared else None,
        compare_source=source(compared, language) if compared else "",
    )


def files(language: str) -> dict[str, bytes]:
    """`columns.csv`, `indicators.csv` and `codebook.md`."""
    lines = [line(indicator, language) for indicator in INDICATORS]
    names = [each.name for each in fields(Line)]
    indicators = ([getattr(each, name) for name in names] for each in lines)
    described = (
        (table, column.name, column.type, column.unit, meaning(table, column, language))
        for table in Table
        for column in columns.of(table)
    )
    return {
        "columns.csv": packing.sheet(("file", "column", "type", "unit", "meaning"), described),
        "indicators.csv": packing.sheet(names, indicators),
        "codebook.md": "\n".join((*_book(lines, language), "")).encode(),
    }


def meaning(table: Table, column: Column, language: str) -> str:
    """What stands in a column: its words in this table, else those it has in every table."""
    own = f"evaluation.{table}_{column.name}"
    return texts.say(own if own in texts.keys("evaluation") else f"evaluation.column_{column.name}", language)


def _book(lines: list[Line], language: str) -> Iterator[str]:
    yield f"# {texts.say('evaluation.book_title', language)}"
    for paragraph in ("lead", "cells", "count", "intervals", "survival", "small"):
        yield f"\n{texts.say(f'evaluation.book_{paragraph}', language)}"
    yield f"\n## {texts.say('evaluation.book_columns', language)}"
    for table in Table:
        yield from _of_a_file(table, language)
    yield f"\n## {texts.say('evaluation.book_exclusions', language)}\n"
    yield from _exclusions(language)
    yield f"\n## {texts.say('evaluation.book_indicators', language)}"
    for each in lines:
        yield from _of_an_indicator(each, language)


def _of_a_file(table: Table, language: str) -> Iterator[str]:
    yield f"\n### {table}.csv\n\n{texts.say(f'evaluation.table_{table}', language)}\n"
    heads = [texts.say(f"evaluation.book_{name}", language) for name in ("column", "type", "unit", "meaning")]
    yield from _table(
        heads,
        (
            (f"`{column.name}`", texts.say(f"evaluation.type_{column.type}", language), column.unit, words)
            for column in columns.of(table)
            for words in [meaning(table, column, language)]
        ),
    )


def _exclusions(language: str) -> Iterator[str]:
    heads = [texts.say(f"evaluation.book_{name}", language) for name in ("file", "code", "meaning", "condition")]
    yield from _table(
        heads,
        (
            (f"{table}.csv", f"`{each.code}`", texts.say(f"exclusions.{each.code}", language), f"`{each.where}`")
            for table, those in EXCLUSIONS.items()
            for each in those
        ),
    )


def _of_an_indicator(of: Line, language: str) -> Iterator[str]:
    yield f"\n### {of.title} (`{of.code}`)\n\n{of.meaning}\n"
    said: Mapping[str, str] = {
        "number": str(of.number or ""),
        "statistic": texts.say(f"evaluation.statistic_{of.statistic}", language),
        "unit": texts.say(f"evaluation.unit_{of.unit}", language),
        "files": ", ".join(f"{name}.csv" for name in of.files.split()),
        **{name: f"`{getattr(of, name)}`" if getattr(of, name) else "" for name in _AS_PRINTED},
        "compared": _compared(of),
    }
    for name, words in said.items():
        if words:
            yield f"- {texts.say(f'evaluation.book_{_HEADS.get(name, name)}', language)}: {words}"


_HEADS = {"columns": "columns_of"}  # of a cross table; the other is the title of a chapter
_AS_PRINTED = ("among", "counted", "known", "value", "per", "rows", "columns", "keeps", "leaves_out")


def _compared(of: Line) -> str:
    if not of.compare_source:
        return ""
    between = dict.fromkeys((of.compare_low, of.compare_high))  # once, where both are the same
    return f"{' – '.join(f'{each:g}' for each in between if each is not None)} ({of.compare_source})"


def _table(heads: list[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
