"""The operator's bank accounts, which two super admins add, and the look-up of whatever is quoted."""

from __future__ import annotations

import re
import time
from typing import Any

import requests
from playwright.sync_api import Browser, Page, expect

from tests.served import Served
from tests.web.pages import DESK, PHONE, Visit, check_accessibility, confirm_identity, fits, needs_browser, outbox

pytestmark = needs_browser
SECOND = {"email": "second.admin@batua.example", "name": "Arvind Rao", "roles": ["super_admin"]}
PASSWORD = "seven wet umbrellas on a tram"
NUMBER = "50200098765432"


def second_admin(platform: Served) -> None:
    """Another super admin, who has accepted the invitation."""
    operator = platform.credentials["operator"]
    headers = {"Authorization": f"Bearer {operator['token']}", "X-Reauthentication": operator["proof"]}
    made = requests.post(f"{platform.url}/api/v1/tenant/users", json=SECOND, headers=headers, timeout=10)
    assert made.ok, made.text
    for _ in range(100):
        found = [re.search(r"#token=([\w-]+)", mail["body"]) for mail in outbox(platform, SECOND["email"])]
        if token := next(filter(None, found), None):
            break
        time.sleep(0.1)
    else:
        raise AssertionError("no invitation was mailed")
    body = {"token": token[1], "new_password": PASSWORD}
    answer = requests.post(f"{platform.url}/api/v1/auth/password/reset/confirm", json=body, timeout=10)
    assert answer.ok, answer.text
    platform.credentials["second"] = {"username": SECOND["email"], "password": PASSWORD}


def card(page: Page, bank: str) -> Any:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=bank))


def test_a_bank_account_is_proposed_by_one_and_approved_by_another_with_its_number(
    browser: Browser, platform: Served
) -> None:
    second_admin(platform)
    visit = Visit(browser, platform, **DESK).sign_in("operator")
    page = visit.open("/queue")
    page.get_by_role("link", name="Bank accounts").first.click()
    expect(page).to_have_url(re.compile("/receivers$"))
    page.get_by_role("button", name="Propose an account").first.click()
    form = page.get_by_role("dialog", name="Propose an account")
    form.get_by_label("Bank", exact=True).fill("Axis Bank")
    form.get_by_label("Account holder").fill("Batua Private Limited")
    form.get_by_label("Account number").fill("5020 0098 7654 32")
    form.get_by_label("IFSC").fill("AXIS")
    check_accessibility(page)
    form.get_by_role("button", name="Propose", exact=True).click()
    confirm_identity(page, platform, "operator")
    expect(form.get_by_label("IFSC")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("IFSC").fill("utib0000007")
    form.get_by_role("button", name="Propose", exact=True).click()
    expect(form).to_be_hidden()
    own = card(page, "Axis Bank")
    expect(own).to_contain_text("Waits for approval")
    expect(own).to_contain_text("another super admin approves it")
    assert own.get_by_role("button", name="Approve").count() == 0, "nobody approves what they proposed"
    assert visit.complaints == []
    visit.close()

    visit = Visit(browser, platform, **PHONE).sign_in("second")
    page = visit.open("/receivers")
    waiting = card(page, "Axis Bank")
    expect(waiting).to_contain_text("Meenakshi Iyer")
    expect(waiting).not_to_contain_text(NUMBER)
    fits(page)
    waiting.get_by_role("button", name="Approve").click()
    form = page.get_by_role("dialog", name="Approve Axis Bank")
    expect(form).not_to_contain_text(NUMBER)
    form.get_by_label("Account number").fill("999999999999")
    check_accessibility(page)
    form.get_by_role("button", name="Approve").click()
    confirm_identity(page, platform, "second")
    expect(form.get_by_text("This is not the number that was proposed")).to_be_visible()
    form.get_by_label("Account number").fill(NUMBER)
    form.get_by_role("button", name="Approve").click()
    expect(waiting).to_contain_text("Takes money")
    waiting.get_by_role("button", name="Retire the account").click()
    asked = page.get_by_role("dialog")
    retire = asked.get_by_role("button", name="Retire the account")
    expect(retire).to_be_disabled()
    asked.get_by_label("Type").fill(NUMBER[-4:])
    retire.click()
    expect(card(page, "Axis Bank")).to_contain_text("Retired")
    check_accessibility(page)
    assert visit.complaints == []
    visit.close()


def test_staff_see_the_accounts_and_change_none(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("staff")
    page = visit.open("/receivers")
    expect(page.locator(".cards .item").first).to_be_visible()
    assert page.locator("main").get_by_role("button").count() == 0
    assert visit.complaints == []
    visit.close()


def test_whatever_is_quoted_is_looked_up_from_the_console(browser: Browser, platform: Served) -> None:
    shop = platform.credentials["merchant_tenant_admin"]
    headers = {"Authorization": f"Bearer {shop['token']}"}
    ledger = requests.get(f"{platform.url}/api/v1/merchant/ledger?limit=1", headers=headers, timeout=10).json()["data"]
    transaction = ledger[0]["transaction_id"]
    visit = Visit(browser, platform, **PHONE).sign_in("staff")
    page = visit.open("/console")
    page.get_by_role("searchbox").fill(transaction)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/lookup\\?id={transaction}"))
    found = page.locator(".finding")
    expect(found).to_contain_text("Kaveri Stores")
    expect(found).to_contain_text("Live")
    fits(page)
    check_accessibility(page)
    page.get_by_label("Id, number or name").fill("kaveri-stores")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("heading", name="Kaveri Stores")).to_be_visible()
    page.get_by_label("Id, number or name").fill("txn_00000000000000000000000000")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("heading", name="Nothing has it")).to_be_visible()
    page.get_by_label("Id, number or name").fill("sec_00000000000000000000000000")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("alert")).to_contain_text("must be an id that begins with")
    assert visit.complaints == []
    visit.close()
