"""Bodies of billing systems, and the mappings that look into them."""

from __future__ import annotations

from typing import Any

import pytest

from batua.integrations.amounts import EligibleAmountPolicy, PayloadError
from batua.integrations.documents import parse_document
from batua.integrations.mappings import PRESETS, FieldMapping, MappingRefused, check_expressions
from batua.integrations.pos import MAX_RECORDS, read_sales

VOUCHER = """<VOUCHER REMOTEID="r-1" VCHTYPE="Sales GST"><GUID>{guid}</GUID><VOUCHERNUMBER>{number}</VOUCHERNUMBER>
<VOUCHERTYPENAME>{kind}</VOUCHERTYPENAME><ALTERID> {alter}</ALTERID><PARTYLEDGERNAME>Asha &amp; Co</PARTYLEDGERNAME>
<PARTYMOBILE>98765 43210</PARTYMOBILE><CLASSNAME>&#4; Not Applicable</CLASSNAME>
<ALLLEDGERENTRIES.LIST><LEDGERNAME>Asha &amp; Co</LEDGERNAME><ISPARTYLEDGER>Yes</ISPARTYLEDGER>
<AMOUNT>-{amount}</AMOUNT></ALLLEDGERENTRIES.LIST>
<ALLLEDGERENTRIES.LIST><LEDGERNAME>Sales</LEDGERNAME><ISPARTYLEDGER>No</ISPARTYLEDGER>
<AMOUNT>{amount}</AMOUNT></ALLLEDGERENTRIES.LIST>
</VOUCHER>"""


def tally(*vouchers: str) -> str:
    messages = "".join(f'<TALLYMESSAGE xmlns:UDF="TallyUDF">{each}</TALLYMESSAGE>' for each in vouchers)
    return (
        "<ENVELOPE><HEADER><TALLYREQUEST>Import Data</TALLYREQUEST></HEADER><BODY><IMPORTDATA><REQUESTDESC/>"
        f"<REQUESTDATA>{messages}</REQUESTDATA></IMPORTDATA></BODY></ENVELOPE>"
    )


def voucher(
    guid: str = "g-1", number: str = "12", kind: str = "Sales", alter: int = 42, amount: str = "1180.00"
) -> str:
    return VOUCHER.format(guid=guid, number=number, kind=kind, alter=alter, amount=amount)


def sales(content: Any, base: str = "generic", **own: str) -> list[tuple[Any, ...]]:
    said = read_sales(content, FieldMapping(base, own), EligibleAmountPolicy(), 7)
    return [(each.order, each.state and each.state.bill, each.state and each.state.paid, each.phones) for each in said]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_tallys_export_is_read(encoding: str) -> None:
    content = parse_document(tally(voucher()).encode(encoding), "application/octet-stream")
    assert sales(content, "tally") == [("g-1", 118_000, True, ("98765 43210",))]


def test_of_an_export_only_sales_vouchers_are_sales() -> None:
    text = tally(voucher(), voucher("g-2", "13"), voucher("g-3", "14", "Purchase"))
    kinds = sales(parse_document(text.encode(), "text/xml"), "tally")
    assert [(order, paid) for order, _, paid, _ in kinds] == [("g-1", True), ("g-2", True), ("g-3", None)]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><x/>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        "<x>&undefined;</x>",
        "<x>",
        "<x></y>",
        '<?xml version="1.0" encoding="no-such"?><x/>',
        "<a>" * 80 + "</a>" * 80,
    ],
)
def test_xml_with_entities_or_faults_is_unreadable(text: str) -> None:
    with pytest.raises(PayloadError):
        parse_document(text.encode(), "application/xml")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b'{"a": NaN}', b"[" * 100_000])
def test_what_is_no_document_is_unreadable(body: bytes) -> None:
    with pytest.raises(PayloadError):
        parse_document(body, "application/json")


def test_a_form_is_read_and_so_is_json_inside_one() -> None:
    media = "application/x-www-form-urlencoded; charset=utf-8"
    assert parse_document(b"a=1&b=x+y&a=2", media) == {"a": ["1", "2"], "b": "x y"}
    for name in (b"payload", b"data", b"JSONString"):
        assert parse_document(name + b"=%7B%22a%22%3A+1%7D", media) == {"a": 1}
    assert parse_document(b'{"a": 1}', media) == {"a": 1}


