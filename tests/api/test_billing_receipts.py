"""DownloadPaymentReceipt: what a payer gets for a payment, and that it is mailed once."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import hmac
import io
import json
from typing import Any

import requests
from pypdf import PdfReader

from batua import clock
from local.host import LocalPlatform
from tests.api.billing_fixtures import BUYER, INVOICES, created, fault, line, open_shop, seller  # noqa: F401
from tests.api.billing_mails import raw_mails
from tests.api.conftest import Client
from tests.api.shops import Open

ACCOUNT = "/api/v1/billing/payment-account"
RAZORPAY = {"provider": "razorpay", "key_id": "rzp_test_1", "key_secret": "s3cret", "webhook_secret": "s3cret"}


def marked(seller: Client, invoice: dict[str, Any], amount: str | None, reference: str, **more: Any) -> dict[str, Any]:
    body = {"method": "bank_transfer", "reference": reference, **({"amount": amount} if amount else {}), **more}
    answer = seller.post(f"{INVOICES}/{invoice['id']}/mark-paid", body)
    assert answer.status_code == 200, answer.text
    payment: dict[str, Any] = answer.json()["data"]["payments"][-1]
    return payment


def receipt(seller: Client, invoice: dict[str, Any], payment: str) -> Any:
    return seller.get(f"{INVOICES}/{invoice['id']}/payments/{payment}/receipt")


def printed(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    file = requests.get(answer.json()["data"]["url"], timeout=30)
    assert file.headers["content-type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file.content)).pages)


def mails(platform: LocalPlatform, to: str) -> list[dict[str, Any]]:
    platform.embedded_aws.drain()
    found: list[dict[str, Any]] = Client(platform.url).get(f"/local/outbox?to={to}").json()["messages"]
    return found


def test_each_payment_has_a_receipt_with_a_number_of_its_own(seller: Client) -> None:
    invoice = created(seller)
    first = marked(seller, invoice, "180.00", "UTR-1")["payment_id"]
    last = marked(seller, invoice, None, "UTR-2")["payment_id"]
    text = printed(receipt(seller, invoice, first))
    for said in (
        "Payment Receipt",
        f"{invoice['number']}/1",
        f"Tax Invoice {invoice['number']}",
        "Anand Foods Private Limited",
        "UTR-1",
        "Bank transfer",
        "180.00",
        "One hundred and eighty rupees only",
        "₹ 1,000.00",
    ):
        assert said in text, said
    assert "Taxable" not in text
    assert "Original for recipient" not in text
    text = printed(receipt(seller, invoice, last))
    assert f"{invoice['number']}/2" in text
    assert "Nothing" in text
    again = [receipt(seller, invoice, last).json()["data"] for _ in range(2)]
    assert again[0]["sha256"] == again[1]["sha256"]
    assert again[0]["file_name"] == f"Receipt-{invoice['number'].replace('/', '-')}-2.pdf"


def test_there_is_no_receipt_of_what_was_not_received(seller: Client, open_shop: Open) -> None:
    url = seller.put(ACCOUNT, RAZORPAY).json()["data"]["webhook_url"]
    invoice = created(seller)
    told(url, paid(invoice, 118_000, "pay_1"))
    told(url, refunded(50_000, "pay_1"))
    payments = seller.get(f"{INVOICES}/{invoice['id']}").json()["data"]["payments"]
    received, returned = (each["payment_id"] for each in payments)
    # The receipt stays: it says what was received then.
    assert "1,180.00" in printed(receipt(seller, invoice, received))
    assert fault(receipt(seller, invoice, returned)) == (404, "not_found")
    assert fault(receipt(seller, invoice, "ipay_x")) == (404, "not_found")
    stranger = open_shop().user("tenant_admin")
    assert fault(receipt(stranger, invoice, received)) == (404, "invoice_not_found")


def test_the_receipt_of_a_providers_payment_is_mailed_once(platform: LocalPlatform, seller: Client) -> None:
    url = seller.put(ACCOUNT, RAZORPAY).json()["data"]["webhook_url"]
    to = f"{clock.system()}.receipt@anand.example"
    invoice = created(seller, customer={**BUYER, "email": to})
    for _ in range(3):
        told(url, paid(invoice, 100_000, "pay_1"))
    for _ in range(2):
        platform.embedded_aws.run_schedule("ReconcilePayments")
    (mail,) = mails(platform, to)
    assert f"Receipt {invoice['number']}/1" in mail["subject"]
    assert "₹1,000.00" in mail["body"]
    assert "₹180.00 is still to be paid" in mail["body"]
    (raw,) = raw_mails(to)
    (attached,) = [part for part in raw.walk() if part.get_filename()]
    assert attached.get_filename() == f"Receipt-{invoice['number'].replace('/', '-')}-1.pdf"
    assert attached.get_payload(decode=True)[:5] == b"%PDF-"


def test_staff_may_have_a_receipt_mailed(platform: LocalPlatform, seller: Client) -> None:
    to = f"{clock.system()}.cash@anand.example"
    invoice = created(seller, customer={**BUYER, "email": to})
    for _ in range(2):
        marked(seller, invoice, None, "Cash 7", method="cash", mail_receipt=True)
    silent = created(seller, line(rate=0), customer={**BUYER, "email": to})
    marked(seller, silent, None, "Cash 8", method="cash")
    platform.embedded_aws.run_schedule("ReconcilePayments")
    (mail,) = mails(platform, to)
    assert "which is now paid" in mail["body"]
    nameless = created(seller)
    body = {"method": "cash", "reference": "Cash 9", "mail_receipt": True}
    answer = seller.post(f"{INVOICES}/{nameless['id']}/mark-paid", body)
    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {"mail_receipt"}


def told(url: str, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    signature = hmac.digest(b"s3cret", body, "sha256").hex()
    assert requests.post(url, body, headers={"x-razorpay-signature": signature}, timeout=30).status_code == 200


def paid(invoice: dict[str, Any], amount: int, payment: str) -> dict[str, Any]:
    entity = {"id": payment, "amount": amount, "currency": "INR", "status": "captured"}
    order = {"id": "order_1", "receipt": f"{invoice['id']}-o3"}
    return {"event": "order.paid", "payload": {"order": {"entity": order}, "payment": {"entity": entity}}}


def refunded(amount: int, payment: str) -> dict[str, Any]:
    entity = {"id": "rfnd_1", "amount": amount, "currency": "INR", "payment_id": payment}
    return {"event": "refund.processed", "payload": {"refund": {"entity": entity}}}
