"""A tenant's money in the office: prefunds, top-ups, balance requests, invoices, their payments and returns."""

from __future__ import annotations

import re
import struct
import zlib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, expect

from tests.served import Served
from tests.web.pages import (
    DESK,
    PHONE,
    Visit,
    check_accessibility,
    confirm_identity,
    needs_browser,
    settled,
)

pytestmark = needs_browser


def test_a_transfer_of_today_can_be_reported_while_utc_is_still_at_yesterday(
    browser: Browser, platform: Served
) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("merchant_tenant_admin")
    page = visit.open("/prefund")
    page.get_by_role("button", name="New request").wait_for()
    page.clock.set_fixed_time("2026-11-30T20:00:00Z")
    page.get_by_role("button", name="New request").click()
    paid_on = page.get_by_label("Paid on")
    expect(paid_on).to_have_value("2026-12-01")
    expect(paid_on).to_have_attribute("max", "2026-12-01")
    visit.close()


def test_a_prefund_request_is_sent_with_its_proof(browser: Browser, platform: Served, tmp_path: Path) -> None:
    proof = tmp_path / "transfer.png"
    proof.write_bytes(_picture())
    visit = Visit(browser, platform, **PHONE).sign_in("merchant_tenant_admin")
    page = visit.open("/prefund")
    page.get_by_role("button", name="New request").click()
    page.get_by_label("Amount (₹)").fill("2500")
    page.get_by_label("UTR").fill("HDFCN52026112812345")
    page.locator("input[type=file]").set_input_files(proof)
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_text("The request is sent.")).to_be_visible()
    page.get_by_role("button", name="₹2,500").click()
    expect(page.get_by_role("dialog")).to_contain_text("Submitted")
    check_accessibility(page)
    assert visit.foreign == []
    visit.close()


