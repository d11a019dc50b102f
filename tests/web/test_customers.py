"""The list of customers in the office: found while typing, opened, named; what is refused is said."""

from __future__ import annotations

from typing import Any

import pytest
import requests

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, Page, Route, expect

from tests.served import Served
from tests.waiting import until
from tests.web.pages import DESK, PHONE, Visit, check_accessibility, fits, needs_browser

pytestmark = needs_browser
API = "/api/v1/merchant/customers"


def ask(platform: Served, method: str, path: str, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {platform.credentials['merchant_live_key']}"}
    answer = requests.request(method, f"{platform.url}{path}", headers=headers, timeout=60, **more)
    assert answer.ok, answer.text
    return answer.json()["data"]


def came(platform: Served, phone: str) -> str:
    """The wallet of a customer who has just been here, and is found by number."""
    body = {"phone": phone, "coins": 40, "reference": f"bill of {phone}"}
    wallet = str(ask(platform, "POST", "/api/v1/merchant/coins/issue", json=body)["wallet_id"])
    until(lambda: ask(platform, "GET", API, params={"q": phone}), otherwise="the row of the list")
    return wallet


def find(page: Page, text: str) -> None:
    page.get_by_label("Find a customer").fill(text)


def rows(page: Page) -> Any:
    return page.get_by_role("table", name="Customers").locator("tbody tr")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_customers_are_found_while_typing_and_named(browser: Browser, platform: Served, size: dict[str, Any]) -> None:
    number, name = ("9876521001", "Tara <b>Bose</b>") if size is PHONE else ("9876521002", "Zoya Bose")
    came(platform, number)
    visit = Visit(browser, platform, **size).sign_in("merchant_admin")
    page = visit.open("/customers")
    expect(page.get_by_role("heading", name="Latest visit first")).to_be_visible()
    expect(rows(page).first).to_contain_text(f"+91 {number[:5]} {number[5:]}")
    expect(rows(page).first).to_contain_text("40")
    find(page, number[-5:])
    expect(page.get_by_role("heading", name="Found")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 customer")).to_have_count(1)
    check_accessibility(page)
    fits(page)
    page.get_by_label("Find a customer").press("Enter")  # the only one
    page.get_by_role("button", name="Add a name").click()
    form = page.get_by_role("dialog", name="Name")
    expect(form.get_by_label("Name")).to_be_focused()
    form.get_by_label("Name").fill(f" {name} ")
    check_accessibility(page)
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Name saved.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    check_accessibility(page)
    fits(page)
    page.get_by_role("link", name="All customers").click()
    expect(page.get_by_label("Find a customer")).to_have_value(number[-5:])
    find(page, f"bose {name[:2]}")
    page.wait_for_url(f"**/customers?q=bose+{name[:2]}")
    expect(rows(page)).to_have_count(1)
    expect(rows(page).locator("bdi")).to_have_text(name)
    rows(page).get_by_role("button").click()
    page.get_by_role("button", name="Change the name").click()
    form.get_by_label("Name").fill("")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Name removed.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"+91 {number[:5]} {number[5:]}")
    page.go_back()
    expect(page.get_by_role("heading", name="No customer found")).to_be_visible()
    assert visit.complaints == []
    visit.close()


def test_the_keyboard_goes_through_the_list_and_on_from_there(browser: Browser, platform: Served) -> None:
    number = "9876521003"
    came(platform, number)
    visit = Visit(browser, platform, **DESK).sign_in("merchant_admin")
    page = visit.open("/customers")
    page.get_by_label("Find a customer").focus()
    page.keyboard.type(number[-6:])
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Tab")
    expect(rows(page).get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("+91 98765")
    expect(page.locator(".customer-name")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Add a name")).to_be_focused()
    assert visit.complaints == []
    visit.close()


def test_the_counter_calls_a_customer_by_name(browser: Browser, platform: Served) -> None:
    came(platform, "9876521006")
    visit = Visit(browser, platform, **PHONE).sign_in("merchant_admin")
    page = visit.open("/customers?customer=9876521006")
    page.get_by_role("button", name="Add a name").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Uma Bose")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Uma Bose")).to_be_visible()
    page.goto("/counter")
    recent = page.locator(".recent li", has_text="Uma Bose")
    expect(recent).to_contain_text("1006")
    recent.get_by_role("button").click()
    expect(page.locator(".customer-card")).to_contain_text("Uma Bose")
    expect(page.locator(".customer-card")).to_contain_text("1006")
    assert visit.complaints == []
    visit.close()


def test_a_whole_number_opens_its_customer_though_no_row_is_there(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("merchant_admin")
    page = visit.open("/customers")
    find(page, "98765 21 999")
    page.get_by_label("Find a customer").press("Enter")
    expect(page.get_by_role("heading", name="No customer found")).to_be_visible()
    expect(page.get_by_role("heading", name="Customer", level=1)).to_be_visible()
    assert visit.complaints == []
    visit.close()


def test_what_is_no_name_or_number_is_refused_in_words(browser: Browser, platform: Served) -> None:
    wallet = came(platform, "9876521004")
    visit = Visit(browser, platform, **PHONE).sign_in("merchant_admin")
    page = visit.open("/customers")
    find(page, "🙂")
    field = page.get_by_label("Find a customer")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".error")).to_contain_text("letters of a name, or digits of a number")
    check_accessibility(page)
    page.goto(f"/customers?customer={wallet}")
    page.get_by_role("button", name="Add a name").click()
    form = page.get_by_role("dialog", name="Name")
    form.get_by_label("Name").fill("\u202eesoB")
    form.get_by_role("button", name="Save").click()
    expect(form.locator(".error")).to_contain_text("direction of text")
    refused = {"success": False, "code": "forbidden", "message": "Only the merchant who registered this customer can."}
    page.route(f"**{API}/cust_*", lambda route: route.fulfill(status=403, json=refused))
    form.get_by_label("Name").fill("Bose")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.get_by_label("Name")).to_have_value("Bose")
    visit.close()


