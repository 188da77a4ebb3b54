"""The figures of an export of Rappel24, found again from its files and its code book alone; as CSV on standard output.

    python read.py FOLDER [--hospital NAME | --ward SLUG] [--before before_after.csv] [--all]

Needs pandas, and nothing of Rappel24: what an indicator counts, in what, and what is left out is read from
`indicators.csv`, whose conditions are those of `pandas.DataFrame.query`. Cells of fewer than five are not written
unless `--all` is given.
"""

import argparse
import hashlib
import math
import sys
from pathlib import Path

import pandas as pd

Z = 1.959963984540054  # the 97.5 % point of the normal distribution
SMALL = 5
"""Fewer than so many rows can point at somebody."""


def main() -> int:
    """Compare the checksums, read, count, write."""
    asked = arguments()
    if broken := wrong_sums(asked.folder):
        sys.stderr.write(f"not as it was exported: {', '.join(broken)}\n")
        return 1
    found = figures(asked.folder, asked.hospital, asked.ward, asked.all)
    if asked.before:
        found = compared(found, read(asked.before))
    found.to_csv(sys.stdout, index=False, lineterminator="\n")
    return 0


def arguments() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--hospital")
    where.add_argument("--ward")
    parser.add_argument("--before", type=Path, help="before_after.csv with its left half filled in")
    parser.add_argument("--all", action="store_true", help="small cells, too")
    return parser.parse_args()


def wrong_sums(folder: Path) -> list[str]:
    """The files that are missing or are not what `SHA256SUMS` says."""
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    said = {name: total for total, name in (line.split("  ", 1) for line in lines)}
    return [name for name, total in said.items() if digest(folder / name) != total]


