"""Tax profiles and invoices over HTTP: who issues which document, its taxes, number, file and payments.

read_tax_profile, save_tax_profile, read_customer_tax_profile, save_customer_tax_profile, create_invoice,
list_invoices, read_invoice, finalize_invoice, download_invoice, mark_invoice_paid.
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import csv
import hashlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests
from pypdf import PdfReader

from tests.api.billing_fixtures import (  # noqa: F401
    BUYER,
    INVOICES,
    PROFILE,
    SUPPLIER,
    created,
    fault,
    line,
    numbered,
    open_shop,
    profile_saved,
    seller,
    wanted,
)
from tests.api.conftest import Client
from tests.api.gateway_parties import BASE, charge, transaction
from tests.api.shops import Open
from tests.api.signed_in import fund


def test_a_tenant_without_a_profile_issues_receipts(open_shop: Open) -> None:
    admin = open_shop().user("tenant_admin")
    shown = admin.get(PROFILE).json()["data"]
    assert (shown["documents"], shown["version"], shown["gstin"]) == ("Receipt", 0, None)
    data = created(admin, line(rate=0))
    assert (data["title"], data["number"]) == ("Receipt", numbered("RCT", 1))
    assert data["totals"]["payable"] == 1000
    refused = admin.post(INVOICES, wanted(line(rate=18)))
    assert refused.json()["errors"] == {"lines.0.gst_rate": ["must be 0: a supplier without a GSTIN cannot charge GST"]}


def test_a_saved_profile_makes_the_documents_tax_invoices(seller: Client) -> None:
    shown = seller.get(PROFILE).json()["data"]
    assert (shown["documents"], shown["state"], shown["pan"]) == ("Tax Invoice", "29", "AAGCB7383J")
    assert (shown["missing"], shown["version"]) == ([], 1)
    profile_saved(seller, registration="composition")
    assert seller.get(PROFILE).json()["data"]["documents"] == "Bill of Supply"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gstin", "29AAGCB7383J1Z5"),
        ("gstin", "ABC"),
        ("state", "27"),
        ("pan", "X"),
        ("upi", "nobody"),
        ("colour", "red"),
        ("email", "x"),
        ("phone", "98"),
        ("pin_code", "12"),
        ("country", "US"),
        ("default_hsn_or_sac", "99"),
    ],
)
def test_a_profile_names_each_field_that_is_wrong(seller: Client, field: str, value: str) -> None:
    refused = seller.put(PROFILE, {**SUPPLIER, field: value})
    assert refused.status_code == 400, refused.text
    assert field in refused.json()["errors"]
    assert seller.get(PROFILE).json()["data"]["version"] == 1


def test_a_profile_that_was_changed_meanwhile_is_not_overwritten(seller: Client) -> None:
    assert fault(seller.put(PROFILE, {**SUPPLIER, "version": 0})) == (409, "version_conflict")
    assert seller.put(PROFILE, {**SUPPLIER, "version": 1}).json()["data"]["version"] == 2


def test_where_customers_pay_is_changed_with_a_fresh_proof_alone(open_shop: Open) -> None:
    admin = open_shop().user("tenant_admin")
    headers = {name: value for name, value in admin.headers.items() if name != "X-Reauthentication"}
    assert fault(Client(admin.url, headers).put(PROFILE, SUPPLIER)) == (403, "reauthentication_required")


def test_a_customers_profile_goes_onto_its_invoices(seller: Client) -> None:
    path = "/api/v1/billing/customers/CUST%2D7%20%C3%A9/tax-profile"
    assert seller.get(path).json()["data"]["version"] == 0
    saved = seller.put(path, BUYER)
    assert saved.status_code == 200, saved.text
    assert saved.json()["data"]["customer_id"] == "CUST-7 é"
    answer = seller.post(INVOICES, {"customer_id": "CUST-7 é", "lines": [line()], "finalize": True}).json()["data"]
    assert answer["recipient"]["gstin"] == BUYER["gstin"]


def test_the_gateways_invoices_take_both_profiles(open_shop: Open) -> None:
    shop = open_shop()
    admin, headers = shop.user("tenant_admin"), {"X-Tenant-Id": shop.tenant.id}
    profile_saved(admin)
    assert admin.put("/api/v1/billing/customers/buyer-1/tax-profile", BUYER).status_code == 200
    fund(shop.tenant.id, "live", "1000.00")
    taxes = [{"head": "Base", "amount": 200}, {"head": "CGST", "amount": 18}, {"head": "SGST", "amount": 18}]
    body = transaction(charge(236, breakup=taxes, chargedAt="2026-01-10"), customer="buyer-1")
    posted = shop.live.post(f"{BASE}/create-transaction", body, headers=headers)
    assert posted.ok, posted.text
    body = {
        "templateName": "B2BInvoice",
        "productId": "SMLPYOG",
        "buyerCustomerId": "buyer-1",
        "sellerCustomerId": "seller-1",
        "startDate": "2026-01-01",
        "endDate": "2026-01-31",
    }
    answer = shop.live.post(f"{BASE}/generate-invoice", body, headers=headers)
    data = answer.json()["data"]
    assert (data["title"], data["invoiceNumber"]) == ("Tax Invoice", numbered("INV", 1)), answer.text
    text = printed(data["pdfUrl"])
    assert SUPPLIER["gstin"] in text
    assert BUYER["gstin"] in text
    # Both families take their numbers from one series.
    assert created(admin)["number"] == numbered("INV", 2)


def printed(url: str) -> str:
    """The text of the file behind a link."""
    content = requests.get(url, timeout=30).content
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_an_invoice_in_state_has_cgst_and_sgst_by_line(seller: Client) -> None:
    data = created(seller, line("1000.00"), line("33.33", 5, quantity=3, discount="1.00"))
    # By hand: 9 % of 1000 = 90, twice; 3 x 33.33 = 99.99 - 1 = 98.99, 2.5 % = 2.47 (2.47475), twice.
    first, second = data["lines"]
    assert (first["taxable_value"], first["cgst"], first["sgst"], first["total"]) == (1000, 90, 90, 1180)
    assert (second["taxable_value"], second["cgst"], second["sgst"]) == (98.99, 2.47, 2.47)
    totals = data["totals"]
    # 1098.99 + 2 x 92.47 = 1283.93, rounded to 1284.
    assert (totals["taxable_value"], totals["cgst"], totals["round_off"]) == (1098.99, 92.47, 0.07)
    assert totals["payable"] == data["outstanding"] == 1284
    assert data["place_of_supply"]["name"] == "Karnataka (29)"
    assert (data["status"], data["title"]) == ("open", "Tax Invoice")
    assert data["amount_in_words"] == "One thousand two hundred and eighty-four rupees only"


def test_a_draft_has_no_number_and_no_file_until_it_is_finalized(seller: Client) -> None:
    draft = created(seller, finalize=False)
    path = f"{INVOICES}/{draft['id']}"
    assert (draft["status"], draft["number"], draft["issued_on"]) == ("draft", None, None)
    assert fault(seller.get(f"{path}/download")) == (409, "invoice_state")
    assert fault(seller.post(f"{path}/mark-paid", {"method": "cash", "reference": "1"})) == (409, "invoice_state")
    done = seller.post(f"{path}/finalize").json()["data"]
    assert (done["status"], done["number"]) == ("open", numbered("INV", 1))
    assert seller.post(f"{path}/finalize").json()["data"] == done
    assert seller.get(f"{INVOICES}/{done['number'].replace('/', '-')}").json()["data"]["id"] == draft["id"]


def test_what_a_valid_document_lacks_is_refused_by_name_and_takes_no_number(seller: Client) -> None:
    bare = {"legal_name": "Anand Foods", "gstin": BUYER["gstin"]}
    refused = seller.post(INVOICES, wanted(customer=bare, reference="A"))
    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == ["customer.address"]
    assert created(seller)["number"] == numbered("INV", 1)
    wrong = seller.post(INVOICES, wanted(line(rate=17), line(discount="2000"), line(hsn_or_sac="12"))).json()["errors"]
    assert set(wrong) == {"lines.0.gst_rate", "lines.1.discount", "lines.2.hsn_or_sac"}
    late = seller.post(INVOICES, wanted(due_date="2020-01-01"))
    assert list(late.json()["errors"]) == ["due_date"]
    assert list(seller.post(INVOICES, wanted(due_date="soon")).json()["errors"]) == ["due_date"]
    assert list(seller.post(INVOICES, wanted(line("1.001"))).json()["errors"]) == ["lines.0.unit_price"]


def test_the_same_request_makes_one_invoice_and_another_under_its_key_is_refused(seller: Client) -> None:
    body, barrier = wanted(reference="PO-1"), threading.Barrier(6)

    def send(_: int) -> Any:
        barrier.wait()
        return seller.post(INVOICES, body)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert {answer.json()["data"]["number"] for answer in answers} == {numbered("INV", 1)}
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert fault(seller.post(INVOICES, wanted(line("2.00"), reference="PO-1"))) == (422, "idempotency_key_reused")


def test_numbers_are_consecutive_when_many_are_made_at_once(seller: Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(lambda _: created(seller)["number"], range(16)))
    assert numbers == [numbered("INV", number) for number in range(1, 17)]


def test_the_file_never_changes_and_its_tag_answers_304(seller: Client) -> None:
    data = created(seller, line("123456.78", description="नमस्ते வணக்கம் ₹"))
    path = f"{INVOICES}/{data['id']}/download"
    answer = seller.get(path)
    link = answer.json()["data"]
    content = requests.get(link["url"], timeout=30).content
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (link["sha256"], link["size"])
    text = printed(link["url"])
    for said in (data["number"], SUPPLIER["gstin"], BUYER["gstin"], "1,23,456.78", "Karnataka (29)"):
        assert said in text
    tag = answer.headers["ETag"]
    again = seller.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    pay(seller, data, reference="UTR-1")
    profile_saved(seller, legal_name="Another Name")
    assert seller.get(path, headers={"If-None-Match": tag}).status_code == 304


def pay(seller: Client, data: dict[str, Any], **more: Any) -> Any:
    return seller.post(f"{INVOICES}/{data['id']}/mark-paid", {"method": "bank_transfer", **more})


def test_payments_add_up_and_one_reference_counts_once(seller: Client) -> None:
    data = created(seller)
    part = pay(seller, data, amount="180.00", reference="UTR-1").json()["data"]
    assert (part["status"], part["paid"], part["outstanding"]) == ("open", 180, 1000)
    again = pay(seller, data, amount="180.00", reference="UTR-1")
    assert (again.headers["Idempotency-Replayed"], again.json()["data"]["paid"]) == ("true", 180)
    assert fault(pay(seller, data, amount="181.00", reference="UTR-1")) == (422, "idempotency_key_reused")
    whole = pay(seller, data, reference="UTR-2").json()["data"]
    assert (whole["status"], whole["outstanding"], len(whole["payments"])) == ("paid", 0, 2)
    assert fault(pay(seller, data, reference="UTR-3")) == (409, "invoice_state")
    assert pay(seller, data, amount="1.00", reference="U", paid_on="2999-01-01").json()["errors"].keys() == {"paid_on"}


def test_what_is_paid_too_much_is_credit_that_pays_another_invoice_once(seller: Client) -> None:
    first, second = created(seller), created(seller)
    over = pay(seller, first, amount="1500.00", reference="UTR-1").json()["data"]
    assert (over["status"], over["overpaid"]) == ("paid", 320)
    drawn = pay(seller, second, amount="320.00", method="customer_credit", reference="C-1").json()["data"]
    assert drawn["outstanding"] == 860
    more = pay(seller, second, amount="0.01", method="customer_credit", reference="C-2")
    assert fault(more) == (409, "customer_credit_too_small")


def test_payments_at_once_are_all_counted(seller: Client) -> None:
    data = created(seller)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: pay(seller, data, amount="10.00", reference=f"U{n}"), range(6)))
    assert seller.get(f"{INVOICES}/{data['id']}").json()["data"]["paid"] == 60


def test_lists_filter_page_and_export(seller: Client) -> None:
    made = [created(seller, product=product) for product in ("A", "B", "A")]
    created(seller, finalize=False)
    pay(seller, made[0], reference="U")
    assert [each["product"] for each in seller.get(f"{INVOICES}?product=A").json()["data"]] == ["A", "A"]
    assert [each["id"] for each in seller.get(f"{INVOICES}?status=paid").json()["data"]] == [made[0]["id"]]
    assert len(seller.get(f"{INVOICES}?status=draft").json()["data"]) == 1
    assert seller.get(f"{INVOICES}?number={made[1]['number']}").json()["data"][0]["id"] == made[1]["id"]
    seen: list[str] = []
    answer = seller.get(f"{INVOICES}?limit=3").json()
    seen += [each["id"] for each in answer["data"]]
    rest = seller.get(f"{INVOICES}?limit=3&cursor={answer['meta']['next_cursor']}").json()
    seen += [each["id"] for each in rest["data"]]
    assert (len(seen), len(set(seen)), rest["meta"]["next_cursor"]) == (4, 4, None)
    assert fault(seller.get(f"{INVOICES}?limit=2&product=A&cursor={answer['meta']['next_cursor']}")) == (
        400,
        "invalid_cursor",
    )
    rows = list(csv.DictReader(io.StringIO(seller.get(f"{INVOICES}?kind=tax_invoice&format=csv&status=open").text)))
    assert [Decimal(row["total"]) for row in rows] == [1180, 1180]
    assert {row["cgst"] for row in rows} == {"90.00"}
    assert seller.get(f"{INVOICES}?limit=101").json()["errors"].keys() == {"limit"}
    assert seller.get(f"{INVOICES}?from=2026-02-01&to=2026-01-01").json()["errors"].keys() == {"to"}


def test_another_tenant_and_a_role_without_the_right_get_nowhere(seller: Client, open_shop: Open) -> None:
    data, other = created(seller), open_shop().user("tenant_admin")
    path = f"{INVOICES}/{data['id']}"
    assert fault(other.get(path)) == (404, "invoice_not_found")
    assert fault(other.get(f"{path}/download")) == (404, "invoice_not_found")
    assert fault(other.post(f"{path}/finalize")) == (404, "invoice_not_found")
    assert fault(pay(other, data, reference="U")) == (404, "invoice_not_found")
    assert other.get(INVOICES).json()["data"] == []
    viewer = open_shop().user("viewer")
    assert viewer.get(INVOICES).status_code == 200
    assert fault(viewer.post(INVOICES, wanted())) == (403, "forbidden")
    assert fault(pay(viewer, data, reference="U")) == (403, "forbidden")


def test_the_sandbox_has_books_and_numbers_of_its_own(open_shop: Open) -> None:
    shop = open_shop()
    tested = shop.user("tenant_admin", "test")
    answer = tested.post(INVOICES, wanted(line(rate=0)))
    assert answer.json()["data"]["number"] == numbered("TST", 1)
    assert shop.user("tenant_admin").get(INVOICES).json()["data"] == []


def test_a_draft_is_replaced_and_deleted_and_an_invoice_is_not(seller: Client) -> None:
    """update_invoice, delete_invoice"""
    draft = created(seller, finalize=False)
    path = f"{INVOICES}/{draft['id']}"
    body = {name: value for name, value in wanted(line("2000.00")).items() if name != "finalize"}
    changed = seller.put(path, {**body, "version": draft["version"], "notes": "As agreed"}).json()["data"]
    assert (changed["id"], changed["total"], changed["notes"], changed["status"]) == (
        draft["id"],
        2360,
        "As agreed",
        "draft",
    )
    assert fault(seller.put(path, {**body, "version": draft["version"]})) == (409, "version_conflict")
    assert seller.put(path, {**body, "lines": []}).json()["errors"].keys() == {"lines"}
    assert [each["total"] for each in seller.get(f"{INVOICES}?status=draft").json()["data"]] == [2360]
    assert seller.call("DELETE", path).json()["data"] == {"id": draft["id"], "deleted": True}
    assert fault(seller.call("DELETE", path)) == (404, "invoice_not_found")
    assert fault(seller.put(path, body)) == (404, "invoice_not_found")
    issued = created(seller)
    path = f"{INVOICES}/{issued['id']}"
    assert fault(seller.put(path, body)) == (409, "invoice_state")
    assert fault(seller.call("DELETE", path)) == (409, "invoice_state")
    assert seller.get(path).json()["data"]["version"] == issued["version"]


def test_a_draft_of_another_tenant_is_out_of_reach(seller: Client, open_shop: Open) -> None:
    draft, stranger = created(seller, finalize=False), open_shop().user("tenant_admin")
    path = f"{INVOICES}/{draft['id']}"
    assert fault(stranger.call("DELETE", path)) == (404, "invoice_not_found")
    assert fault(stranger.put(path, {"customer": BUYER, "lines": [line()]})) == (404, "invoice_not_found")
    assert seller.get(path).status_code == 200