@pytest.mark.parametrize(
    ("base", "content"),
    [
        ("generic", {"invoice_no": "B-1", "total": "450", "mobile": "98765 43210", "payment_status": "Paid"}),
        ("generic", {"orders": [{"id": "B-1", "amount": 450, "customer": {"phone": "98765 43210"}}]}),
        ("vyapar", {"Invoice No": "B-1", "Total Amount": "450.00", "Party Phone No.": "98765 43210", "status": "Sale"}),
        ("vyapar", {"transactions": [{"txn_id": "B-1", "total_amount": 450, "party": {"phone": "98765 43210"}}]}),
        ("khatabook", {"bills": [{"bill_id": "B-1", "bill_amount": "450", "customer_phone": "98765 43210"}]}),
        ("khatabook", {"Bill Number": "B-1", "Amount": "₹450", "Customer Mobile": "98765 43210", "Status": "paid"}),
    ],
)
def test_ready_mappings_read_what_their_systems_send(base: str, content: Any) -> None:
    assert sales(content, base) == [("B-1", 45_000, True, ("98765 43210",))]


@pytest.mark.parametrize(("word", "paid"), [("paid", True), ("SALE", True), ("unpaid", False), ("cancelled", False)])
def test_the_status_tells_whether_a_sale_counts(word: str, paid: bool) -> None:
    assert sales({"id": 1, "amount": 10, "status": word})[0][2] is paid


def test_a_refund_that_names_its_sale_is_taken_off_that() -> None:
    (said,) = read_sales({"id": "C-1", "amount": "40", "refund_of": "B-1"}, FieldMapping(), EligibleAmountPolicy(), 7)
    assert (said.order, said.state, said.refunds) == ("B-1", None, {"C-1": 4_000})


@pytest.mark.parametrize(
    "content",
    [
        *([], {}, {"id": 1}, {"amount": 5}, "text", {"id": 1, "amount": "much"}),
        {"id": 1, "amount": 5, "version": "soon"},
        {"records": [{"id": n, "amount": 1} for n in range(MAX_RECORDS + 1)]},
    ],
)
def test_what_holds_no_sale_is_unreadable(content: Any) -> None:
    with pytest.raises(PayloadError):
        read_sales(content, FieldMapping(), EligibleAmountPolicy(), 7)


def test_every_ready_mapping_can_be_used() -> None:
    for base in PRESETS:
        assert check_expressions(PRESETS[base]) == PRESETS[base]


@pytest.mark.parametrize(
    "own",
    [
        {"order": "a["},
        {"x": "a"},
        {"order": ""},
        {"amount": "nosuch(@)"},
        {"phone": "a" * 2000},
        {"amount": "length(@, @)"},
    ],
)
def test_an_expression_that_cannot_be_used_is_refused(own: dict[str, str]) -> None:
    with pytest.raises(MappingRefused):
        check_expressions(own)


def test_an_expression_that_does_not_fit_finds_nothing() -> None:
    assert FieldMapping(own={"phone": "sum(phone)"}).extract("phone", {"phone": "x"}) is None


BOMBS = {
    "doubles at every step": "[@,@][]|" * 18 + "@",
    "doubles by an object": "{a: @, b: @}",
    "maps": "map(&[@, @], @)",
    "joins": "join(to_string(@), x)",
    "calls too often": " || ".join(["to_string(@)"] * 21),
    "has too many parts": "|".join("a" * 201),
    "is too long": "a" * 1025,
    "is nested": "[" * 600,
}


@pytest.mark.parametrize("expression", BOMBS.values(), ids=BOMBS)
def test_an_expression_that_could_yield_more_than_it_looks_at_is_refused(expression: str) -> None:
    with pytest.raises(MappingRefused, match="order"):
        check_expressions({"order": expression})


@pytest.mark.parametrize("expression", list(BOMBS.values())[:7], ids=list(BOMBS)[:7])
def test_one_that_was_stored_before_makes_its_document_unreadable_and_costs_nothing(expression: str) -> None:
    mapping = FieldMapping("generic", {"order": expression})
    with pytest.raises(PayloadError, match="the mapping of order can't be used"):
        mapping.extract("order", {"x": ["y"] * 1000})


def test_what_mappings_need_they_may_use() -> None:
    for expression in ("a.b[0].c || d", "items[?kind == 'sale'].total | [0]", "sum(lines[].amount)", "*.id | [0]"):
        assert check_expressions({"order": expression})
