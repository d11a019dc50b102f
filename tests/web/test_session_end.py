"""A session that ends while somebody works: the password, the second step or its set-up, over the page."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, expect

from tests.served import Served
from tests.web.accounts import PASSWORD, code_of, enrol, new_admin, policy
from tests.web.pages import PHONE, Visit, check_accessibility, fits, needs_browser

pytestmark = needs_browser


def test_a_session_that_ends_is_begun_again_over_the_page_and_nothing_typed_is_lost(
    browser: Browser, platform: Served
) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("cashier")
    page = visit.open("/counter")
    page.locator("#number").press_sequentially("9876503001")
    page.get_by_role("radio", name="Redeem").click()
    visit.context.clear_cookies()
    page.get_by_label("Coins to redeem").press_sequentially("5")
    expect(page.get_by_role("dialog")).to_contain_text("Sign in to go on")
    check_accessibility(page)
    page.get_by_role("dialog").get_by_label("Password", exact=True).fill(platform.credentials["cashier"]["password"])
    page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Coins to redeem")).to_have_value("5")
    expect(page.get_by_role("alert")).to_contain_text("No customer has this number")
    assert visit.complaints == []
    visit.close()


def test_a_session_that_ends_asks_for_the_second_step_over_the_page_too(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("other_tenant_admin")
    page = visit.open("/customers")
    expect(page.get_by_role("heading", name="Latest visit first")).to_be_visible()
    page.wait_for_load_state("networkidle")
    secret, _ = enrol(platform, "other_tenant_admin")
    visit.context.clear_cookies()
    page.get_by_label("Find a customer").fill("9876503002")
    dialog = page.get_by_role("dialog", name="Sign in to go on")
    dialog.get_by_label("Password", exact=True).fill(platform.credentials["other_tenant_admin"]["password"])
    dialog.get_by_role("button", name="Sign in").click()
    field = dialog.get_by_label("Code", exact=True)
    expect(field).to_be_focused()
    expect(dialog).to_contain_text("authenticator app")
    check_accessibility(page)
    fits(page)
    field.fill("000000")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).to_contain_text("That code is wrong")
    dialog.get_by_role("button", name="Use a recovery code").click()
    expect(dialog.get_by_label("Recovery code")).to_be_focused()
    dialog.get_by_role("button", name="Use the authenticator app").click()
    field.fill(code_of(secret, later=30))  # the code of this moment was used up by turning it on
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Find a customer")).to_have_value("9876503002")
    expect(page.get_by_text("No customer found")).to_be_visible()
    assert visit.complaints == []
    visit.close()


def test_a_session_that_ends_leads_through_the_set_up_of_two_steps_over_the_page(
    browser: Browser, platform: Served
) -> None:
    admin = new_admin(platform, "admin.over@kaveri.example")
    visit = Visit(browser, platform, **PHONE).sign_in(admin)
    page = visit.open("/customers")
    expect(page.get_by_role("heading", name="Latest visit first")).to_be_visible()
    page.wait_for_load_state("networkidle")
    policy(platform, "merchant_tenant_admin", True)
    try:
        visit.context.clear_cookies()
        page.get_by_label("Find a customer").fill("9876503003")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Password", exact=True).fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("dialog", name="Set up two-step sign-in")).to_be_visible()
        expect(page.get_by_alt_text("QR code for the authenticator app")).to_be_visible()
        check_accessibility(page)
        fits(page)
        code = code_of(page.get_by_role("dialog").locator(".copy code").inner_text())
        page.get_by_label("Type the six digits that the app shows").fill(code)
        dialog.get_by_role("button", name="Confirm").click()
        page.locator(".codes li").first.wait_for()  # each code is hashed as a password is
        dialog.get_by_role("button", name="I have saved them").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_label("Find a customer")).to_have_value("9876503003")
        expect(page.get_by_text("No customer found")).to_be_visible()
        assert visit.complaints == []
    finally:
        policy(platform, "merchant_tenant_admin", False)
    visit.close()