def digest(file: Path) -> str:
    """SHA-256 in hexadecimal; "" of what is not there."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


# What is read --------------------------------------------------------------------------------------------------------


def read(file: Path) -> pd.DataFrame:
    """A CSV file, every cell as the text that it is."""
    return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")


def facts(folder: Path, hospital: str | None, ward: str | None) -> dict[str, pd.DataFrame]:
    """The rows of each file, or those of a hospital or a ward; numbers as numbers, as `columns.csv` says.

    A file that does not name the ward is left out where one is asked for: polls name their hospital alone.
    """
    described = read(folder / "columns.csv")
    sheets = {}
    for name in described["file"].unique():
        rows = read(folder / f"{name}.csv")
        numbers = described[(described["file"] == name) & described["type"].isin(["number", "flag"])]
        for column in numbers["column"]:
            rows[column] = pd.to_numeric(rows[column].replace("", None))
        wanted = {column: named for column, named in (("hospital", hospital), ("ward", ward)) if named is not None}
        for column in wanted.keys() & set(rows.columns):
            rows = rows[rows[column] == wanted[column]]
        if wanted.keys() <= set(rows.columns):
            sheets[name] = rows
    return sheets


def holding(rows: pd.DataFrame, condition: str) -> pd.DataFrame:
    """The rows of which a condition of the code book holds; without one, all."""
    return rows.query(condition) if condition else rows


# What is counted -----------------------------------------------------------------------------------------------------


def figures(folder: Path, hospital: str | None, ward: str | None, everything: bool) -> pd.DataFrame:
    """One line a figure, a cross table one a cell."""
    sheets = facts(folder, hospital, ward)
    about = read(folder / "about.csv").set_index("name")["value"]
    lines = []
    for indicator in read(folder / "indicators.csv").itertuples(index=False):
        if not set(indicator.files.split()) <= sheets.keys():
            continue
        rows, excluded, missing = counted_among(indicator, sheets)
        said = {"code": indicator.code, "title": indicator.title, "missing": missing, "excluded": told(excluded)}
        made = MADE[indicator.statistic](indicator, rows, int(about["practitioners"]))
        lines += [said | figure for figure in (made if everything else shown(indicator, made))]
    return pd.DataFrame(lines, columns=[*COLUMNS])


def counted_among(indicator, sheets: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, dict[str, int], int]:
    """The rows an indicator counts in; how many were left out, by why; of how many it is not known."""
    left, excluded, missing = [], {}, 0
    for name in indicator.files.split():
        rows = holding(sheets[name], indicator.among)
        why = rows["exclusion"].where(~rows["exclusion"].isin(indicator.keeps.split()), "")
        for own in filter(None, indicator.leaves_out.split("; ")):
            code, condition = own.split(": ", 1)
            why = why.mask((why == "") & rows.index.isin(holding(rows, condition).index), code)
        for code, many in why[why != ""].value_counts().items():
            excluded[code] = excluded.get(code, 0) + int(many)
        stays = rows[why == ""]
        known = holding(stays, indicator.known)
        missing += len(stays) - len(known)
        left.append(known.assign(counted=known.index.isin(holding(known, indicator.counted).index)))
    return pd.concat(left, ignore_index=True), excluded, missing


def told(excluded: dict[str, int]) -> str:
    """ "repeat 3; test 1" """
    return "; ".join(f"{code} {many}" for code, many in sorted(excluded.items()))


def shown(indicator, made: list[dict]) -> list[dict]:
    """The figures, without those by which a few people are known."""
    if indicator.statistic == "table":
        return protected(made)
    return [{} if few(indicator, figure) else figure for figure in made]


def few(indicator, figure: dict) -> bool:
    """Whether a few people are known by it."""
    of, counted = figure.get("denominator") or 0, figure.get("numerator") or 0
    if indicator.statistic == "share" and indicator.sensitive == "1":
        return of > 0 and min(counted, of - counted) < SMALL  # all of them, or none, is what each of them said
    telling = {
        "count": counted if indicator.sensitive == "1" else 0,
        "ratio": 0,
        "distinct": counted,
    }
    return 0 < telling.get(indicator.statistic, of) < SMALL


def protected(cells: list[dict]) -> list[dict]:
    """A table without its small cells, and without the smallest other of a row or column that would give one back."""
    left = [cell | {"value": None if cell["value"] < SMALL else cell["value"]} for cell in cells]
    while beside := first_beside_one_hidden(left):
        beside["value"] = None
    return left


def first_beside_one_hidden(left: list[dict]) -> dict | None:
    """The smallest cell that stands in a row, else a column, with just one cell left out; None: nothing to hide."""
    for axis in ("row", "column"):
        for name in sorted({cell[axis] for cell in left}):
            there = [cell for cell in left if cell[axis] == name]
            others = [cell for cell in there if cell["value"] is not None]
            if len(there) - len(others) == 1 and others:
                return min(others, key=lambda cell: (cell["value"], cell["row"], cell["column"]))
    return None


# Each kind of figure -------------------------------------------------------------------------------------------------


def count(indicator, rows: pd.DataFrame, practitioners: int) -> list[dict]:
    """How many rows are counted."""
    counted = int(rows["counted"].sum())
    return [{"value": counted, "numerator": counted, "denominator": len(rows)}]


def share(indicator, rows: pd.DataFrame, practitioners: int) -> list[dict]:
    """Counted rows of all."""
    counted, of = int(rows["counted"].sum()), len(rows)
    low, high = wilson(counted, of)
    return [{"value": counted / of if of else None, "numerator": counted, "denominator": of, "low": low, "high": high}]


def median(indicator, rows: pd.DataFrame, practitioners: int) -> list[dict]:
    """The middle of the values, with quartiles."""
    values = rows[indicator.value]
    first, middle, third, late = values.quantile([0.25, 0.5, 0.75, 0.9])
    low, high = median_interval(values)
    between = {"low": low, "high": high, "first_quartile": first, "third_quartile": third, "p90": late}
    return [{"value": middle, "denominator": len(values), **between}]


def mean(indicator, rows: pd.DataFrame, practitioners: int) -> list[dict]:
    """The mean of the values."""
    values = rows[indicator.value]
    low, high = mean_interval(values)
    return [{"value": values.mean(), "denominator": len(values), "low": low, "high": high}]


def survival(indicator, rows: pd.DataFrame, practitioners: int) -> list[dict]:
    """When it has happened to half of them, counting who is still waiting for as long as he was watched."""
    happened = rows[indicator.value].notna()
    curve = kaplan_meier(in_unit(indicator, rows[indicator.value].fillna(rows["observed_s"])), happened)
    quartiles = {"first_quartile": when(curve["left"], 0.75), "third_quartile": when(curve["left"], 0.25)}
    between = {"low": when(curve["low"], 0.5), "high": when(curve["high"], 0.5)}
    late = when(curve["left"], 0.1)
    return [{"value": when(curve["left"], 0.5), "denominator": len(rows), **between, **quartiles, "p90": late}]


def ratio(indicator, rows: pd.DataFrame, practitioners: int) -> list[dict]:
    """One sum over another."""
    counted, of = int(rows[indicator.value].sum()), int(rows[indicator.per].sum())
    return [{"value": counted / of if of else None, "numerator": counted, "denominator": of}]


def distinct(indicator, rows: pd.DataFrame, practitioners: int) -> list[dict]:
    """How many different doctors, of those in the directory."""
    different = rows[indicator.value].nunique()
    value = different / practitioners if practitioners else None
    return [{"value": value, "numerator": different, "denominator": practitioners}]


def table(indicator, rows: pd.DataFrame, practitioners: int) -> list[dict]:
    """How many there are of each pair."""
    pairs = rows.groupby([indicator.rows, indicator.columns]).size()
    return [{"row": row, "column": column, "value": int(many)} for (row, column), many in pairs.items()]


MADE = {made.__name__: made for made in (count, share, median, mean, survival, ratio, distinct, table)}
COLUMNS = (
    *("code", "title", "row", "column", "value", "numerator", "denominator", "low", "high"),
    *("first_quartile", "third_quartile", "p90", "missing", "excluded"),
)


# Before and after ----------------------------------------------------------------------------------------------------


def compared(found: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Each share beside that of the time before: the difference, with Newcombe's interval (1998, method 10)."""
    then = before.set_index("indicator")
    lines = []
    for now in found[found["row"].isna()].itertuples(index=False):
        said = then.loc[now.code] if now.code in then.index else None
        if said is None or not (said["before_numerator"] and said["before_denominator"]) or now.low != now.low:
            continue
        counted, of = int(said["before_numerator"]), int(said["before_denominator"])
        was, (low, high) = counted / of, wilson(counted, of)
        less = math.hypot(now.value - now.low, high - was)
        more = math.hypot(now.high - now.value, was - low)
        change = {"difference": now.value - was, "low": now.value - was - less, "high": now.value - was + more}
        lines.append({"code": now.code, "title": now.title, "before": was, "after": now.value, **change})
    return pd.DataFrame(lines, columns=["code", "title", "before", "after", "difference", "low", "high"])


