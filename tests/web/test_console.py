"""The operator's console: what waits, the prefund queue decided by two people and a code, announcements, disputes."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, expect

from tests.served import Served
from tests.web.pages import (
    DESK,
    PHONE,
    WHOLE,
    Visit,
    check_accessibility,
    confirm_identity,
    fits,
    in_full,
    needs_browser,
)

pytestmark = needs_browser
PAGES = ("console", "queue", "disputes", "tickets", "flags", "programs", "announcements")
SMALL = {**PHONE, "viewport": {"width": 320, "height": 640}}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({**SMALL, "color_scheme": "light"}, id="small"),
        pytest.param({**SMALL, "color_scheme": "dark"}, id="small-dark", marks=in_full),
        pytest.param({**DESK, "locale": "hi-IN"}, id="desk-hindi", marks=in_full),
    ],
)
def test_every_page_of_the_console_is_accessible_and_fits(
    browser: Browser, platform: Served, options: dict[str, object]
) -> None:
    visit = Visit(browser, platform, **options).sign_in("operator")
    for view in PAGES if WHOLE else PAGES[:3]:
        page = visit.open(f"/{view}")
        page.locator("main h1").wait_for()
        expect(page.locator(".skeleton, .view-loading")).to_have_count(0)
        check_accessibility(page)
        fits(page)
        page.close()
    assert visit.complaints == []
    assert visit.foreign == []
    visit.close()


def test_a_prefund_request_is_reviewed_by_one_and_another_gets_a_code_to_decide_it(
    browser: Browser, platform: Served
) -> None:
    request = platform.credentials["samples"]["prefund_request_id"]
    staff = Visit(browser, platform, **DESK).sign_in("staff")
    page = staff.open("/console")
    page.get_by_role("link", name=re.compile("New prefund requests")).click()
    page.locator(".row-button").first.click()
    expect(page).to_have_url(re.compile(f"/queue/{request}$"))
    page.get_by_role("button", name="Take into review").click()
    expect(page.locator(".page-head")).to_contain_text("Under review")
    assert page.get_by_role("heading", name="Decide").count() == 0, "staff may not decide"
    assert staff.complaints == []
    staff.close()
    visit = Visit(browser, platform, **DESK).sign_in("operator")
    page = visit.open(f"/queue/{request}")
    page.get_by_label("Amount to credit").fill("24000")
    page.get_by_role("button", name="Get a code").click()
    confirm_identity(page, platform, "operator")
    expect(page.get_by_text("A code for exactly this decision was sent")).to_be_visible()
    assert visit.complaints == []
    visit.close()


def test_an_announcement_is_written_and_taken_back(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("operator")
    page = visit.open("/announcements")
    page.get_by_role("button", name="New announcement").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Maintenance on Sunday")
    dialog.get_by_label("Message").fill("From 2 to 3 am nothing can be issued.")
    dialog.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("row", name=re.compile("Maintenance on Sunday.*Everybody"))).to_be_visible()
    page.get_by_role("button", name="Maintenance on Sunday").click()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("row", name=re.compile("Maintenance on Sunday.*Withdrawn"))).to_be_visible()
    shop = Visit(browser, platform, **PHONE).sign_in("merchant_admin")
    there = shop.open("/notifications?show=messages")
    there.get_by_role("button", name=re.compile("Welcome to Batua")).wait_for()
    expect(there.get_by_text("Maintenance on Sunday")).to_have_count(0)
    assert visit.complaints + shop.complaints == []
    shop.close()
    visit.close()


def test_what_somebody_quotes_is_found_by_its_id(browser: Browser, platform: Served) -> None:
    ticket = platform.credentials["samples"]["ticket_id"]
    visit = Visit(browser, platform, **DESK).sign_in("staff")
    page = visit.open("/console")
    page.get_by_role("searchbox").fill("tkt_00000000000000000000000000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing of yours has the id")).to_be_visible()
    page.get_by_role("searchbox").fill(ticket)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{ticket}$"))
    visit.close()
