"""CSV files as secretaries save them: Excel's BOM, semicolons, columns moved about; and files that are none."""

import pytest

from config import numbers, texts
from scheduling import opening
from scheduling.importing.sheet import Columns, Findings, Line, Report, RowError, read

SENIORS = Columns(required=("name", "phone"), optional=("email", "title"))
AMELIE = {"name": "Amélie Martin", "phone": "06 39 98 00 01"}


def rows(data: bytes) -> tuple[list[Line], Findings]:
    findings = Findings()
    return read(data, SENIORS, findings), findings


def cells(data: bytes) -> list[dict[str, str]]:
    lines, findings = rows(data)
    assert findings.errors == []
    return [dict(line.cells) for line in lines]


@pytest.mark.parametrize(
    "file",
    [
        "name,phone\nAmélie Martin,06 39 98 00 01\n",
        "\ufeffname,phone\r\nAmélie Martin,06 39 98 00 01\r\n",
        "\ufeffname;phone\r\nAmélie Martin;06 39 98 00 01\r\n",
        "name\tphone\nAmélie Martin\t06 39 98 00 01",
        "name|phone\nAmélie Martin|06 39 98 00 01",
        '"name";"phone"\n"Amélie Martin";"06 39 98 00 01"\n',
        "phone,name\n06 39 98 00 01,Amélie Martin\n",
        " Name , PHONE \n  Amélie   Martin , 06 39 98 00 01 \n",
        "\n\nname,phone\n\n,\nAmélie Martin,06 39 98 00 01\n\n",
        "name,phone\rAmélie Martin,06 39 98 00 01\r",
        "name,phone\nAme\u0301lie Martin,06 39 98 00 01\n",  # an accent typed on a Mac
        "name;phone\nAmélie\u00a0Martin;06 39 98 00 01;;;\n",
    ],
)
def test_a_file_is_read_however_it_was_saved(file: str) -> None:
    assert cells(file.encode()) == [AMELIE]


def test_the_delimiter_comes_from_the_header_alone() -> None:
    semicolons = "name;phone;title\nMartin, Amélie, PH, CCA;06 39 98 00 01;PH\n"
    assert cells(semicolons.encode()) == [{"name": "Martin, Amélie, PH, CCA", "phone": "06 39 98 00 01", "title": "PH"}]
    commas = 'name,phone\n"Amélie; Bruno",06 39 98 00 01\n'
    assert cells(commas.encode())[0]["name"] == "Amélie; Bruno"


def test_a_missing_optional_column_is_not_an_empty_one() -> None:
    lines, _ = rows(b"name,phone,title\nAmelie,0639980001\n")
    assert lines[0].has("title")
    assert not lines[0].has("email")
    assert lines[0]["title"] == lines[0]["email"] == ""


def test_a_cell_of_several_things_names_each_once() -> None:
    line = Line(2, {"wards": " cardio; medecine ;;cardio"})
    assert line.items("wards") == ("cardio", "medecine")


def test_the_line_is_the_one_the_editor_shows() -> None:
    lines, _ = rows('name,phone\n"Amélie\nMartin",0639980001\n\nBruno,0639980002\n'.encode())
    assert [(line.number, line["name"]) for line in lines] == [(2, "Amélie Martin"), (5, "Bruno")]


@pytest.mark.parametrize(
    ("data", "line", "why"),
    [
        (b"", 1, "the file is empty"),
        (b"\n \n", 1, "the file is empty"),
        (b"name\nAmelie\n", 1, "missing column: phone"),
        (b"Amelie,0639980001\n", 1, "missing column: name, phone"),
        (b"name,phone,Name\nAmelie,0639980001,Amelie\n", 1, "column given twice: name"),
        ("name,phone\nBruno,0639980002\nAmélie,0639980001\n".encode("latin-1"), 3, "not UTF-8"),
        ("name,phone\n".encode("utf-16"), 1, "not UTF-8"),
        (b'name,phone\n"Amelie,0639980001\n', 2, "not readable as CSV"),
        (b'name,phone\n"Ame"lie,0639980001\n', 2, "not readable as CSV"),
        (b"name,phone\nAmelie,0639980001,PH\n", 2, "more cells than the header"),
        (b"name,phone\nAmelie\n", 2, "phone is empty"),
        (b"name,phone\n,0639980001\n", 2, "name is empty"),
        (b"name,phone\nAmelie, ; ;\n", 2, "phone is empty"),
        (b"name,phone\nAme\x00lie,0639980001\n", 2, "unreadable character in name"),
        (b"name,phone\n" + b"x" * 200_000 + b",0639980001\n", 2, "not readable as CSV"),
    ],
)
def test_a_file_that_is_none_says_why(data: bytes, line: int, why: str) -> None:
    _, findings = rows(data)
    assert [error.line for error in findings.errors] == [line]
    assert why in findings.errors[0].reason


def test_an_unknown_column_is_told_and_not_read() -> None:
    lines, findings = rows(b"name,phone,remark\nAmelie,0639980001,on leave\n")
    assert findings.errors == []
    assert findings.warnings == [RowError(1, "unknown column, not read: remark")]
    assert not lines[0].has("remark")


def test_wrong_rows_are_listed_in_the_order_of_the_file_each_once() -> None:
    findings = Findings()
    findings.error(7, "empty", column="phone")
    findings.error(3, "empty", column="name")
    findings.error(7, "empty", column="phone")
    report = findings.refusal()
    assert not report.ok
    assert [str(error) for error in report.errors] == ["line 3: name is empty", "line 7: phone is empty"]
    assert str(RowError(0, "--replace: no such time")) == "--replace: no such time"
    assert Report(created=1).ok


def test_a_row_is_told_in_the_reader_s_language() -> None:
    findings = Findings()
    findings.error(7, "empty", column="phone")
    (error,) = findings.errors
    assert str(error) == "line 7: phone is empty"
    assert error.words("fr") == "phone est vide"


def test_every_reason_a_number_is_refused_for_can_be_said_of_a_row_and_of_a_field() -> None:
    for code in numbers.REASONS:
        assert f"imports.number_{code}" in texts.keys("imports")
        assert f"directories.fault_number_{code}" in texts.keys("directories")
    for code in opening.REASONS:
        assert f"imports.opening_{code}" in texts.keys("imports")
        assert f"directories.fault_opening_{code}" in texts.keys("directories")
