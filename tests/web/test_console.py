"""The operator's console: what waits, the prefund queue decided by two people and a code, announcements, disputes."""

from __future__ import annotations

import re

import pytest
import requests

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
    outbox,
)

pytestmark = needs_browser
PAGES = (
    *("console", "queue", "tenants", "plans", "status", "content"),
    *("disputes", "tickets", "flags", "programs", "announcements", "support-settings", "requirements"),
    *("checks", "accounts", "receivers", "lookup"),
)
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
    for view in PAGES if WHOLE else PAGES[:6]:
        page = visit.open(f"/{view}")
        page.locator("main:not(.page-wait) h1").wait_for()
        expect(page.locator(".skeleton, .view-loading")).to_have_count(0)
        check_accessibility(page)
        fits(page)
        page.close()
    assert visit.complaints == []
    assert visit.foreign == []
    visit.close()


def test_a_prefund_request_is_reviewed_by_one_and_another_decides_it_with_a_code(
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
    expect(page.get_by_text("You submitted or reviewed this request")).to_be_visible()
    assert page.get_by_role("heading", name="Decide").count() == 0, "staff may not decide"
    assert staff.complaints == []
    staff.close()
    visit = Visit(browser, platform, **DESK).sign_in("operator")
    page = visit.open(f"/queue/{request}")
    page.get_by_label("Amount to credit").fill("24000")
    page.get_by_role("button", name="Get a code").click()
    confirm_identity(page, platform, "operator")
    expect(page.get_by_text("A code for exactly this decision was sent")).to_be_visible()
    address = platform.credentials["operator"]["username"]
    code = next(filter(None, (re.search(r"\b\d{6}\b", mail["body"]) for mail in outbox(platform, address))))[0]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    page.get_by_label("Code", exact=True).fill(wrong)
    page.get_by_role("button", name="Credit ₹24,000").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".page-head")).to_contain_text("Under review")
    check_accessibility(page)
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Credit ₹24,000").click()
    expect(page.get_by_text("Approved. The wallet is credited in a moment.")).to_be_visible()
    expect(page.get_by_role("heading", name="Decide")).to_have_count(0)
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
    confirm_identity(page, platform, "operator")
    expect(page.get_by_role("row", name=re.compile("Maintenance on Sunday.*Everybody"))).to_be_visible()
    page.get_by_role("button", name="Maintenance on Sunday").click()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("row", name=re.compile("Maintenance on Sunday.*Withdrawn"))).to_be_visible()
    shop = Visit(browser, platform, **PHONE).sign_in("merchant_admin")
    there = shop.open("/notifications?show=messages")
    there.get_by_role("button", name=re.compile("Welcome to Batua")).wait_for()
    # What the bell counts is told apart where it leads.
    expect(there.get_by_role("radio", name=re.compile(r"Announcements \(\d+\)"))).to_be_visible()
    expect(there.get_by_text("Maintenance on Sunday")).to_have_count(0)
    assert visit.complaints + shop.complaints == []
    shop.close()
    visit.close()


def test_a_dispute_is_decided_with_the_transaction_and_its_currency_in_sight(
    browser: Browser, platform: Served
) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("operator")
    page = visit.open("/disputes")
    expect(page.get_by_role("row").filter(has_text="Duplicate").first).to_contain_text("₹")
    page.get_by_role("button", name="Duplicate").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("dd", has_text="₹120 · Debit")).to_be_visible()
    expect(dialog.get_by_text("In rupees")).to_be_visible()
    dialog.get_by_text("Reject", exact=True).click()
    expect(dialog.get_by_label("Refund")).to_have_count(0)
    assert visit.complaints == []
    visit.close()


