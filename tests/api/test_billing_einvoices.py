"""E-invoices registered and cancelled over HTTP, with a page of ours in place of the tax portal.

read_irp_account, save_irp_account, register_einvoice, cancel_einvoice.
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from pypdf import PdfReader

from batua import clock
from local.host import LocalPlatform
from local.irp import CLIENT, CLIENT_SECRET, PASSWORD, InvoicePortalPage
from local.server import Response
from tests.api.billing_fixtures import INVOICES, created, fault, open_shop, profile_saved, seller  # noqa: F401
from tests.api.conftest import Client
from tests.api.shops import Open

ACCOUNT = "/api/v1/billing/irp-account"
CANCEL = {"reason": "duplicate", "remark": "Ordered twice"}
ADDRESS = {"address": ["4 Brigade Road"], "city": "Bengaluru", "pin_code": "560025"}
CONSUMER = {"legal_name": "Ravi Kumar"}


@pytest.fixture
def portal(platform: LocalPlatform) -> Iterator[InvoicePortalPage]:
    # Numbers are of this test's GSTIN in each of its shops, so the portal must not know those of another test.
    platform.irp.forget()
    yield platform.irp
    platform.irp.misbehave = lambda _, answer: answer
    platform.irp.forget()


def account(portal: InvoicePortalPage, **more: Any) -> dict[str, Any]:
    secrets = {"password": PASSWORD, "client_id": CLIENT, "client_secret": CLIENT_SECRET}
    return {"user_name": "sharma_api", **secrets, "public_key": portal.public_key, **more}


@pytest.fixture
def filer(seller: Client, portal: InvoicePortalPage) -> Client:
    """A seller with an account at the portal."""
    saved = seller.put(ACCOUNT, account(portal))
    assert saved.status_code == 200, saved.text
    return seller


def registered(filer: Client, invoice: dict[str, Any]) -> Any:
    return filer.post(f"{INVOICES}/{invoice['id']}/e-invoice")


def this_month() -> str:
    return clock.month_text(clock.local_month(clock.system(), "Asia/Kolkata"))


def returned(filer: Client) -> dict[str, Any]:
    content: dict[str, Any] = filer.get(f"/api/v1/billing/gstr1?month={this_month()}").json()
    return content


def printed(filer: Client, invoice: dict[str, Any]) -> str:
    answer = filer.get(f"{INVOICES}/{invoice['id']}/download")
    assert answer.status_code == 200, answer.text
    content = requests.get(answer.json()["data"]["url"], timeout=30).content
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_a_b2b_invoice_waits_for_its_irn_and_prints_it(filer: Client) -> None:
    invoice = created(filer)
    assert fault(filer.get(f"{INVOICES}/{invoice['id']}/download")) == (409, "einvoice_not_registered")
    sent = filer.post(f"{INVOICES}/{invoice['id']}/send", {"to": "a@anand.example"})
    assert fault(sent) == (409, "einvoice_not_registered")
    answer = registered(filer, invoice)
    assert answer.status_code == 200, answer.text
    said = answer.json()["data"]["e_invoice"]
    assert (said["status"], len(said["irn"]), said["signed_qr"].count(".")) == ("active", 64, 2)
    text = printed(filer, invoice).replace("\n", "")
    for part in (said["irn"], said["acknowledgement_number"], "Signed by the IRP"):
        assert part in text, part
    assert registered(filer, invoice).json()["message"] == "E-invoice already registered"


def test_a_document_that_is_not_reported_waits_for_nothing(filer: Client, open_shop: Open) -> None:
    consumer = created(filer, customer=CONSUMER)
    assert "Ravi Kumar" in printed(filer, consumer)
    assert fault(registered(filer, consumer)) == (409, "not_an_einvoice")
    draft = created(filer, finalize=False)
    assert fault(registered(filer, draft)) == (409, "invoice_state")


def test_without_an_account_nothing_is_called_and_files_wait_for_nothing(
    seller: Client, portal: InvoicePortalPage
) -> None:
    called = []
    portal.misbehave = lambda name, answer: called.append(name) or answer
    invoice = created(seller)
    assert fault(registered(seller, invoice)) == (409, "irp_not_set_up")
    assert invoice["number"] in printed(seller, invoice)
    assert seller.put(ACCOUNT, account(portal)).json()["data"]["enabled"] is True
    assert called == []
    # A file that was written before has no IRN on it: registering writes it anew.
    assert registered(seller, invoice).json()["data"]["e_invoice"]["irn"] in printed(seller, invoice).replace("\n", "")
    assert seller.put(ACCOUNT, account(portal, enabled=False)).json()["data"]["enabled"] is False
    assert fault(registered(seller, created(seller))) == (409, "irp_not_set_up")


def test_registering_at_once_and_after_lost_answers_gives_one_irn(filer: Client, portal: InvoicePortalPage) -> None:
    invoice = created(filer)
    lost = [Response(504, [], b"<html>Time-out</html>")]
    portal.misbehave = lambda name, answer: lost.pop() if name == "register" and lost else answer
    refused = registered(filer, invoice)
    assert fault(refused) == (503, "irp_unavailable")
    assert refused.headers["retry-after"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: registered(filer, invoice), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["data"]["e_invoice"]["irn"] for answer in answers}) == 1


def test_a_session_that_the_portal_has_ended_is_opened_anew(filer: Client, portal: InvoicePortalPage) -> None:
    signed_in = []
    portal.misbehave = lambda name, answer: (signed_in.append(name) if name == "auth" else None) or answer
    assert registered(filer, created(filer)).ok
    assert registered(filer, created(filer)).ok
    assert signed_in == ["auth"]  # one session for both
    portal.end_sessions()
    assert registered(filer, created(filer)).ok
    assert signed_in == ["auth", "auth"]


def test_what_the_portal_refuses_is_told_in_its_words(filer: Client, portal: InvoicePortalPage) -> None:
    invoice = created(filer)
    details = [{"ErrorCode": "3029", "ErrorMessage": "GSTIN is inactive or cancelled"}]
    portal.misbehave = lambda name, answer: (
        {"Status": 0, "Data": None, "ErrorDetails": details} if name == "register" else answer
    )
    answer = registered(filer, invoice)
    assert fault(answer) == (422, "irp_refused")
    assert answer.json()["message"] == "The portal has refused: GSTIN is inactive or cancelled (3029)."
    assert filer.get(f"{INVOICES}/{invoice['id']}").json()["data"]["e_invoice"] is None


def test_a_cancelled_e_invoice_is_void_and_counted_but_not_reported(filer: Client, portal: InvoicePortalPage) -> None:
    kept, gone = created(filer), created(filer)
    for invoice in (kept, gone):
        assert registered(filer, invoice).ok
    lost = [Response(504, [], b"")]
    portal.misbehave = lambda name, answer: lost.pop() if name == "cancel" and lost else answer
    path = f"{INVOICES}/{gone['id']}/e-invoice/cancel"
    assert fault(filer.post(path, CANCEL)) == (503, "irp_unavailable")
    # Whether it is cancelled is not known: until it is, no note comes between.
    note = filer.post(f"{INVOICES}/{gone['id']}/credit-notes", {"reason": "x"})
    assert fault(note) == (409, "invoice_state")
    answer = filer.post(path, CANCEL)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert (data["status"], data["outstanding"], data["e_invoice"]["status"]) == ("void", 0, "cancelled")
    assert filer.post(path, CANCEL).json()["message"] == "E-invoice already cancelled"
    assert "Cancelled at the Invoice Registration Portal" in printed(filer, gone).replace("\n", " ")
    content = returned(filer)
    assert [each["inum"] for party in content["b2b"] for each in party["inv"]] == [kept["number"]]
    (row,) = content["doc_issue"]["doc_det"][0]["docs"]
    assert (row["totnum"], row["cancel"], row["net_issue"], row["to"]) == (2, 1, 1, gone["number"])
    revenue = filer.get(f"/api/v1/billing/revenue?from={this_month()}&to={this_month()}").json()["data"]
    assert [(each["documents"], each["total"]) for each in revenue] == [(1, 1180)]
    # The next number follows: none is used again.
    assert created(filer)["number"][-3:] == "003"


def test_what_may_not_be_cancelled_is_refused_before_the_portal_is_called(
    filer: Client, portal: InvoicePortalPage
) -> None:
    invoice = created(filer)
    path = f"{INVOICES}/{invoice['id']}/e-invoice/cancel"
    assert fault(filer.post(path, CANCEL)) == (409, "invoice_state")  # not registered
    assert registered(filer, invoice).ok
    called = []
    portal.misbehave = lambda name, answer: called.append(name) or answer
    assert fault(filer.post(path, {"reason": "bored", "remark": "x"})) == (400, "validation_error")
    paid = filer.post(f"{INVOICES}/{invoice['id']}/mark-paid", {"amount": "1.00", "method": "upi", "reference": "1"})
    assert paid.ok
    assert fault(filer.post(path, CANCEL)) == (409, "invoice_state")
    assert called == []


def test_a_refused_cancellation_leaves_the_invoice_as_it_was(filer: Client, portal: InvoicePortalPage) -> None:
    invoice = created(filer)
    assert registered(filer, invoice).ok
    details = [{"ErrorCode": "2270", "ErrorMessage": "The allowed cancellation time limit is crossed"}]
    portal.misbehave = lambda name, answer: (
        {"Status": 0, "Data": None, "ErrorDetails": details} if name == "cancel" else answer
    )
    assert fault(filer.post(f"{INVOICES}/{invoice['id']}/e-invoice/cancel", CANCEL)) == (422, "irp_refused")
    read = filer.get(f"{INVOICES}/{invoice['id']}").json()["data"]
    assert (read["status"], read["e_invoice"]["status"]) == ("open", "active")
    assert filer.post(f"{INVOICES}/{invoice['id']}/credit-notes", {"reason": "Returned"}).status_code == 201


def test_after_a_day_an_e_invoice_is_corrected_by_a_note(open_shop: Open, portal: InvoicePortalPage) -> None:
    # In the sandbox, whose clock the caller moves.
    admin = open_shop().user("tenant_admin", "test")
    profile_saved(admin)
    assert admin.put(ACCOUNT, account(portal)).ok
    invoice = created(admin)
    assert registered(admin, invoice).ok
    later = clock.iso(clock.system() + clock.DAY_MS + 60_000)
    answer = admin.at(later).post(f"{INVOICES}/{invoice['id']}/e-invoice/cancel", CANCEL)
    assert fault(answer) == (409, "irn_cancel_too_late")
    note = admin.post(f"{INVOICES}/{invoice['id']}/credit-notes", {"reason": "Returned"})
    assert registered(admin, note.json()["data"]).ok  # a note has an IRN of its own


def test_the_account_is_sealed_and_of_its_gstin(filer: Client, portal: InvoicePortalPage, open_shop: Open) -> None:
    shown = filer.get(ACCOUNT).json()["data"]
    assert shown == {
        "portal": "nic",
        "gstin": "29AAGCB7383J1Z4",
        "user_name": "sharma_api",
        "client_id": CLIENT,
        "enabled": True,
        "version": 1,
    }
    assert fault(filer.put(ACCOUNT, account(portal, version=7))) == (409, "version_conflict")
    wrong = filer.put(ACCOUNT, account(portal, public_key="-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"))
    assert wrong.json()["errors"] == {"public_key": ["must be the portal's RSA public key in PEM"]}
    stranger = open_shop().user("tenant_admin")
    assert fault(stranger.put(ACCOUNT, account(portal))) == (409, "no_gstin")
    assert stranger.get(ACCOUNT).json()["data"]["portal"] is None
    # Another registration's invoices are not sent under this account.
    profile_saved(filer, gstin="27AAPFU0939F1ZV", address=["1 Marine Drive"])
    answer = registered(filer, created(filer))
    assert fault(answer) == (409, "irp_not_set_up")
    assert "29AAGCB7383J1Z4" in answer.json()["message"]


def test_another_tenants_invoice_is_out_of_reach(filer: Client, portal: InvoicePortalPage, open_shop: Open) -> None:
    invoice, other = created(filer), open_shop().user("tenant_admin")
    profile_saved(other)
    assert other.put(ACCOUNT, account(portal)).ok
    assert fault(registered(other, invoice)) == (404, "invoice_not_found")
    assert fault(other.post(f"{INVOICES}/{invoice['id']}/e-invoice/cancel", CANCEL)) == (404, "invoice_not_found")