def test_a_shop_without_customers_says_when_they_appear_and_who_may_not_change_one_is_not_offered_it(
    browser: Browser, platform: Served
) -> None:
    visit = Visit(browser, platform, **PHONE, locale="hi-IN").sign_in("viewer")

    def nobody(route: Route) -> None:
        route.fulfill(json={"success": True, "data": [], "meta": {"next_cursor": None, "limit": 50}})

    page = visit.context.new_page()
    page.route(f"**{API}?*", nobody)
    page.goto("/customers")
    expect(page.locator(".empty h2")).to_be_visible()
    check_accessibility(page)
    page.goto(f"/customers?customer={platform.credentials['samples']['wallet_id']}")
    expect(page.locator(".stats")).to_be_visible()
    expect(page.locator(".page-head button")).to_have_count(1)  # the QR card
    assert visit.complaints == []
    visit.close()


def test_a_page_without_rows_is_followed_to_the_next(browser: Browser, platform: Served) -> None:
    """The API looks at so many entries at once, and may find nobody among them."""
    visit = Visit(browser, platform, **DESK).sign_in("merchant_admin")
    row = {
        "customer_id": "cust_21CBYXTED3WGH5X3H3JBPET8VZ", "wallet_id": None, "phone": "+919876521005",
        "name": "Last of All", "balance": 0, "last_visit": None, "registered_at": None,
    }  # fmt: skip

    def pages(route: Route) -> None:
        last = "cursor=second" in route.request.url
        following = None if last else "second" if "cursor=first" in route.request.url else "first"
        meta = {"next_cursor": following, "limit": 50}
        route.fulfill(json={"success": True, "data": [row] if last else [], "meta": meta})

    page = visit.context.new_page()
    page.route(f"**{API}?*", pages)
    page.goto("/customers")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Last of All")
    expect(rows(page)).to_contain_text("No visit yet")
    assert visit.complaints == []
    visit.close()
