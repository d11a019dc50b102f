"""Accounts with vendors of gift cards, in the office."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.served import Served
from tests.web.pages import DESK, Visit, check_accessibility, confirm_identity, in_full, needs_browser

pytestmark = needs_browser


@in_full
def test_an_administrator_adds_pauses_and_rotates_an_account_with_a_vendor(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("merchant_tenant_admin")
    page = visit.open("/marketplace/vendors")
    runa = page.get_by_role("region", name="Runa")
    runa.get_by_role("button", name="Add an account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("API key").fill("rk_first")
    check_accessibility(page)
    dialog.get_by_role("button", name="Save").click()
    confirm_identity(page, platform, "merchant_tenant_admin")
    expect(runa.get_by_text("Active", exact=True)).to_be_visible()
    expect(runa.get_by_text("The vendor has not been asked yet")).to_be_visible()
    runa.get_by_role("button", name="Change, or rotate the credentials").click()
    expect(dialog.get_by_label("API key")).to_have_value("")
    dialog.get_by_label("API key").fill("rk_second")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    runa.get_by_role("button", name="Pause the account").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause the account").click()
    expect(runa.get_by_text("Paused", exact=True)).to_be_visible()
    check_accessibility(page)
    assert visit.complaints == []
