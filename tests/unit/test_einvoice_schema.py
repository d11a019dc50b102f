"""Every document that is reported to an IRP against the schema that NIC publishes for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from batua.billing.document import Document
from batua.billing.einvoice import EInvoiceError, einvoice_content
from batua.billing.lines import InvoiceItem
from batua.billing.supply import Party
from tests.unit.billing_documents import BUYERS, document
from tests.unit.billing_situations import SITUATIONS, drawn
from tests.unit.einvoice_schema import SCHEMA, misfits

REPORTED = [name for name, each in SITUATIONS.items() if name not in ("consumer", "composition")]


@pytest.mark.parametrize("name", REPORTED)
def test_each_situation_that_is_reported_fits_the_published_schema(name: str) -> None:
    situation = SITUATIONS[name]
    places = {"pin_code": "560001"} if situation.recipient.country == "IN" else {}
    content = einvoice_content(drawn(replace(situation, recipient=replace(situation.recipient, **places))))
    assert not misfits(content)


def test_the_schema_refuses_what_an_irp_refuses() -> None:
    """So that the tests here can fail at all."""
    good = einvoice_content(document("tax_invoice", 1, BUYERS[1], [InvoiceItem("Fee", "998313", 100_00, 1800)]))
    assert not misfits(good)
    Draft7Validator.check_schema(SCHEMA)
    bad = {
        "TranDtls": {**good["TranDtls"], "SupTyp": "B2C"},
        "DocDtls": {**good["DocDtls"], "No": "0001"},
        "SellerDtls": {**good["SellerDtls"], "LglNm": 'Sharma "Traders"'},
        "BuyerDtls": {name: value for name, value in good["BuyerDtls"].items() if name != "Pos"},
        "ItemList": [{**good["ItemList"][0], "HsnCd": "99831"}],
        "ValDtls": {**good["ValDtls"], "Total": 1},
    }
    for part, content in bad.items():
        assert misfits({**good, part: content}), part


NAMED = st.sampled_from(
    [
        "Sharma Traders",
        'The "Real" Foods',
        "3M",
        "O",
        "शर्मा ट्रेडिंग",
        "a\\b",
        "x" * 130,
        '"' * 51,
        "<Ravi & Sons>",
        "தமிழ்",
    ]
)
TEXTS = NAMED | st.just("")
RECIPIENTS = st.builds(
    lambda party, name, trade, address, city, email, phone: replace(
        party, legal_name=name, trade_name=trade, address=tuple(address), city=city, email=email, phone=phone
    ),
    st.sampled_from([buyer for buyer in BUYERS if buyer.registration != "unregistered"]),
    NAMED,
    st.none() | TEXTS,
    st.lists(NAMED, min_size=1, max_size=4),
    NAMED,
    st.none() | st.sampled_from(["a@b", "o'neil@example.com", "accounts@sharma.example", "é@example.com"]),
    st.none() | st.sampled_from(["+12", "+919876543210", "+123456789012345"]),
)
ITEMS = st.builds(
    InvoiceItem,
    NAMED,
    st.sampled_from(["998313", "3401", "34011190", "340111", "0000", "00000000"]),
    st.integers(0, 10**11),
    st.sampled_from([0, 500, 1800]),
    st.integers(1, 10**7),
    st.sampled_from(["OTH", "NOS", "KGS", "KG", "M2", "PCS-1", "LITRESXX"]),
    inclusive=st.booleans(),
)


def outcome(made: Document) -> tuple[dict[str, Any] | None, str]:
    """The content, or why there is none."""
    try:
        return einvoice_content(made), ""
    except EInvoiceError as refusal:
        return None, str(refusal)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RECIPIENTS, st.lists(ITEMS, min_size=1, max_size=5), st.sampled_from(["tax_invoice", "credit_note"]), st.data())
def test_a_document_fits_the_published_schema_or_is_refused_by_the_name_of_the_field(
    recipient: Party, items: list[InvoiceItem], kind: Any, data: st.DataObject
) -> None:
    made: Document = document(
        kind, data.draw(st.integers(1, 99)), recipient, items, round_off=data.draw(st.booleans()), reverse=False
    )
    content, refusal = outcome(made)
    if content is None:
        assert any(field in refusal for field in ("LglNm", "Loc", "Unit", "HsnCd", "Amt", "Val", "Addr1")), refusal
        assert "pattern" not in refusal
    else:
        assert not misfits(content)
