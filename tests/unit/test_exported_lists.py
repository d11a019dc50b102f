"""Lists that billing systems export as text: where the headings are, what separates the cells, how they are encoded."""

from __future__ import annotations

import pytest

from batua.integrations.amounts import PayloadError
from batua.integrations.mappings import FieldMapping, MappingRefused, check_expressions, column_expressions
from batua.integrations.tables import read_exported_list

ROWS = ["Date,Bill No,Amount", "28-11-2026,17,100", "28-11-2026,18,200"]


@pytest.mark.parametrize("mark", list(",;\t|"))
@pytest.mark.parametrize("title", [[], ["Kaveri Stores"], ["Kaveri Stores", "", "From 1, 2 and 3"]])
def test_the_headings_are_found_below_titles_and_between_any_separators(mark: str, title: list[str]) -> None:
    text = "\r\n".join([*title, *(row.replace(",", mark) for row in ROWS)])
    records = read_exported_list(text.encode())["records"]
    assert [record["Bill No"] for record in records] == ["17", "18"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_list_is_read_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    records = read_exported_list("Party,Amount\nCafé,100".encode(encoding))["records"]
    assert records == [{"Party": "Café", "Amount": "100"}]


def test_empty_cells_and_rows_and_repeated_headings_make_nothing_up() -> None:
    records = read_exported_list(b"Bill No,Amount,Amount,\n17,100,999,x\n,,,\n18,,5,\n")["records"]
    assert records == [{"Bill No": "17", "Amount": "100"}, {"Bill No": "18", "Amount": "5"}]


@pytest.mark.parametrize("body", [b"", b"nothing", b"\x00\x01\x02,\x00", b"PK\x03\x04\x00,\x00"])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadError):
        read_exported_list(body)


def test_a_heading_is_an_expression_whatever_is_in_it() -> None:
    heading = 'Total "net" || [0] \\ ₹'
    own = column_expressions({"amount": heading})
    assert FieldMapping("busy", check_expressions(own)).extract("amount", {heading: "5"}) == "5"
    with pytest.raises(MappingRefused):
        column_expressions({"records": "x"})
