"""Paying an invoice over HTTP, with a page of ours in place of the provider.

read_payment_account, save_payment_account, pay_invoice, receive_razorpay_payment, receive_cashfree_payment.
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import base64
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from batua import clock
from batua.billing.return_models import dashed_day
from local.host import LocalPlatform
from tests.acting import acting_as
from tests.api.billing_fixtures import BUYER, INVOICES, created, fault, line, open_shop, seller  # noqa: F401
from tests.api.conftest import Client
from tests.api.payment_fixtures import ACCOUNT, RAZORPAY, paid, read, refunded, send, webhook  # noqa: F401 - fixtures among them
from tests.api.shops import Open

ZONE = "Asia/Kolkata"


def test_an_invoice_is_paid_on_the_page_behind_its_link_and_once_however_often(seller: Client, webhook: str) -> None:
    invoice = created(seller)
    path = f"{INVOICES}/{invoice['id']}/pay"
    way = seller.post(path, {}).json()["data"]
    assert (way["amount"], way["provider"], way["qr"][:18]) == (1180, "razorpay", "data:image/svg+xml")
    assert seller.post(path, {}).json()["data"]["url"] == way["url"]
    assert "₹1,180.00" in requests.get(way["url"], timeout=30).text
    for _ in range(3):
        assert "Paid. Thank you." in requests.post(way["url"], timeout=30).text
    after = read(seller, invoice)
    assert (after["status"], after["paid"], len(after["payments"])) == ("paid", 1180, 1)
    assert fault(seller.post(path, {})) == (409, "invoice_state")


def test_links_asked_for_at_once_are_one(seller: Client, webhook: str) -> None:
    invoice = created(seller)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: seller.post(f"{INVOICES}/{invoice['id']}/pay", {}), range(5)))
    urls = {answer.json()["data"]["url"] for answer in answers if answer.status_code == 200}
    assert len(urls) == 1
    assert {answer.status_code for answer in answers} <= {200, 503}


def test_webhooks_in_any_order_and_number_end_the_same(seller: Client, webhook: str) -> None:
    invoice = created(seller)
    early = [send(webhook, refunded(5_000, "pay_1", "rfnd_1")).json()["status"] for _ in range(2)]
    assert early == ["early", "duplicate"]
    bodies = [paid(invoice, 100_000, "pay_1"), paid(invoice, 18_000, "pay_2")] * 3
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda body: send(webhook, body).json()["status"], bodies))
    assert sorted(answers) == ["duplicate"] * 4 + ["recorded"] * 2
    assert (read(seller, invoice)["status"], read(seller, invoice)["outstanding"]) == ("open", 50)
    assert [send(webhook, refunded(5_000, "pay_1", each)).json()["status"] for each in ("rfnd_1", "rfnd_2")] == [
        "duplicate",
        "recorded",
    ]
    after = read(seller, invoice)
    assert (after["status"], after["paid"], after["outstanding"]) == ("open", 1080, 100)


def test_what_is_paid_late_or_too_much_is_credit_of_the_customer(seller: Client, webhook: str) -> None:
    over, void = created(seller), created(seller)
    send(webhook, paid(over, 128_000, "pay_1"))
    assert (read(seller, over)["status"], read(seller, over)["overpaid"]) == ("paid", 100)
    seller.post(f"{INVOICES}/{void['id']}/void", {"reason": "Twice"})
    send(webhook, paid(void, 118_000, "pay_2"))
    after = read(seller, void)
    assert (after["status"], after["overpaid"]) == ("void", 1180)


def test_a_payment_in_another_currency_or_of_nothing_here_changes_nothing(
    seller: Client, webhook: str, open_shop: Open
) -> None:
    invoice = created(seller)
    foreign = created_elsewhere(open_shop)
    for body in (
        paid(invoice, 118_000, "pay_1", currency="USD"),
        paid(invoice, -5, "pay_1"),
        paid({"id": "order_17"}, 118_000, "pay_1"),
        paid(foreign, 118_000, "pay_1"),
        b"{}",
        b"[1]",
        b"no JSON",
    ):
        answer = send(webhook, body)
        assert (answer.status_code, answer.json()) == (200, {"status": "ignored"})
    assert read(seller, invoice)["version"] == invoice["version"]


def created_elsewhere(open_shop: Open) -> dict[str, Any]:
    return created(open_shop().user("tenant_admin"), line(rate=0))


def test_a_webhook_that_the_provider_has_not_signed_is_refused(seller: Client, webhook: str) -> None:
    invoice = created(seller)
    body = paid(invoice, 118_000, "pay_1")
    assert send(webhook, body, b"guess").status_code == 401
    assert requests.post(webhook, body, timeout=30).status_code == 401
    assert send(webhook.replace("razorpay", "cashfree"), body).status_code == 404
    assert send(webhook[:-1] + ("A" if webhook[-1] != "A" else "B"), body).status_code == 404
    assert send(webhook.rpartition("/")[0] + "/x", body).status_code == 404
    assert read(seller, invoice)["paid"] == 0


def order_page(seller: Client, invoice: dict[str, Any]) -> dict[str, Any]:
    answer = seller.post(f"{INVOICES}/{invoice['id']}/pay", {"method": "order"})
    assert answer.status_code == 200, answer.text
    way: dict[str, Any] = answer.json()["data"]
    return way


def provider_page(way: dict[str, Any]) -> str:
    """Where the checkout leads to on this machine."""
    base = way["url"].partition("/api/")[0]
    back = way["url"].removeprefix(base)
    page = f"{base}/local/razorpay/pay/{way['order_id']}"
    assert requests.get(page, params={"back": back}, timeout=30).status_code == 200
    return page


def test_an_order_is_paid_on_a_page_of_ours_and_once_however_often(seller: Client, webhook: str) -> None:
    """ShowPaymentPage."""
    invoice = created(seller)
    way = order_page(seller, invoice)
    assert (way["amount"], way["provider"], way["key_id"]) == (1180, "razorpay", "rzp_test_1")
    assert order_page(seller, invoice)["order_id"] == way["order_id"]
    shown = requests.get(way["url"], timeout=30)
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert "Pay ₹1,180.00" in shown.text
    assert f'"order_id": "{way["order_id"]}"' in shown.text
    assert "unsafe" not in shown.headers["content-security-policy"].partition("script-src")[2].partition(";")[0]
    paying = provider_page(way)
    assert "The payment failed." not in requests.get(way["url"], timeout=30).text
    for _ in range(3):
        assert "Paid. Thank you." in requests.post(paying, timeout=30).text
    after = read(seller, invoice)
    assert (after["status"], after["paid"], len(after["payments"])) == ("paid", 1180, 1)
    done = requests.get(way["url"], timeout=30).text
    assert "Paid" in done
    assert "<button" not in done
    assert fault(seller.post(f"{INVOICES}/{invoice['id']}/pay", {"method": "order"})) == (409, "invoice_state")


def test_a_payer_who_comes_back_before_the_webhook_sees_the_invoice_paid(seller: Client, webhook: str) -> None:
    invoice = created(seller)
    way = order_page(seller, invoice)
    assert "Waiting for the bank" in requests.get(f"{way['url']}?returned=1", timeout=30).text
    requests.post(provider_page(way) + "?silent", timeout=30)
    assert read(seller, invoice)["status"] == "open"
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: requests.get(f"{way['url']}?returned=1", timeout=30).text, range(4)))
    assert any("Thank you" in page for page in pages)
    assert "Thank you" in requests.get(f"{way['url']}?returned=1", timeout=30).text
    after = read(seller, invoice)
    assert (after["status"], after["paid"], len(after["payments"])) == ("paid", 1180, 1)


def test_an_order_that_fits_the_invoice_no_more_is_not_offered(seller: Client, webhook: str) -> None:
    invoice = created(seller)
    way = order_page(seller, invoice)
    seller.post(f"{INVOICES}/{invoice['id']}/mark-paid", {"amount": "180.00", "method": "cash", "reference": "R1"})
    assert "has expired" in requests.get(way["url"], timeout=30).text
    again = order_page(seller, invoice)
    assert (again["amount"], again["url"] == way["url"], again["order_id"] == way["order_id"]) == (1000, True, False)
    void = created(seller)
    way = order_page(seller, void)
    assert seller.post(f"{INVOICES}/{void['id']}/void", {"reason": "Twice"}).status_code == 200
    page = requests.get(way["url"], timeout=30).text
    assert "There is nothing to pay." in page
    assert "<button" not in page


def test_the_address_of_a_page_cannot_be_guessed_or_changed(seller: Client, webhook: str, open_shop: Open) -> None:
    invoice = created(seller)
    base, _, token = order_page(seller, invoice)["url"].rpartition("/")
    other = created(seller)["id"].removeprefix("inv_")
    parts = token.split(".")
    for wrong in (
        ".".join([other, *parts[1:]]),
        ".".join([*parts[:2], "T" if parts[2] == "L" else "L", parts[3]]),
        ".".join([parts[0], open_shop().tenant.id.removeprefix("ten_"), *parts[2:]]),
        token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        "x",
        "a.b.c.d",
    ):
        assert fault(requests.get(f"{base}/{wrong}", timeout=30)) == (400, "link_invalid")
    assert requests.get(f"{base}/{token}?returned=yes", timeout=30).status_code == 400
    page = requests.get(f"{base}/{token}", timeout=30).text
    assert BUYER["gstin"] not in page
    assert "s3cret" not in page


def test_a_name_that_holds_markup_is_shown_as_text(seller: Client, webhook: str) -> None:
    invoice = created(seller, customer={**BUYER, "legal_name": "</script><script>alert(1)</script>"})
    page = requests.get(order_page(seller, invoice)["url"], timeout=30).text
    assert "<script>alert(1)" not in page
    assert "\\u003c/script>" in page


def test_cashfrees_payment_is_recorded(seller: Client) -> None:
    cashfree = {"provider": "cashfree", "key_id": "app", "key_secret": "s3cret"}
    url = seller.put(ACCOUNT, cashfree).json()["data"]["webhook_url"]
    invoice = created(seller)
    order = {"order_amount": "1180.00", "order_id": "CFPay_1", "transaction_status": "SUCCESS"}
    data = {"link_id": f"{invoice['id']}-3", "link_currency": "INR", "order": order}
    body = json.dumps({"type": "PAYMENT_LINK_EVENT", "data": data}).encode()
    signature = base64.b64encode(hmac.digest(b"s3cret", b"17" + body, "sha256")).decode()
    headers = {"x-webhook-timestamp": "17", "x-webhook-signature": signature}
    assert requests.post(url, body, headers=headers, timeout=30).json() == {"status": "recorded"}
    assert read(seller, invoice)["status"] == "paid"
    # Cashfree makes no link without the customer's phone number.
    assert fault(seller.post(f"{INVOICES}/{created(seller)['id']}/pay", {})) == (503, "payment_provider_failed")


def test_upi_needs_no_provider(seller: Client) -> None:
    invoice = created(seller)
    way = seller.post(f"{INVOICES}/{invoice['id']}/pay", {"method": "upi"}).json()["data"]
    assert way["url"].startswith("upi://pay?pa=sharma@hdfcbank&")
    assert "am=1180.00" in way["url"]
    assert fault(seller.post(f"{INVOICES}/{invoice['id']}/pay", {})) == (409, "payments_not_set_up")


def test_the_accounts_secrets_are_sealed_and_its_change_needs_a_proof(seller: Client, webhook: str) -> None:
    from batua.store import billing_keys
    from batua.store.store import store

    shown = seller.get(ACCOUNT).json()["data"]
    assert (shown["provider"], shown["key_id"], shown["webhook_url"]) == ("razorpay", "rzp_test_1", webhook)
    assert "s3cret" not in json.dumps(shown)
    key = billing_keys.payment_account_key(webhook.rpartition("/")[2])
    assert "s3cret" not in repr(store().read([key]))
    headers = {name: value for name, value in seller.headers.items() if name != "X-Reauthentication"}
    assert fault(Client(seller.url, headers).put(ACCOUNT, RAZORPAY)) == (403, "reauthentication_required")
    lacking = {name: value for name, value in RAZORPAY.items() if name != "webhook_secret"}
    assert seller.put(ACCOUNT, lacking).json()["errors"].keys() == {"webhook_secret"}
    assert fault(seller.put(ACCOUNT, {**RAZORPAY, "version": 7})) == (409, "version_conflict")


def test_the_mail_has_the_link(platform: LocalPlatform, seller: Client, webhook: str) -> None:
    invoice = created(seller)
    to = f"{invoice['id'].lower()}@anand.example"
    assert seller.post(f"{INVOICES}/{invoice['id']}/send", {"to": to}).status_code == 200
    url = seller.post(f"{INVOICES}/{invoice['id']}/pay", {}).json()["data"]["url"]
    platform.embedded_aws.drain()
    (mail,) = Client(platform.url).get(f"/local/outbox?to={to}").json()["messages"]
    assert url in mail["body"]


def test_a_payment_whose_webhook_is_lost_is_found_once_by_the_schedule(
    platform: LocalPlatform, seller: Client, webhook: str
) -> None:
    """reconcile_payments"""
    from batua.billing.reconciliation import reconcile_open_payments
    from batua.store.store import store

    lost, told, left = created(seller), created(seller), created(seller)
    url, seen, _ = (
        seller.post(f"{INVOICES}/{each['id']}/pay", {}).json()["data"]["url"] for each in (lost, told, left)
    )
    assert "lost" in requests.post(f"{url}?silent=1", timeout=30).text
    requests.post(seen, timeout=30)
    platform.embedded_aws.run_schedule("ReconcilePayments")
    assert read(seller, lost)["status"] == "open"
    later = clock.system() + 2 * 3_600_000
    for _ in range(2):
        with acting_as("ReconcilePayments"):
            reconcile_open_payments(store(), later)
    after = read(seller, lost)
    assert (after["status"], after["paid"], len(after["payments"])) == ("paid", 1180, 1)
    assert len(read(seller, told)["payments"]) == 1
    assert read(seller, left)["status"] == "open"
    # The webhook comes after all: it is the same payment.
    assert send(webhook, paid(lost, 118_000, after["payments"][0]["reference"])).json() == {"status": "duplicate"}


def test_overdue_invoices_are_reminded_of_on_their_days_until_they_are_paid(
    platform: LocalPlatform, seller: Client
) -> None:
    """remind_overdue_invoices"""
    from batua.billing.reminders import remind_overdue_invoices
    from batua.store.store import store

    to = f"{clock.system()}.overdue@anand.example"
    due, last = clock.local_day(clock.system() + 5 * clock.DAY_MS, ZONE), clock.local_day(clock.system(), ZONE)
    invoice = created(seller, customer={**BUYER, "email": to}, due_date=dashed_day(due))
    created(seller, customer={**BUYER, "email": f"x{to}"}, finalize=False)
    assert last < due

    def mails_after(days: int) -> int:
        now = clock.day_start(due, ZONE) + days * clock.DAY_MS + clock.DAY_MS // 2
        with acting_as("RemindOverdueInvoices"):
            remind_overdue_invoices(store(), now)
            remind_overdue_invoices(store(), now)
        platform.embedded_aws.drain()
        return len(Client(platform.url).get(f"/local/outbox?to={to}").json()["messages"])

    assert [mails_after(days) for days in (-1, 0, 1, 6, 7)] == [0, 0, 1, 1, 2]
    seen = read(seller, invoice)
    assert [each["by"] for each in seen["sent"]] == ["schedule", "schedule"]
    seller.post(f"{INVOICES}/{invoice['id']}/mark-paid", {"method": "upi", "reference": "1"})
    assert [mails_after(days) for days in (14, 30, 60)] == [2, 2, 2]