def test_a_wallet_is_topped_up_online_and_the_page_notices_the_payment(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("merchant_tenant_admin")
    page = visit.open("/prefund")
    page.get_by_role("button", name="Top up online").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount (₹)").fill("1,250.50")
    dialog.get_by_role("button", name="Get the link").click()
    link = dialog.get_by_role("link", name="Open the payment page")
    link.wait_for()
    check_accessibility(page)
    assert requests.post(str(link.get_attribute("href")), timeout=30).ok
    expect(dialog).to_contain_text("₹1,250.50 has arrived and is in your balance.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("row", name=re.compile("₹1,250.50.*Credited"))).to_be_visible()
    assert visit.complaints == []
    visit.close()


def _picture() -> bytes:
    """A small PNG."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + bytes([10, 104, 71]) * 32 for _ in range(32))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_child_asks_for_balance_and_its_parent_approves_a_part(browser: Browser, platform: Served) -> None:
    child = Visit(browser, platform, **PHONE).sign_in("merchant_tenant_admin")
    page = child.open("/requests")
    settled(page)
    page.get_by_role("button", name="Ask for balance").click()
    page.get_by_label("Amount (₹)").fill("900")
    page.get_by_label("Reference").fill("front-desk")
    page.get_by_label("What for").fill("Weekend offer")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("button", name="₹900")).to_be_visible()
    check_accessibility(page)
    assert child.complaints == []
    child.close()
    parent = Visit(browser, platform, **DESK).sign_in("tenant_admin")
    page = parent.open("/requests")
    page.get_by_role("button", name="Kaveri Stores").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Weekend offer")
    dialog.get_by_label("Amount to approve (₹)").fill("901")
    expect(dialog).to_contain_text("At most ₹900")
    dialog.get_by_label("Amount to approve (₹)").fill("400")
    check_accessibility(page)
    dialog.get_by_role("button", name="Approve ₹400").click()
    confirm_identity(page, platform, "tenant_admin")
    expect(page.get_by_text("₹400 approved.")).to_be_visible()
    assert parent.complaints == []
    parent.close()


def test_a_credit_note_takes_back_a_line_and_the_months_return_is_downloaded(
    browser: Browser, platform: Served
) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("tenant_admin")
    page = visit.open(f"/invoices/{platform.credentials['samples']['billing_invoice_id']}")
    page.get_by_role("button", name="Issue a note").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="By line").click()
    dialog.get_by_placeholder("0").first.fill("1.00")
    dialog.get_by_label("Reason").fill("Price corrected")
    check_accessibility(page)
    dialog.get_by_role("button", name="Issue the note").click()
    expect(page.get_by_text("The credit note is issued.")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Price corrected")
    page.goto("/invoices?tab=gstr1")
    settled(page)
    # Of India, where a month begins while it is still the one before in UTC.
    month = datetime.now(ZoneInfo("Asia/Kolkata")).strftime("%Y-%m")
    page.get_by_label("Month of the return").fill(month)
    expect(page.get_by_role("table")).to_be_visible()
    check_accessibility(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON for the GST portal").click()
    assert '"gstin"' in Path(download.value.path()).read_text(encoding="utf-8")
    assert visit.complaints == []
    visit.close()


def test_an_invoice_is_paid_by_its_link_and_refunded_as_the_customer_and_the_shop_see_it(
    browser: Browser, platform: Served
) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("tenant_admin")
    page = visit.open(f"/invoices/{platform.credentials['samples']['billing_draft_id']}")
    page.get_by_role("button", name="Finalize").click()
    page.get_by_role("button", name="Payment link").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("img", name="QR code to pay with")).to_be_visible()
    link = dialog.locator("input, code").filter(has_text=re.compile("razorpay")).or_(dialog.locator("input")).first
    address = link.input_value() if link.evaluate("each => each.tagName") == "INPUT" else link.inner_text()

    payer = Visit(browser, platform, **PHONE)
    bank = payer.open(address)

    def press(name: str, answer: str) -> None:
        bank.goto(address)
        expect(bank.get_by_role("heading", name="₹1,180.00")).to_be_visible()
        bank.get_by_role("button", name=name, exact=True).click()
        expect(bank.get_by_role("heading", name=answer)).to_be_visible()

    def shown(status: str, outstanding: str, payments: list[str]) -> None:
        page.reload()
        settled(page)
        expect(page.locator(".page-head").get_by_text(status, exact=True)).to_be_visible()
        expect(page.locator("aside .big-figure")).to_contain_text(outstanding)
        rows = page.get_by_role("table", name="Payments").get_by_role("row")
        expect(rows).to_have_count(len(payments) + 1 if payments else 0)
        for number, amount in enumerate(payments, 1):
            expect(rows.nth(number)).to_contain_text(amount)

    press("Let the payment fail", "The payment failed.")
    shown("Open", "1,180", [])
    press("Pay ₹1,180.00", "Paid. Thank you.")
    shown("Paid", "0", ["1,180"])
    press("Pay ₹1,180.00", "Paid. Thank you.")  # the provider tells of it twice
    shown("Paid", "0", ["1,180"])
    check_accessibility(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    press("Refund it", "Refunded.")
    shown("Open", "1,180", ["1,180", "−"])
    page.get_by_role("button", name="Payment page").click()
    checkout = payer.open(
        page.get_by_role("dialog").get_by_role("link", name="Open the page").get_attribute("href") or ""
    )
    checkout.get_by_role("button", name="Pay ₹1,180.00").click()
    expect(checkout.get_by_text("No money moves on this page.")).to_be_visible()
    checkout.get_by_role("button", name="Pay ₹1,180.00").click()
    checkout.get_by_role("link", name="Back to the invoice").click()
    expect(checkout.get_by_role("heading", name="Paid")).to_be_visible()
    shown("Paid", "0", ["1,180", "−", "1,180"])
    with page.expect_download() as download:
        page.get_by_role("button", name="Receipt").last.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    assert visit.complaints == []
    payer.close()
    visit.close()


def test_what_the_operator_invoices_is_a_tab_of_its_own(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("tenant_admin")
    page = visit.open("/invoices")
    page.get_by_role("radio", name="From the platform").click()
    expect(page.get_by_text("The operator has not invoiced you for any month yet.")).to_be_visible()
    check_accessibility(page)
    assert visit.complaints == []
    visit.close()
