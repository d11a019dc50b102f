"""The counter as a cashier uses it: a number, a bill, coins; a minute to undo; redeeming; recent customers."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from batua.platform import site

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, Page, Playwright, expect

from tests.served import Served
from tests.web.pages import (
    DESK,
    PHONE,
    Visit,
    check_accessibility,
    chromium,
    fits,
    in_full,
    needs_browser,
    only_chromium,
)

pytestmark = needs_browser
ROOT = Path(__file__).resolve().parents[2]
PORTAL = ROOT / "portal"
BUDGET = 40_000
"""Bytes of compressed script and style that the counter may load."""

HUMAN = 140
"""Milliseconds between two keys: a practised cashier."""


@pytest.fixture
def till(browser: Browser, platform: Served) -> Iterator[Visit]:
    visit = Visit(browser, platform, **PHONE).sign_in("cashier")
    yield visit
    assert visit.complaints == []
    assert visit.foreign == []
    visit.close()


def balance(platform: Served, phone: str) -> float:
    answer = requests.get(
        f"{platform.url}/api/v1/merchant/customers/balance",
        params={"phone": phone},
        headers={"Authorization": f"Bearer {platform.credentials['merchant_live_key']}"},
        timeout=60,
    )
    return float(answer.json()["data"]["balance"]) if answer.ok else 0.0


def press(page: Page, keys: str, delay: int = 0) -> None:
    """Taps the counter's own keys."""
    for key in keys:
        page.locator(".keypad").get_by_role("button", name=key if key != "." else "Decimal point", exact=True).tap()
        page.wait_for_timeout(delay)


def issue(page: Page, phone: str, bill: str) -> None:
    page.locator("#number").press_sequentially(phone)
    page.get_by_label("Bill amount").press_sequentially(bill)
    page.locator(".preview").wait_for()
    page.locator(".submit button").click()


def test_coins_are_issued_within_ten_seconds_of_the_opened_page(till: Visit, platform: Served) -> None:
    page = till.open("/")
    page.locator("#number").wait_for()
    began = time.monotonic()
    press(page, "9876501001", HUMAN)
    expect(page.get_by_text("New customer")).to_be_visible()
    page.wait_for_timeout(400)  # a look at who it is
    press(page, "499.50", HUMAN)
    expect(page.locator(".preview")).to_contain_text("5% of the bill")
    page.get_by_role("button", name="Issue 24 coins").tap()
    expect(page.get_by_role("heading", name="24 coins issued")).to_be_visible()
    assert time.monotonic() - began < 10
    assert balance(platform, "9876501001") == 24
    # Two taps and the bill for somebody who was here before.
    page.get_by_role("button", name="Next customer").tap()
    began = time.monotonic()
    page.locator(".recent li button").first.tap()
    press(page, "200", HUMAN)
    page.get_by_role("button", name="Issue 10 coins").tap()
    expect(page.get_by_role("heading", name="10 coins issued")).to_be_visible()
    assert time.monotonic() - began < 6
    assert balance(platform, "9876501001") == 34


def test_redeeming_shows_what_is_left_to_pay_before_and_after(till: Visit, platform: Served) -> None:
    page = till.open("/counter")
    issue(page, "9876501002", "1000")
    page.get_by_role("button", name="Next customer").click()
    page.locator("#number").press_sequentially("9876501002")
    page.get_by_role("radio", name="Redeem").click()
    page.get_by_role("button", name="All 50").click()
    page.get_by_label("Bill amount").press_sequentially("180")
    expect(page.locator(".preview")).to_contain_text("Left to pay")
    expect(page.locator(".preview")).to_contain_text("₹130")
    page.get_by_role("button", name="Redeem 50 coins").click()
    expect(page.get_by_role("heading", name="50 coins redeemed")).to_be_visible()
    expect(page.locator(".to-pay")).to_contain_text("₹130")
    assert balance(platform, "9876501002") == 0


def test_more_coins_than_there_are_cannot_be_redeemed_and_the_page_says_how_many_there_are(till: Visit) -> None:
    page = till.open("/counter")
    issue(page, "9876501003", "100")
    page.get_by_role("button", name="Next customer").click()
    page.locator("#number").press_sequentially("9876501003")
    page.get_by_role("radio", name="Redeem").click()
    page.get_by_label("Coins to redeem").press_sequentially("6")
    expect(page.get_by_role("alert")).to_contain_text("Not enough coins: 5 available")
    expect(page.locator(".submit button")).to_be_disabled()


