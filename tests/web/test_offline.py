"""Issues without a network: at every step of an issue the network goes, and nothing is lost or counted twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import requests

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, Page, Route, expect

from tests.served import Served
from tests.web.pages import PHONE, Visit, in_full, needs_browser

pytestmark = needs_browser
ISSUE = "**/api/v1/merchant/coins/issue"


@pytest.fixture
def till(browser: Browser, platform: Served) -> Iterator[Visit]:
    visit = Visit(browser, platform, worker=True, **PHONE).sign_in("cashier")
    yield visit
    assert visit.complaints == []
    visit.close()


def ready(page: Page) -> None:
    """Until the service worker has everything that the counter needs."""
    page.locator(".recent li").first.wait_for()
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def enter(page: Page, phone: str, bill: str) -> None:
    page.locator("#number").press_sequentially(phone)
    page.get_by_label("Bill amount").press_sequentially(bill)


def press_issue(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Issue .*coin")).click()


def balance(platform: Served, phone: str, key: str = "merchant_live_key") -> float:
    answer = requests.get(
        f"{platform.url}/api/v1/merchant/customers/balance",
        params={"phone": phone},
        headers={"Authorization": f"Bearer {platform.credentials[key]}"},
        timeout=60,
    )
    return float(answer.json()["data"]["balance"]) if answer.ok else 0.0


def test_the_counter_opens_offline_keeps_issues_and_sends_each_once(till: Visit, platform: Served) -> None:
    page = till.open("/counter")
    ready(page)
    enter(page, "9876502001", "100")
    press_issue(page)
    expect(page.get_by_role("heading", name="5 coins issued")).to_be_visible()
    till.context.set_offline(True)
    page.reload()
    # Who was seen before is shown as of then; others can be given coins too; nobody can redeem.
    enter(page, "9876502001", "200")
    expect(page.locator(".customer-card")).to_contain_text("As of")
    expect(page.locator(".preview-place")).to_contain_text("kept on this device")
    press_issue(page)
    expect(page.get_by_role("heading", name="Saved, not sent yet")).to_be_visible()
    page.get_by_role("button", name="Next customer").click()
    enter(page, "9876502002", "300")
    expect(page.locator(".customer-card")).to_contain_text("Not seen on this device")
    press_issue(page)
    expect(page.get_by_role("heading", name="Saved, not sent yet")).to_be_visible()
    page.get_by_role("button", name="Next customer").click()
    page.locator("#number").press_sequentially("9876502001")
    page.get_by_role("radio", name="Redeem").click()
    expect(page.locator(".preview-place")).to_contain_text("Redeeming needs a network")
    # The tab is closed, and the next one still offline shows what waits.
    page.close()
    page = till.open("/counter")
    expect(page.locator(".queue-chip")).to_contain_text("2 waiting")
    till.context.set_offline(False)
    expect(page.locator(".queue-chip")).to_have_count(0)
    assert balance(platform, "9876502001") == 5 + 10
    assert balance(platform, "9876502002") == 15


def test_an_answer_that_is_lost_counts_once(till: Visit, platform: Served) -> None:
    page = till.open("/counter")
    page.locator(".recent li").first.wait_for()
    lost: list[int] = []

    def lose(route: Route) -> None:
        if len(lost) < 2:
            lost.append(route.fetch().status)  # it was done; the till never hears of it
            route.abort()
        else:
            route.continue_()

    page.route(ISSUE, lose)
    enter(page, "9876502003", "100")
    press_issue(page)
    expect(page.get_by_role("heading", name="5 coins issued")).to_be_visible()
    assert lost == [200, 200]
    assert balance(platform, "9876502003") == 5


@in_full
def test_a_tab_that_dies_while_it_sends_is_taken_over_by_the_next(till: Visit, platform: Served) -> None:
    page = till.open("/counter")
    ready(page)
    page.route(ISSUE, lambda route: None)  # neither an answer nor an error
    enter(page, "9876502004", "100")
    press_issue(page)
    expect(page.get_by_role("heading", name="Issuing")).to_be_visible()
    page.close()
    page = till.open("/counter")
    page.get_by_role("button", name=re.compile("^Menu of")).wait_for()
    expect(page.locator(".queue-chip")).to_have_count(0)
    for _ in range(50):
        if balance(platform, "9876502004"):
            break
        page.wait_for_timeout(100)
    assert balance(platform, "9876502004") == 5


def test_two_tabs_send_what_waits_once(till: Visit, platform: Served) -> None:
    first = till.open("/counter")
    ready(first)
    till.context.set_offline(True)
    enter(first, "9876502005", "100")
    press_issue(first)
    expect(first.get_by_role("heading", name="Saved, not sent yet")).to_be_visible()
    second = till.open("/counter")
    expect(second.locator(".queue-chip")).to_contain_text("1 waiting")
    sent: list[str] = []
    till.context.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    till.context.set_offline(False)
    expect(second.locator(".queue-chip")).to_have_count(0)
    expect(first.get_by_role("heading", name="5 coins issued")).to_be_visible()
    assert balance(platform, "9876502005") == 5
    assert len([url for url in sent if url.endswith("/coins/issue")]) == 1


@in_full
def test_a_refusal_is_shown_with_its_reason_and_stays_until_it_is_removed(till: Visit) -> None:
    page = till.open("/counter")
    ready(page)
    till.context.set_offline(True)
    enter(page, "9876502006", "0.50")  # no rule gives a coin for so little
    press_issue(page)
    till.context.set_offline(False)
    expect(page.get_by_role("heading", name="Not issued")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("This bill earns no coins")
    page.get_by_role("button", name="Next customer").click()
    page.get_by_role("button", name="1 refused").click()
    expect(page.get_by_role("dialog")).to_contain_text("This bill earns no coins")
    # Sent once more it is another request, which is refused as well.
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("dialog").locator("li")).to_have_count(1)
    expect(page.get_by_role("dialog")).to_contain_text("This bill earns no coins")
    page.get_by_role("button", name="Remove").click()
    page.keyboard.press("Escape")
    expect(page.locator(".queue-chip")).to_have_count(0)


def test_an_issue_of_a_session_that_ended_waits_for_its_own_person(till: Visit, platform: Served) -> None:
    page = till.open("/counter")
    ready(page)
    till.context.set_offline(True)
    enter(page, "9876502007", "100")
    press_issue(page)
    expect(page.get_by_role("heading", name="Saved, not sent yet")).to_be_visible()
    till.context.clear_cookies()
    till.context.set_offline(False)
    page.get_by_role("button", name="1 waiting").click()
    expect(page.get_by_role("dialog")).to_contain_text("Your session has ended")
    # Somebody else signs in at this till: nothing of it goes out under their name.
    other = till.sign_in("other_tenant_admin").open("/counter")
    other.get_by_role("button", name=re.compile("^Menu of")).wait_for()
    other.wait_for_timeout(1500)
    assert balance(platform, "9876502007") == 0
    assert balance(platform, "9876502007", "other_tenant_key") == 0
    other.close()
    page.close()
    page = till.sign_in("cashier").open("/counter")
    expect(page.locator(".queue-chip")).to_have_count(0)
    for _ in range(50):
        if balance(platform, "9876502007"):
            break
        page.wait_for_timeout(100)
    assert balance(platform, "9876502007") == 5


@in_full
def test_an_unsent_issue_is_taken_back_without_a_trace(till: Visit, platform: Served) -> None:
    page = till.open("/counter")
    ready(page)
    page.route("**/api/v1/auth/**", lambda route: route.abort())
    till.context.set_offline(True)
    enter(page, "9876502008", "100")
    press_issue(page)
    page.get_by_role("button", name="Next customer").click()
    page.get_by_role("button", name="1 waiting").click()
    page.unroute("**/api/v1/auth/**")
    till.context.set_offline(False)
    page.keyboard.press("Escape")
    expect(page.locator(".queue-chip")).to_have_count(0)
    assert balance(platform, "9876502008") in (0, 5)


def test_an_answer_that_is_not_the_platforms_decides_nothing(till: Visit, platform: Served) -> None:
    page = till.open("/counter")
    page.locator(".recent li").first.wait_for()
    page.route(ISSUE, lambda route: route.fulfill(status=403, content_type="text/html", body="<h1>Pay for Wi-Fi</h1>"))
    enter(page, "9876502009", "100")
    press_issue(page)
    expect(page.get_by_role("heading", name="Saved, not sent yet")).to_be_visible()
    page.unroute(ISSUE)
    expect(page.get_by_role("heading", name="5 coins issued")).to_be_visible()
    assert balance(platform, "9876502009") == 5


@in_full
@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_is_changed_delays_and_doubles_nothing(till: Visit, platform: Served, hours: int) -> None:
    phone = f"98765031{'01' if hours < 0 else '02'}"
    page = till.open("/counter")
    ready(page)
    page.route(ISSUE, lambda route: route.abort())
    enter(page, phone, "100")
    press_issue(page)
    expect(page.get_by_role("heading", name="Saved, not sent yet")).to_be_visible()
    page.evaluate("(hours) => { const real = Date.now; Date.now = () => real.call(Date) + hours * 3600e3; }", hours)
    page.unroute(ISSUE)
    expect(page.get_by_role("heading", name="5 coins issued")).to_be_visible()
    assert balance(platform, phone) == 5
    answer = requests.get(
        f"{platform.url}/api/v1/merchant/ledger",
        params={"customer": phone},
        headers={"Authorization": f"Bearer {platform.credentials['merchant_live_key']}"},
        timeout=60,
    )
    (line,) = answer.json()["data"]
    # When the sale happened is by the clock of then, and never after the platform got it.
    sold, got = (datetime.fromisoformat(line[name]) for name in ("occurred_at", "created_at"))
    assert timedelta(0) <= got - sold < timedelta(minutes=5)


@in_full
@pytest.mark.parametrize("step", ["number", "bill", "pressed", "answered"])
def test_the_network_may_go_at_any_step(till: Visit, platform: Served, step: str) -> None:
    phone = f"98765032{['number', 'bill', 'pressed', 'answered'].index(step):02d}"
    page = till.open("/counter")
    ready(page)
    if step == "number":
        till.context.set_offline(True)
    page.locator("#number").press_sequentially(phone)
    page.get_by_label("Bill amount").wait_for()
    if step == "bill":
        till.context.set_offline(True)
    page.get_by_label("Bill amount").press_sequentially("100")
    if step == "answered":

        def cut(route: Route) -> None:
            route.fetch()
            till.context.set_offline(True)
            route.abort()

        page.route(ISSUE, cut)
    if step == "pressed":
        till.context.set_offline(True)
    press_issue(page)
    expect(page.get_by_role("heading", name="Saved, not sent yet")).to_be_visible()
    page.unroute_all()
    till.context.set_offline(False)
    expect(page.get_by_role("heading", name="5 coins issued")).to_be_visible()
    assert balance(platform, phone) == 5