def test_a_tenant_is_found_by_its_name(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("staff")
    page = visit.open("/tenants")
    field = page.get_by_role("searchbox", name="Search by name")
    field.fill("KAVERI")
    expect(page.locator(".tree-row")).to_have_count(1)
    expect(page.locator(".tree-row")).to_contain_text("Kaveri Stores")
    check_accessibility(page)
    field.fill("nobody is called that")
    expect(page.get_by_role("heading", name="No tenant is called that")).to_be_visible()
    page.goto("/lookup?id=kaveri")
    page.get_by_role("link", name=re.compile("Kaveri Stores")).click()
    expect(page).to_have_url(re.compile("/tenants"))
    expect(page.locator(".tree-row")).to_have_count(1)
    fits(page)
    assert visit.complaints == []
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


def test_a_tenant_is_found_in_the_tree_suspended_with_a_reason_and_let_go_on(
    browser: Browser, platform: Served
) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("operator")
    page = visit.open("/tenants")
    page.get_by_role("button", name="Show what is below Sitara Network").click()
    page.get_by_role("button", name=re.compile("Meera Textiles Merchant")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Suspend this tenant").click()
    dialog.get_by_label("Reason").fill("Papers are missing")
    suspend = dialog.get_by_role("button", name="Suspend this tenant")
    expect(suspend).to_be_disabled()
    dialog.get_by_label("Type “Meera Textiles” to confirm.").fill("Meera Textiles")
    check_accessibility(page)
    suspend.click()
    confirm_identity(page, platform, "operator")
    expect(dialog.get_by_text("Suspended", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="End the suspension").click()
    expect(dialog.get_by_text("Active", exact=True)).to_be_visible()
    assert visit.complaints == []
    visit.close()


def test_networks_that_a_tenant_proposed_are_approved_where_the_tenant_is(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("operator")
    page = visit.open("/tenants")
    page.get_by_role("button", name=re.compile("Himal Network Parent")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("203.0.113.0/24")
    dialog.get_by_role("button", name="Approve these networks").click()
    confirm_identity(page, platform, "operator")
    expect(page.get_by_text("Approved. They apply")).to_be_visible()
    expect(page.get_by_text("Networks to approve")).to_have_count(0)
    visit.close()


def test_a_plan_with_tiers_is_created_and_a_tenant_put_on_it(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("operator")
    page = visit.open("/plans")
    page.get_by_role("button", name="New plan").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Plan", exact=True).fill("Busy shops")
    dialog.get_by_label("Monthly fee (₹)").fill("a lot")
    dialog.get_by_label("Add a price by use").select_option("redemption")
    dialog.get_by_role("button", name="Add a tier").click()
    dialog.get_by_label("Up to").fill("500")
    for at, price in enumerate(("0", "0.25")):
        dialog.get_by_label("Price (₹)").nth(at).fill(price)
    dialog.get_by_role("button", name="Create the plan").click()
    confirm_identity(page, platform, "operator")
    expect(page.get_by_role("dialog", name="Confirm it’s you")).to_be_hidden()
    expect(dialog.locator(".field .error")).to_be_visible()
    dialog.get_by_label("Monthly fee (₹)").fill("1,200")
    dialog.get_by_role("button", name="Create the plan").click()
    page.get_by_role("button", name="Busy shops").click()
    expect(page.get_by_role("dialog")).to_contain_text("From 501 on")
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="Who has which").click()
    page.get_by_role("button", name="Put a tenant on a plan").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Id of the tenant").fill(platform.credentials["prayog_parent"]["tenant_id"])
    dialog.get_by_label("Plan", exact=True).select_option("Busy shops")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Busy shops since")).to_be_visible()
    visit.close()


def test_an_incident_is_reported_and_questions_are_published(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("operator")
    page = visit.open("/status")
    page.get_by_role("button", name="Report an incident").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Text messages arrive late")
    dialog.get_by_label("Support and notifications").check()
    dialog.get_by_label("Message").fill("Codes take a minute or two. Ask for one once only.")
    dialog.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name="Text messages arrive late")).to_be_visible()
    page.goto("/content")
    page.get_by_role("button", name="Add a question").click()
    page.get_by_label("Question", exact=True).last.fill("Do coins work at every shop?")
    page.get_by_label("Answer").last.fill("At every shop of the same network.")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("Saved and published.")).to_be_visible()
    answer = requests.get(f"{platform.url}/api/v1/landing/faqs", timeout=60).json()
    assert answer["data"][-1]["question"] == "Do coins work at every shop?"
    assert visit.complaints == []
    visit.close()


def test_a_team_gets_the_tickets_of_its_categories_and_two_tickets_become_one(
    browser: Browser, platform: Served
) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("operator")
    page = visit.open("/support-settings")
    page.get_by_role("button", name="New team").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Refunds & disputes")
    dialog.get_by_label("Joseph Fernandes").check()
    dialog.get_by_label("A transaction").check()
    dialog.get_by_role("button", name="Save").click()
    made = re.compile("Refunds & disputes.*Joseph Fernandes.*A transaction")
    expect(page.get_by_role("row", name=made)).to_be_visible()
    samples = platform.credentials["samples"]
    page.goto(f"/tickets/{samples['duplicate_ticket_id']}")
    page.get_by_label("Team").select_option("Refunds & disputes")
    expect(page.get_by_text("The team is changed.")).to_be_visible()
    page.get_by_role("button", name="Merge into another ticket").click()
    dialog.get_by_label("Coins of a refunded bill are still there").check()
    check_accessibility(page)
    dialog.get_by_role("button", name="Merge", exact=True).click()
    expect(page).to_have_url(re.compile(f"/tickets/{samples['ticket_id']}$"))
    expect(page.get_by_text("was merged into this one")).to_be_visible()
    page.get_by_text("History").click()
    expect(page.locator(".timeline")).to_contain_text("Merged")
    check_accessibility(page)
    page.goto(f"/tickets/{samples['duplicate_ticket_id']}")
    expect(page.get_by_role("link", name="Open it")).to_have_attribute("href", f"/tickets/{samples['ticket_id']}")
    assert page.get_by_label("Team").count() == 0, "a closed ticket stays where it is"
    assert visit.complaints == []
    visit.close()


def test_what_the_operator_requires_is_what_a_tenant_still_has_to_verify(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("operator")
    page = visit.open("/requirements")
    page.get_by_label("Create live API keys, PAN").check()
    page.get_by_label("Prefund without verification (₹)").fill("50,000")
    page.get_by_role("button", name="Save").click()
    confirm_identity(page, platform, "operator")
    expect(page.get_by_text("It holds from the next request on.")).to_be_visible()
    shop = Visit(browser, platform, **PHONE).sign_in("merchant_tenant_admin")
    there = shop.open("/verification")
    expect(there.get_by_text("Still to verify: PAN")).to_be_visible()
    check_accessibility(there)
    page.reload()
    expect(page.get_by_label("Prefund without verification (₹)")).to_have_value("50000")
    page.get_by_label("Create live API keys, PAN").uncheck()
    page.get_by_role("button", name="Save").click()
    confirm_identity(page, platform, "operator")
    expect(page.get_by_text("It holds from the next request on.")).to_be_visible()
    there.reload()
    expect(there.get_by_role("heading", name="Verification", exact=True)).to_be_visible()
    expect(there.get_by_text("Still to verify")).to_have_count(0)
    assert visit.complaints + shop.complaints == []
    shop.close()
    visit.close()


def test_dead_letters_are_put_back_from_the_page_of_health(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("operator")
    page = visit.open("/status")
    section = page.get_by_role("region", name="Dead letters")
    expect(section.get_by_role("row", name=re.compile("Mail that came in.*None"))).to_be_visible()
    counted = {"name": "lost_mail", "messages": 2}
    page.route("**/health/dead-letters", lambda route: route.fulfill(json={"success": True, "data": [counted]}))
    page.reload()
    section.get_by_role("button", name="Try again: Mail that came in").click()
    expect(page.get_by_role("dialog")).to_contain_text("2 messages are tried again at once.")
    check_accessibility(page)
    page.get_by_role("dialog").get_by_role("button", name="Try again").click()
    expect(page.get_by_text("0 messages are on their way again.")).to_be_visible()
    assert visit.complaints == []
    visit.close()