# Statistics ----------------------------------------------------------------------------------------------------------


def wilson(counted: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not of:
        return math.nan, math.nan
    share, width = counted / of, Z * Z / of
    half = Z / (1 + width) * math.sqrt(share * (1 - share) / of + width / (4 * of))
    middle = (share + width / 2) / (1 + width)
    return max(0.0, middle - half), min(1.0, middle + half)


def median_interval(values: pd.Series) -> tuple[float, float]:
    """Between which of the values their median lies (order statistics; Conover's ranks above a thousand values)."""
    ordered, many = values.sort_values().tolist(), len(values)
    if many > 1000:
        rank = math.ceil(many / 2 - Z * math.sqrt(many) / 2)
    else:
        tails = pd.Series([math.comb(many, below) for below in range(many)], dtype=object).cumsum()
        rank = sum(40 * tail <= 2**many for tail in tails)
    return (ordered[rank - 1], ordered[many - rank]) if rank else (math.nan, math.nan)


def mean_interval(values: pd.Series) -> tuple[float, float]:
    """The normal 95 % interval of a mean."""
    half = Z * values.std() / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return values.mean() - half, values.mean() + half


def in_unit(indicator, seconds: pd.Series) -> pd.Series:
    """Minutes, each that has begun, where the indicator is counted in them: 61 seconds are two."""
    return -(-seconds // 60) if indicator.unit == "minutes" else seconds


def kaplan_meier(time: pd.Series, happened: pd.Series) -> pd.DataFrame:
    """The share still waiting (`left`) after each time, with Greenwood's interval on the scale of log(-log)."""
    steps = pd.DataFrame({"time": time, "happened": happened}).groupby("time")["happened"].agg(["sum", "size"])
    steps["at_risk"] = len(time) - steps["size"].cumsum() + steps["size"]
    steps = steps[steps["sum"] > 0]
    steps["left"] = (1 - steps["sum"] / steps["at_risk"]).cumprod()
    spread = (steps["sum"] / (steps["at_risk"] * (steps["at_risk"] - steps["sum"]))).cumsum()
    for name, sign in (("low", 1), ("high", -1)):
        steps[name] = [
            left ** math.exp(sign * Z * math.sqrt(var) / abs(math.log(left))) if 0 < left < 1 else left
            for left, var in zip(steps["left"], spread, strict=True)
        ]
    return steps


def when(curve: pd.Series, left: float) -> float:
    """The first time at which no more than that share is still waiting; nan: never."""
    reached = curve[curve <= left + 1e-12]
    return float(reached.index[0]) if len(reached) else math.nan


if __name__ == "__main__":
    sys.exit(main())
