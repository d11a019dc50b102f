"""From a new tenant in the operator's console to its first coin, each by the pages and the mails alone, on a phone."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, expect

from tests.served import Served
from tests.web.pages import (
    DESK,
    PHONE,
    Visit,
    check_accessibility,
    confirm_identity,
    fits,
    needs_browser,
    outbox,
)

pytestmark = needs_browser
PASSWORD = "mango lantern river copper"


def test_the_operator_makes_a_tenant_and_its_administrator_issues_the_first_coin(
    browser: Browser, platform: Served
) -> None:
    desk = Visit(browser, platform, **DESK).sign_in("operator")
    page = desk.open("/")
    page.get_by_role("link", name="Tenants", exact=True).click()
    page.get_by_role("button", name="New tenant").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Malabar Spices")
    expect(dialog.get_by_label("Short name")).to_have_value("malabar-spices")
    check_accessibility(page)
    dialog.get_by_role("button", name="Create the tenant").click()
    confirm_identity(page, platform, "operator")
    expect(page.get_by_text("Malabar Spices is created.")).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("Thomas Kurian")
    dialog.get_by_label("Email address").fill("thomas@malabar.example")
    dialog.get_by_role("button", name="Send the invitation").click()
    expect(dialog).to_contain_text("The invitation to thomas@malabar.example is on its way.")
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_role("dialog", name="Malabar Spices")).to_be_visible()
    assert desk.complaints == []
    desk.close()

    [mail] = outbox(platform, "thomas@malabar.example")
    link = re.search(r"https?://\S+/accept-invitation#token=[\w-]+", mail["body"])
    assert link
    phone = Visit(browser, platform, **PHONE)
    page = phone.open(re.sub(r"^https?://[^/]+", "", link[0]))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Open my account").click()
    page.get_by_label("Email address").fill("thomas@malabar.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    check_accessibility(page)
    fits(page)
    page.get_by_role("link", name=re.compile("Open: Create a program")).click()
    page.get_by_role("button", name="New program").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Malabar Coins")
    dialog.get_by_role("button", name="Create the program").click()
    again = page.get_by_role("dialog", name="Open your counter")
    again.get_by_label("Password", exact=True).fill(PASSWORD)
    again.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Malabar Coins")).to_be_visible()
    page.get_by_role("link", name="Counter").click()
    page.locator("#number").press_sequentially("9876543299")
    page.get_by_label("Bill amount").press_sequentially("500")
    page.locator(".submit button").click()
    expect(page.get_by_role("heading", name="coins issued")).to_be_visible()
    check_accessibility(page)
    assert phone.complaints == []
    phone.close()