def test_a_reward_is_given_with_what_is_left_of_it_and_why_another_is_not(till: Visit, platform: Served) -> None:
    who = platform.credentials["merchant_tenant_admin"]
    owner = {"Authorization": f"Bearer {who['token']}"}
    proven = requests.post(
        f"{platform.url}/api/v1/auth/reauthenticate", json={"password": who["password"]}, headers=owner, timeout=60
    )
    owner["X-Reauthentication"] = proven.json()["data"]["proof"]
    for sold in (
        {"title": "Filter coffee", "points": 6, "stock": 2, "delivery": "instant", "code": {"source": "generated"}},
        {"title": "Brass lamp", "points": 500},
        {"title": "Silk scarf", "points": 5, "type": "physical"},
        {"title": "Yesterday's paper", "points": 1, "stock": 0},
    ):
        body = {"type": "free_product", "featured": True, "benefit": {"product": sold["title"]}} | sold
        made = requests.post(f"{platform.url}/api/v1/rewards", json=body, headers=owner, timeout=60)
        assert made.ok, made.text
    page = till.open("/counter")
    issue(page, "9876501013", "400")
    page.get_by_role("button", name="Next customer").click()
    page.locator("#number").press_sequentially("9876501013")
    page.get_by_role("radio", name="Reward").click()
    coffee = page.get_by_role("button", name="Filter coffee")
    expect(coffee).to_contain_text("2 left")
    for title, why in (("Brass lamp", "480 coins short"), ("Silk scarf", "their own page"), ("Yesterday", "Sold out")):
        other = page.get_by_role("button", name=title)
        expect(other).to_contain_text(why)
        expect(other).to_be_disabled()
    check_accessibility(page)
    fits(page)
    coffee.click()
    page.get_by_role("button", name="Give Filter coffee for 6 coins").click()
    expect(page.get_by_role("heading", name="Filter coffee")).to_be_visible()
    expect(page.get_by_text("6 coins taken")).to_be_visible()
    page.get_by_role("button", name="Show the code").click()
    expect(page.get_by_text("Code for the customer")).to_be_visible()
    check_accessibility(page)
    assert balance(platform, "9876501013") == 14


def test_a_reward_that_waits_is_taken_back_at_the_counter(till: Visit, platform: Served) -> None:
    page = till.open("/counter")
    issue(page, "9876501014", "400")
    page.get_by_role("button", name="Next customer").click()
    page.locator("#number").press_sequentially("9876501014")
    page.get_by_role("radio", name="Reward").click()
    page.get_by_role("button", name="Cotton tote bag").click()
    page.get_by_role("button", name="Give Cotton tote bag for 8 coins").click()
    expect(page.get_by_text("8 coins held")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("8 coins given back")).to_be_visible()
    page.get_by_role("button", name="Next customer").click()
    page.locator("#number").press_sequentially("9876501014")
    expect(page.locator(".balance")).to_have_text("20")


def test_an_issue_is_undone_within_a_minute_by_a_role_that_may(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("merchant_admin")
    page = visit.open("/counter")
    issue(page, "9876501004", "400")
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_role("heading", name="Undone")).to_be_visible()
    assert balance(platform, "9876501004") == 0
    page.get_by_role("button", name="Next customer").click()
    issue(page, "9876501004", "400")
    # The minute begins with the answer, which the heading does not wait for.
    expect(page.get_by_role("button", name=re.compile(r"^Undo.*\d"))).to_be_visible()
    page.clock.install()
    page.clock.run_for(61_000)
    expect(page.get_by_role("button", name=re.compile("^Undo"))).to_have_count(0)
    visit.close()


def test_a_cashier_undoes_an_issue_of_their_own(till: Visit, platform: Served) -> None:
    page = till.open("/counter")
    issue(page, "9876501005", "100")
    expect(page.get_by_role("heading", name="5 coins issued")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_role("heading", name="Undone")).to_be_visible()
    assert balance(platform, "9876501005") == 0


def test_the_next_customer_is_typed_right_over_the_last_result(till: Visit) -> None:
    page = till.open("/counter")
    issue(page, "9876501006", "100")
    expect(page.get_by_role("heading", name="5 coins issued")).to_be_visible()
    page.keyboard.type("98765")
    expect(page.locator("#number")).to_have_value("98765")


def test_the_counter_is_used_with_the_keyboard_alone(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("cashier")
    page = visit.open("/counter")
    expect(page.locator("#number")).to_be_focused()
    page.keyboard.type("9876501007")
    expect(page.get_by_label("Bill amount")).to_be_focused()
    page.keyboard.type("500")
    page.locator(".preview").wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="25 coins issued")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#number")).to_be_focused()
    visit.close()


