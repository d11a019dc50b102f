"""The tenant's wallets, its sites and documents, and who has to prove twice who they are."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, Page, expect

from tests.served import Served
from tests.web.pages import DESK, PHONE, Visit, check_accessibility, confirm_identity, fits, needs_browser

pytestmark = needs_browser


def row(page: Page, name: str) -> re.Pattern[str]:
    expect(page.locator(".skeleton")).to_have_count(0)
    return re.compile(name)


def test_a_wallet_is_made_filled_renamed_closed_and_opened_again(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("merchant_tenant_admin")
    page = visit.open("/funds")
    page.get_by_role("button", name="New wallet").click()
    page.get_by_label("Name", exact=True).fill("Jayanagar branch")
    page.get_by_role("button", name="Create the wallet").click()
    expect(page.get_by_role("row", name=row(page, "Jayanagar branch"))).to_contain_text("₹0")
    page.get_by_role("button", name="Transfer").first.click()
    page.get_by_label("To", exact=True).select_option(label="Jayanagar branch · ₹0")
    page.get_by_label("Amount", exact=True).fill("99999999")
    expect(page.get_by_role("dialog")).to_contain_text("At most")
    page.get_by_label("Amount", exact=True).fill("250.50")
    check_accessibility(page)
    page.get_by_role("dialog").get_by_role("button", name="Transfer", exact=True).click()
    expect(page.get_by_text("₹250.50 transferred.")).to_be_visible()
    page.get_by_role("button", name="Jayanagar branch").click()
    expect(page.locator(".stats")).to_contain_text("₹250.50")
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("Jayanagar 4th Block")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Jayanagar 4th Block")).to_be_visible()
    page.get_by_role("button", name="Close the wallet").click()
    page.get_by_role("dialog").get_by_role("button", name="Close the wallet").click()
    expect(page.get_by_role("alert")).to_be_visible()  # it is not empty
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Take out or hold").click()
    page.get_by_label("Amount", exact=True).fill("250.50")
    page.get_by_label("Reason").fill("Furniture")
    page.get_by_role("dialog").get_by_role("button", name="Take out ₹250.50").click()
    expect(page.get_by_text("₹250.50 taken out.")).to_be_visible()
    expect(page.locator(".stats")).to_contain_text("₹0")
    page.get_by_role("button", name="Close the wallet").click()
    page.get_by_role("dialog").get_by_role("button", name="Close the wallet").click()
    page.get_by_role("button", name="Open again").click()
    page.get_by_role("dialog").get_by_role("button", name="Open again").click()
    expect(page.get_by_role("button", name="Close the wallet")).to_be_visible()
    assert visit.complaints == []
    visit.close()


def test_an_amount_is_set_aside_and_captured_in_part(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("merchant_tenant_admin")
    page = visit.open("/funds")
    page.get_by_role("button", name="Main wallet").click()
    page.get_by_role("button", name="Take out or hold").click()
    page.get_by_label("Amount", exact=True).fill("100")
    page.get_by_label("Hold the amount, collect later").check()
    page.get_by_label("Reason").fill("Deposit")
    check_accessibility(page)
    page.get_by_role("dialog").get_by_role("button", name="Hold ₹100").click()
    expect(page.get_by_text("₹100 held.")).to_be_visible()
    page.locator("tbody tr", has_text="Hold").locator(".row-button").first.click()
    page.get_by_role("button", name="Collect").click()
    page.get_by_label("Amount", exact=True).fill("40")
    page.get_by_role("dialog").get_by_role("button", name="Collect").click()
    expect(page.get_by_text("Collected.")).to_be_visible()
    fits(page)
    assert visit.complaints == []
    visit.close()


def test_sites_are_listed_and_the_tag_names_the_shop(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("merchant_tenant_admin")
    page = visit.open("/sites")
    expect(page.locator("pre")).to_contain_text('data-merchant="kaveri-stores"')
    page.get_by_label("One address a line").fill("shop.kaveri.example")
    page.get_by_role("button", name="Save").click()
    confirm_identity(page, platform, "merchant_tenant_admin")
    expect(page.locator(".field .error")).to_be_visible()
    page.get_by_label("One address a line").fill("https://shop.kaveri.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It applies at once.")).to_be_visible()
    assert visit.complaints == []
    visit.close()


def test_an_account_is_planned_to_be_deleted_and_kept_after_all(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("cashier")
    page = visit.open("/profile")
    page.get_by_role("button", name="Delete my account").click()
    page.get_by_role("dialog").get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("dialog").get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Password", exact=True).fill(platform.credentials["cashier"]["password"])
    page.get_by_role("dialog").get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account is erased on")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Your account is erased on")).to_be_visible()
    page.get_by_role("button", name="Keep my account").click()
    expect(page.get_by_text("Your account stays.")).to_be_visible()
    assert visit.complaints == []
    visit.close()


def test_whoever_requires_two_steps_of_administrators_has_them_first(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("merchant_tenant_admin")
    page = visit.open("/team")
    policy = page.get_by_role("region", name="Two-step sign-in for administrators")
    expect(policy).to_contain_text("Optional")
    policy.get_by_role("link", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert visit.complaints == []
    visit.close()


def test_a_parent_sees_what_its_children_have_on_a_phone(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("tenant_admin")
    page = visit.open("/children")
    row = page.get_by_role("row").filter(has_text="Kaveri Stores")
    expect(row).to_contain_text("₹")
    expect(row).to_contain_text("Active")
    check_accessibility(page)
    fits(page)
    assert visit.complaints == []
    visit.close()
    shop = Visit(browser, platform, **PHONE).sign_in("merchant_tenant_admin")
    page = shop.open("/children")
    expect(page.get_by_role("heading", name="Nothing here for you")).to_be_visible()
    shop.close()


def test_an_old_session_is_asked_for_the_password_before_it_changes_who_gets_in(
    browser: Browser, platform: Served
) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("merchant_tenant_admin")
    page = visit.open("/team")
    page.get_by_role("button", name="Invite someone").click()
    page.get_by_label("Name").fill("Late Hand")
    page.get_by_label("Email address").fill("late@kaveri.example")
    asked: list[str] = []

    def refuse(route: object) -> None:
        if asked or route.request.method != "POST":  # type: ignore[attr-defined]
            route.continue_()  # type: ignore[attr-defined]
            return
        asked.append("once")
        body = '{"success": false, "code": "reauthentication_required", "message": "", "errors": {}, "meta": {}}'
        route.fulfill(status=403, content_type="application/json", body=body)  # type: ignore[attr-defined]

    page.route("**/api/v1/tenant/users", refuse)
    page.get_by_role("button", name="Send the invitation").click()
    confirm_identity(page, platform, "merchant_tenant_admin")
    expect(page.get_by_role("row", name=re.compile("Late Hand.*Invited"))).to_be_visible()
    visit.close()
