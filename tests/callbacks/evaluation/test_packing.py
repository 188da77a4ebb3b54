"""What is handed over is the same to the byte, and says what it is to who checks it."""

import io
import zipfile
from datetime import date
from hashlib import sha256

import pytest

from callbacks.evaluation import packing
from callbacks.evaluation.packing import Cell

FILES = {"polls.csv": b"ward\n", "calls.csv": b"ward,day\ncardio,2026-11-02\n"}


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (None, ""),
        (True, "1"),
        (False, "0"),
        (7, "7"),
        (0.1 + 0.2, "0.30000000000000004"),
        (date(2026, 11, 2), "2026-11-02"),
        ("Hôtel-Dieu, Paris", '"Hôtel-Dieu, Paris"'),
        ("=1+1", "'=1+1"),
    ],
)
def test_a_cell_is_read_back_as_what_it_was(cell: Cell, written: str) -> None:
    assert packing.sheet(["first", "last"], [(cell, "x")]) == f"first,last\n{written},x\n".encode()


def test_a_sheet_without_rows_still_says_its_columns() -> None:
    assert packing.sheet(["ward", "day"], []) == b"ward,day\n"


def test_the_sums_are_written_as_sha256sum_reads_them() -> None:
    *files, (name, sums) = packing.summed(FILES).items()
    assert name == packing.SUMS
    assert sums.decode() == "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files)
    assert [name for name, _ in files] == ["calls.csv", "polls.csv"]


def test_the_order_in_which_files_were_made_changes_nothing() -> None:
    turned = dict(reversed(FILES.items()))
    assert packing.archive(packing.summed(FILES)) == packing.archive(packing.summed(turned))


def test_the_archive_says_nothing_of_when_it_was_made_and_holds_all() -> None:
    packed = packing.archive(packing.summed(FILES))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist() == ["calls.csv", "polls.csv", packing.SUMS]
        assert archive.read("calls.csv") == FILES["calls.csv"]