def test_a_scanner_that_types_finds_the_customer(till: Visit, platform: Served) -> None:
    page = till.open("/counter")
    page.locator("#number").press_sequentially(platform.credentials["samples"]["qr"])
    expect(page.locator(".customer-card")).to_contain_text("Last visit")


def test_the_counter_speaks_hindi(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE, locale="hi-IN").sign_in("cashier")
    page = visit.open("/counter")
    assert page.locator("html").get_attribute("lang") == "hi"
    page.locator("#number").press_sequentially("9876501008")
    page.get_by_label("बिल की रकम").press_sequentially("125000")
    expect(page.locator(".submit button")).to_contain_text("सिक्के दें")
    expect(page.locator(".preview")).to_contain_text("बिल का 5%")
    fits(page)
    assert visit.complaints == []
    visit.close()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=in_full)])
def test_every_step_of_the_counter_is_accessible_and_fits_at_320_pixels(
    browser: Browser, platform: Served, scheme: str
) -> None:
    small = {**PHONE, "viewport": {"width": 320, "height": 640}}
    visit = Visit(browser, platform, **small, color_scheme=scheme).sign_in("merchant_admin")
    page = visit.open("/counter")
    page.locator(".recent li").first.wait_for()
    check_accessibility(page)
    fits(page)
    page.locator("#number").press_sequentially("9876501009")
    page.get_by_label("Bill amount").press_sequentially("1999.99")
    page.locator(".preview").wait_for()
    check_accessibility(page)
    fits(page)
    page.locator(".submit button").click()
    page.get_by_role("heading", name="coins issued").wait_for()
    check_accessibility(page)
    fits(page)
    page.get_by_role("button", name=re.compile("^Menu of")).click()
    page.get_by_role("dialog").wait_for()
    check_accessibility(page)
    visit.close()


def test_the_counter_stays_within_its_budget(till: Visit) -> None:
    page = till.open("/counter")
    page.locator(".recent li").first.wait_for()
    before = page.evaluate("""() => {
      const ready = performance.getEntriesByName('counter-ready')[0].startTime;
      const all = performance.getEntriesByType('resource');
      return all.filter((each) => each.startTime <= ready).map((each) => each.name);
    }""")
    files = site.read_files(PORTAL)
    code = {url.partition(till.platform.url)[2][1:] for url in before if url.endswith((".js", ".css"))}
    sizes = {name: len(gzip.compress(files[name].body, 9)) for name in sorted(code)}
    assert {"bundle/base.js", "bundle/counter.js", "bundle/counter.css"} <= sizes.keys()
    assert sum(sizes.values()) <= BUDGET, sizes


def test_nothing_that_the_form_can_do_without_travels_before_it(till: Visit) -> None:
    page = till.open("/counter")
    page.locator("html.typeface").wait_for()
    before = page.evaluate("""() => {
      const ready = performance.getEntriesByName('counter-ready')[0].startTime;
      const all = performance.getEntriesByType('resource').filter((each) => each.startTime <= ready);
      return all.map((each) => new URL(each.name).pathname);
    }""")
    # Once: what index.html asks for ahead of every script is what boot.js takes.
    assert [path for path in before if path.startswith("/api/")] == ["/api/v1/auth/me"]
    assert [path for path in before if path.startswith("/messages/")] == ["/messages/en/till.js"]
    late = {"/vendor/inter.woff2", "/bundle/steps.js", "/bundle/office.js", "/lib/brand.js"}
    assert not late & set(before)
    assert len(before) <= 11, before
    assert page.evaluate("document.fonts.check('1rem Inter')")
    again = till.open("/counter")
    assert again.locator("html").get_attribute("class") == "typeface"


@in_full
@only_chromium
def test_a_qr_code_in_front_of_the_camera_finds_the_customer(
    playwright: Playwright, platform: Served, tmp_path: Path
) -> None:
    film = tmp_path / "qr.y4m"
    _film(platform.credentials["samples"]["qr"], film)
    flags = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    with chromium(playwright, *flags) as browser:
        visit = Visit(browser, platform, **PHONE).sign_in("cashier")
        page = visit.open("/counter")
        page.get_by_role("button", name="Scan QR code").tap()
        expect(page.locator(".customer-card")).to_contain_text("Last visit")
        assert visit.complaints == []


def _film(text: str, file: Path) -> None:
    """A second of video of a code, as Chromium takes it for a camera."""
    import segno

    width, height = 640, 480
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(scale=8, border=4)]
    top, left = (height - len(rows)) // 2, (width - len(rows)) // 2
    luma = bytearray(b"\xeb" * (width * height))
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                luma[(top + y) * width + left + x] = 16
    frame = b"FRAME\n" + bytes(luma) + b"\x80" * (width * height // 2)
    file.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + frame * 10)
