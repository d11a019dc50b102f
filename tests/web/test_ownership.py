"""What a page offers follows who owns the coin program, and names are shown where there are names."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, expect

from tests.served import Served
from tests.web.pages import DESK, PHONE, Visit, needs_browser

pytestmark = needs_browser


@pytest.mark.parametrize(("who", "offered"), [("merchant_tenant_admin", 0), ("tenant_admin", 1)])
def test_customers_are_merged_by_the_owner_of_the_program_alone(
    browser: Browser, platform: Served, who: str, offered: int
) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in(who)
    page = visit.open(f"/customers?customer={platform.credentials['samples']['wallet_id']}")
    expect(page.get_by_role("button", name="QR card")).to_be_visible()
    expect(page.get_by_role("button", name="New number")).to_have_count(offered)
    assert visit.complaints == []
    visit.close()


def test_a_member_of_a_network_imports_coins_in_bulk_and_nothing_else(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("merchant_tenant_admin")
    page = visit.open("/imports")
    page.get_by_role("button", name="New import").first.click()
    dialog = page.get_by_role("dialog", name="New import")
    expect(dialog).to_contain_text("Coins for many customers at once")
    expect(dialog.get_by_role("radio")).to_have_count(0)
    csv = b"phone,coins,reference\n9876507001,50,DIWALI-1\n"
    dialog.get_by_label("CSV file").set_input_files({"name": "bulk.csv", "mimeType": "text/csv", "buffer": csv})
    dialog.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", name="bulk.csv")).to_be_visible()
    expect(page.get_by_role("button", name="Import one row")).to_be_visible()
    assert visit.complaints == []
    visit.close()


def test_a_tenant_without_a_program_is_not_led_to_what_needs_one(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("newcomer")
    page = visit.open("/start")
    menu = page.get_by_role("navigation").first
    expect(menu.get_by_role("link", name="Programs")).to_be_visible()
    for name in ("Rewards", "Redemptions", "Imports"):
        expect(menu.get_by_role("link", name=name)).to_have_count(0)
    visit.close()


def test_the_audit_trail_names_people_and_keys(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("merchant_tenant_admin")
    page = visit.open("/audit")
    expect(page.get_by_role("button", name="Devika Menon", exact=True).first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Kaveri Stores live")).first).to_be_visible()
    page.get_by_role("button", name="Devika Menon", exact=True).first.click()
    expect(page.get_by_role("button", name=re.compile("^Kaveri Stores live"))).to_have_count(0)
    assert visit.complaints == []
    visit.close()


def test_the_chosen_tab_of_many_is_in_sight_on_a_phone(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("tenant_admin")
    page = visit.open(f"/programs/{platform.credentials['samples']['program_id']}?tab=liability")
    expect(page.get_by_role("radio", name="Liability")).to_be_in_viewport(ratio=1)
    visit.close()
