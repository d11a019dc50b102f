"""ReadGatewayEinvoice: e-invoices of charges as the schema has them, and refusals that name the line or the field."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.billing_fixtures import BUYER, PROFILE, SUPPLIER, open_shop  # noqa: F401
from tests.api.conftest import Client
from tests.api.gateway_parties import BASE, charge, fresh, transaction
from tests.api.shops import Open
from tests.api.signed_in import fund
from tests.unit.einvoice_schema import misfits

IN_STATE = [{"head": "Base", "amount": "200.00"}, {"head": "CGST", "amount": 18}, {"head": "SGST", "amount": 18}]
SMALL = [{"head": "Base", "amount": "1.03"}, {"head": "CGST", "amount": "0.10"}, {"head": "SGST", "amount": "0.09"}]
PERIOD = {"startDate": "2026-01-01", "endDate": "2026-03-31"}


@pytest.fixture
def supplier(open_shop: Open) -> Client:
    """A registered tenant that charges its buyers: one in its state, one in an SEZ, one abroad."""
    shop = open_shop()
    admin = shop.user("tenant_admin", "test")
    assert admin.put(PROFILE, SUPPLIER).status_code == 200
    sez = {**BUYER, "registration": "sez"}
    abroad = {"legal_name": "Lanka Foods", "registration": "overseas", "country": "LK", "address": ["1 Galle Road"]}
    bare = {name: BUYER[name] for name in ("legal_name", "gstin", "address")}
    for name, party in {"anand": BUYER, "zone": sez, "lanka": {**abroad, "city": "Colombo"}, "bare": bare}.items():
        saved = admin.put(f"/api/v1/billing/customers/{name}/tax-profile", party)
        assert saved.status_code == 200, saved.text
    fund(shop.tenant.id, "test", "100000.00")
    return Client(shop.test.url, {**shop.test.headers, "X-Tenant-Id": shop.tenant.id})


def charged(key: Client, buyer: str, amount: Any, breakup: list[dict[str, Any]], **more: Any) -> None:
    row = charge(amount, breakup=breakup, chargedAt="2026-01-10", **more)
    answer = key.post(f"{BASE}/create-transaction", transaction(row, customer=buyer))
    assert answer.ok, answer.text


def generated(key: Client, buyer: str, **more: str) -> dict[str, Any]:
    body = {"templateName": "B2BInvoice", "productId": "P", "buyerCustomerId": buyer, "sellerCustomerId": "S"}
    answer = key.post(f"{BASE}/generate-invoice", {**body, **PERIOD, **more})
    assert answer.ok, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def reported(key: Client, document: dict[str, Any]) -> Any:
    number = document["invoiceNumber"].replace("/", "-")
    answer = key.get(f"{BASE}/invoices/{number}/e-invoice")
    if answer.status_code != 200:
        return answer.status_code, answer.json()["code"], answer.json()["message"]
    assert answer.headers["content-disposition"] == f'attachment; filename="{number}.json"'
    (content,) = json.loads(answer.text)
    assert not misfits(content)
    return content


def test_the_e_invoice_of_charges_fits_the_published_schema(supplier: Client) -> None:
    charged(supplier, "anand", 236, IN_STATE)
    charged(supplier, "anand", "1.22", SMALL, hsnOrSac="998314")
    content = reported(supplier, generated(supplier, "anand"))
    assert content["TranDtls"]["SupTyp"] == "B2B"
    assert content["DocDtls"]["Typ"] == "INV"
    assert (content["SellerDtls"]["Gstin"], content["BuyerDtls"]["Gstin"]) == (SUPPLIER["gstin"], BUYER["gstin"])
    by_code = {item["HsnCd"]: item for item in content["ItemList"]}
    assert {name: by_code["996511"][name] for name in ("AssAmt", "GstRt", "CgstAmt", "SgstAmt", "TotItemVal")} == {
        "AssAmt": 200, "GstRt": 18, "CgstAmt": 18, "SgstAmt": 18, "TotItemVal": 236
    }  # fmt: skip
    assert by_code["998314"]["GstRt"] == 18  # 19 paise on 103: the rounding, not a rate of 18.45
    assert content["ValDtls"]["TotInvVal"] == 237.22


def test_a_credit_note_names_each_invoice_that_it_corrects_with_its_day(supplier: Client) -> None:
    charged(supplier, "anand", 236, IN_STATE)
    first = generated(supplier, "anand")
    back = charge(236, "Refund", "credit", breakup=IN_STATE, chargedAt="2026-05-02")
    spent = transaction(charge(236, chargedAt="2026-05-01", isBillable=False), customer="other")
    assert supplier.post(f"{BASE}/create-transaction", spent).ok
    returned = {**transaction(back, customer="anand"), "referenceId": spent["referenceId"]}
    answer = supplier.post(f"{BASE}/create-transaction", {**returned, "entityType": fresh("refund")})
    assert answer.ok, answer.text
    note = generated(supplier, "anand", startDate="2026-05-01", endDate="2026-05-31")
    assert note["documentType"] == "credit_note"
    content = reported(supplier, note)
    assert content["DocDtls"]["Typ"] == "CRN"
    day = "/".join(reversed(first["invoiceDate"].split("-")))
    assert content["RefDtls"]["PrecDocDtls"] == [{"InvNo": first["invoiceNumber"], "InvDt": day}]


def test_a_supply_to_an_sez_on_which_tax_was_charged_is_one_with_payment(supplier: Client) -> None:
    charged(supplier, "zone", 118, [{"head": "Base", "amount": 100}, {"head": "IGST", "amount": 18}])
    assert reported(supplier, generated(supplier, "zone"))["TranDtls"]["SupTyp"] == "SEZWP"


def test_an_export_under_a_letter_of_undertaking_has_no_tax(supplier: Client) -> None:
    charged(supplier, "lanka", 100, [{"head": "Base", "amount": 100}])
    document = generated(supplier, "lanka")
    assert document["title"] == "Tax Invoice"
    assert reported(supplier, document)["TranDtls"]["SupTyp"] == "EXPWOP"


@pytest.mark.parametrize(
    ("breakup", "said"),
    [
        ([{"head": "Base", "amount": 100}, {"head": "IGST", "amount": 18}], "other taxes than CGST and SGST"),
        ([{"head": "Base", "amount": 100}, {"head": "GST", "amount": 18}], "GST without its kind"),
        ([{"head": "Base", "amount": 104}, {"head": "CGST", "amount": 7}, {"head": "SGST", "amount": 7}], "13.46 %"),
    ],
)
def test_taxes_that_an_irp_refuses_are_named_with_their_line(
    supplier: Client, breakup: list[dict[str, Any]], said: str
) -> None:
    charged(supplier, "anand", 118, breakup)
    status, code, message = reported(supplier, generated(supplier, "anand"))
    assert (status, code) == (409, "not_an_einvoice")
    assert "line 1" in message
    assert said in message


def test_what_the_buyers_profile_lacks_is_named(supplier: Client) -> None:
    charged(supplier, "bare", 236, IN_STATE)
    status, code, message = reported(supplier, generated(supplier, "bare"))
    assert (status, code) == (409, "not_an_einvoice")
    assert "BuyerDtls.Pin must be a PIN code of six digits" in message


def test_an_invoice_to_a_consumer_is_no_e_invoice(supplier: Client) -> None:
    charged(supplier, "somebody", 236, IN_STATE)
    document = generated(supplier, "somebody", templateName="B2CInvoice")
    assert reported(supplier, document)[:2] == (409, "not_an_einvoice")


def test_another_tenant_finds_no_document(supplier: Client, open_shop: Open) -> None:
    charged(supplier, "anand", 236, IN_STATE)
    document = generated(supplier, "anand")
    other = open_shop()
    key = Client(other.test.url, {**other.test.headers, "X-Tenant-Id": other.tenant.id})
    assert key.get(f"{BASE}/invoices/{document['invoiceId']}/e-invoice").status_code == 404
