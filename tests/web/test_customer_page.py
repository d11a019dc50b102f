"""The customer's page: signing in by code, coins, the QR code, rewards, and what shows without a network."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from batua.platform import site

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, Page, Route, expect

from tests.api import pass_issuers as issuers
from tests.served import Served
from tests.web import preloads
from tests.web.customer_visits import PORTAL, code_sent, issue, newest
from tests.web.pages import DESK, PHONE, Visit, check_accessibility, fits, in_full, needs_browser, outbox

pytestmark = needs_browser
BUDGET = 36_000
"""Bytes of compressed script and style before a customer who comes back sees their coins."""

SHOP = "/my/kaveri-stores"
OTHER_NUMBER = "+919845067890"


def sign_in(page: Page, platform: Served, number: str) -> None:
    before = len(outbox(platform, number))
    page.get_by_label("Mobile number").fill(number)
    page.get_by_role("button", name="Text me a code").click()
    field = page.get_by_label("Code from the text message")
    expect(field).to_be_focused()
    field.fill(code_sent(platform, number, before))
    expect(page.locator(".my-card")).to_be_visible()


@pytest.fixture(scope="module")
def number(platform: Served) -> str:
    return str(platform.credentials["customer"]["phone"])


@pytest.fixture(scope="module")
def signed_in(browser: Browser, platform: Served, number: str) -> dict[str, Any]:
    """What a browser keeps of a session, so that one code serves all tests."""
    visit = Visit(browser, platform, **PHONE)
    page = visit.open(SHOP)
    sign_in(page, platform, number)
    state: dict[str, Any] = visit.context.storage_state()
    visit.close()
    return state


@pytest.fixture
def visits(browser: Browser, platform: Served, signed_in: dict[str, Any]) -> Iterator[Callable[..., Visit]]:
    opened: list[Visit] = []

    def visit(**options: Any) -> Visit:
        one = Visit(browser, platform, **{"storage_state": signed_in, **PHONE, **options})
        opened.append(one)
        return one

    yield visit
    for one in opened:
        assert one.complaints == []
        assert one.foreign == []
        one.close()


def test_a_customer_signs_in_by_code_and_sees_their_coins(visits: Callable[..., Visit], platform: Served) -> None:
    issue(platform, OTHER_NUMBER, 1_000)
    page = visits(storage_state=None).open(SHOP)
    check_accessibility(page)
    page.get_by_label("Mobile number").fill(OTHER_NUMBER)
    before = len(outbox(platform, OTHER_NUMBER))
    page.get_by_role("button", name="Text me a code").click()
    code = code_sent(platform, OTHER_NUMBER, before)
    field = page.get_by_label("Code from the text message")
    field.fill("000000" if code != "000000" else "111111")
    expect(page.get_by_role("alert")).to_contain_text("That code is wrong")
    check_accessibility(page)
    field.fill(code)
    expect(page.locator(".my-figure strong")).to_have_text(re.compile(r"^[1-9]"))
    expect(page.locator(".my-lines li")).to_have_count(1)
    expect(page.locator(".my-lines")).to_contain_text("Coins earned")
    expect(page.locator(".my-lines")).to_contain_text("Kaveri Stores")


def test_the_page_is_accessible_while_it_is_still_loading(visits: Callable[..., Visit]) -> None:
    visit = visits(storage_state=None)
    held: list[Route] = []
    visit.context.route("**/api/v1/**", lambda route: held.append(route))
    page = visit.open(SHOP)
    expect(page.locator("main[aria-busy=true]")).to_be_visible()
    check_accessibility(page)
    expect(page.get_by_role("heading", name="Loading")).to_be_attached()
    check_accessibility(page)
    for route in held:
        route.continue_()
    visit.context.unroute("**/api/v1/**")
    expect(page.get_by_label("Mobile number")).to_be_visible()


@pytest.mark.parametrize("look", [PHONE, pytest.param({**DESK, "color_scheme": "dark"}, marks=in_full)])
def test_every_tab_is_accessible_and_fits(visits: Callable[..., Visit], look: dict[str, Any]) -> None:
    page = visits(has_touch=False, is_mobile=False, **{key: look[key] for key in look if key not in PHONE}).open(SHOP)
    page.set_viewport_size(look["viewport"])
    for tab in ("", "/rewards", "/history", "/me"):
        page.goto(SHOP + tab)
        page.locator("main .my-home, main .my-page").wait_for()
        expect(page.locator(".my-wait")).to_have_count(0)
        check_accessibility(page)
        fits(page)


@in_full
@pytest.mark.parametrize("width", [320, 640])
def test_nothing_sticks_out_on_a_small_phone_or_at_twice_the_size(visits: Callable[..., Visit], width: int) -> None:
    page = visits(viewport={"width": width, "height": 480}, locale="hi-IN").open(SHOP)
    for tab in ("", "/rewards", "/history", "/me"):
        page.goto(SHOP + tab)
        page.locator("main .my-home, main .my-page").wait_for()
        fits(page)
        if width == 320:
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            fits(page)


def test_the_whole_screen_is_white_behind_the_code(visits: Callable[..., Visit]) -> None:
    page = visits(color_scheme="dark").open(SHOP)
    page.get_by_role("button", name="Show my code").tap()
    dialog = page.get_by_role("dialog", name="Sitara Coins")
    expect(dialog.get_by_role("img")).to_be_visible()
    assert dialog.bounding_box() == {"x": 0, "y": 0, **PHONE["viewport"]}
    assert dialog.evaluate("(it) => getComputedStyle(it).backgroundColor") == "rgb(255, 255, 255)"
    check_accessibility(page)


def test_the_code_is_shown_large_and_can_be_closed_by_keyboard(visits: Callable[..., Visit]) -> None:
    page = visits().open(SHOP)
    show = page.get_by_role("button", name="Show my code")
    show.focus()
    page.keyboard.press("Enter")
    image = page.get_by_role("img", name="QR code with your customer number")
    expect(image).to_be_visible()
    check_accessibility(page)
    box = image.bounding_box()
    assert box is not None
    assert box["width"] >= 240
    page.keyboard.press("Escape")
    expect(image).to_have_count(0)
    expect(show).to_be_focused()


def test_a_reward_is_redeemed_with_a_fresh_code_and_its_own_code_is_shown(
    visits: Callable[..., Visit], platform: Served, number: str
) -> None:
    page = visits().open(f"{SHOP}/rewards")
    page.get_by_role("button", name="Cinema ticket").tap()
    before = len(outbox(platform, number))
    page.get_by_role("button", name="Redeem for 2 coins").tap()
    proof = page.get_by_role("dialog", name="Confirm it’s you")
    expect(proof).to_contain_text("2345")
    proof.get_by_label("Code from the text message").fill(code_sent(platform, number, before))
    expect(page.get_by_text("It’s yours")).to_be_visible()
    page.get_by_role("button", name="Cinema ticket").first.tap()
    page.get_by_role("button", name="Show the code").tap()
    expect(page.locator(".my-voucher code")).to_have_text(re.compile("CINEMA-"))
    check_accessibility(page)


def test_a_gift_card_is_ordered_with_a_fresh_code_and_its_code_is_shown(
    visits: Callable[..., Visit], platform: Served, number: str
) -> None:
    page = visits().open(f"{SHOP}/rewards")
    page.get_by_role("radio", name="Gift cards").tap()
    page.get_by_role("button", name="BookBarn gift card").tap()
    sheet = page.get_by_role("dialog", name="BookBarn gift card")
    sheet.get_by_label("Cards").select_option("2")
    expect(sheet.get_by_role("status")).to_contain_text("6 coins")
    check_accessibility(page)
    before = len(outbox(platform, number))
    sheet.get_by_role("button", name="Order for 6 coins").tap()
    proof = page.get_by_role("dialog", name="Confirm it’s you")
    proof.get_by_label("Code from the text message").fill(code_sent(platform, number, before))
    mine = page.get_by_role("region", name="Gift cards")
    newest = mine.get_by_role("listitem").first
    expect(newest).to_contain_text("2 × ₹3")
    expect(newest).to_contain_text("Ready")  # by itself, while the page is open
    newest.get_by_role("button").tap()
    order = page.get_by_role("dialog", name="BookBarn gift card")
    order.get_by_role("button", name="Show the code").tap()
    expect(order.locator(".my-voucher code")).to_have_text([re.compile("BOOK-"), re.compile("BOOK-")])
    check_accessibility(page)


def test_gift_cards_fit_a_narrow_phone_in_hindi_and_dark(visits: Callable[..., Visit]) -> None:
    narrow = {"viewport": {"width": 320, "height": 640}, "locale": "hi-IN", "color_scheme": "dark"}
    page = visits(**narrow).open(f"{SHOP}/rewards")
    page.get_by_role("radio", name="गिफ़्ट कार्ड").tap()
    expect(page.get_by_role("button", name="BookBarn gift card")).to_be_visible()
    fits(page)
    check_accessibility(page)
    page.get_by_role("button", name="BookBarn gift card").tap()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("3 सिक्के")
    fits(page)
    check_accessibility(page)
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="मेरे इनाम").tap()
    page.get_by_role("region", name="गिफ़्ट कार्ड").get_by_role("button").first.tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    fits(page)
    check_accessibility(page)


def test_offline_the_page_shows_the_last_balance_and_a_code(visits: Callable[..., Visit]) -> None:
    visit = visits(worker=True)
    page = visit.context.new_page()
    with page.expect_response("**/me/history*"):  # the last of what the first screen reads
        page.goto(SHOP)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.wait_for_function("() => JSON.parse(localStorage.getItem('batua.my.kaveri-stores')).code")
    figure = page.locator(".my-figure strong").inner_text()
    visit.context.set_offline(True)
    page.reload()
    expect(page.locator(".my-figure strong")).to_have_text(figure)
    expect(page.get_by_role("status").filter(has_text="As of")).to_be_visible()
    page.get_by_role("button", name="Show my code").tap()
    expect(page.get_by_role("img", name="QR code with your customer number")).to_be_visible()
    expect(page.get_by_text("the code kept on this phone")).to_be_visible()
    visit.context.set_offline(False)


def test_what_messages_they_want_is_kept(visits: Callable[..., Visit]) -> None:
    page = visits().open(f"{SHOP}/me")
    with page.expect_response("**/me/preferences"):
        page.get_by_label("Reminders").uncheck()
    page.reload()
    expect(page.get_by_label("Reminders")).not_to_be_checked()
    expect(page.get_by_label("Offers")).not_to_be_checked()


def test_signing_out_leaves_nothing_on_the_device(browser: Browser, platform: Served) -> None:
    issue(platform, "+919845067891", 500)
    visit = Visit(browser, platform, **PHONE)
    page = visit.open(SHOP)
    sign_in(page, platform, "+919845067891")
    page.goto(f"{SHOP}/me")
    page.get_by_role("button", name="Sign out", exact=True).tap()
    page.get_by_role("dialog").get_by_role("button", name="Sign out").tap()
    expect(page.get_by_label("Mobile number")).to_be_visible()
    assert page.evaluate("localStorage.getItem('batua.my.kaveri-stores')") is None
    page.reload()
    expect(page.get_by_label("Mobile number")).to_be_visible()
    visit.close()


def test_a_customer_downloads_a_copy_of_their_data(visits: Callable[..., Visit], platform: Served, number: str) -> None:
    page = visits().open(f"{SHOP}/me")
    before = len(outbox(platform, number))
    page.get_by_role("button", name="Download a copy").tap()
    proof = page.get_by_role("dialog", name="Confirm it’s you")
    with page.expect_download() as download:
        proof.get_by_label("Code from the text message").fill(code_sent(platform, number, before))
    kept = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert download.value.suggested_filename.startswith("kaveri-stores-my-coins-")
    assert kept["phone"] == number
    assert kept["programs"][0]["history"]


def test_a_customer_deletes_their_data_and_nothing_stays_on_the_device(browser: Browser, platform: Served) -> None:
    mine = "+919845067892"
    issue(platform, mine, 700)
    visit = Visit(browser, platform, **PHONE)
    page = visit.open(SHOP)
    sign_in(page, platform, mine)
    page.goto(f"{SHOP}/me")
    page.get_by_role("button", name="Delete my data").tap()
    dialog = page.get_by_role("dialog", name="Delete my data")
    expect(dialog).to_contain_text("say the same number at the counter")
    check_accessibility(page)
    field = dialog.get_by_label("To confirm, type 7892")
    field.fill("1234")
    dialog.get_by_role("button", name="Delete my data").tap()
    expect(dialog).to_contain_text("Type 7892 to confirm.")
    field.fill("7892")
    before = len(outbox(platform, mine))
    dialog.get_by_role("button", name="Delete my data").tap()
    proof = page.get_by_role("dialog", name="Confirm it’s you")
    proof.get_by_label("Code from the text message").fill(code_sent(platform, mine, before))
    expect(page.get_by_label("Mobile number")).to_be_visible()
    assert page.evaluate("localStorage.getItem('batua.my.kaveri-stores')") is None
    assert [each for each in visit.context.cookies() if "batua_my" in each["name"]] == []
    visit.close()


@pytest.fixture
def pass_issuers(platform: Served) -> Iterator[None]:
    """The operator has accounts with Apple and Google; afterwards there is none."""
    authority = issuers.certify(issuers.subject("Authority"))
    named = issuers.subject("Pass", type=issuers.PASS_TYPE, team=issuers.TEAM)
    signer = issuers.certify(named, authority)
    operator = platform.credentials["operator"]
    headers = {"Authorization": f"Bearer {operator['token']}", "X-Reauthentication": operator["proof"]}

    def save(apple: Any, google: Any) -> None:
        url = f"{platform.url}{issuers.ISSUERS}"
        answer = requests.put(url, json={"apple": apple, "google": google}, headers=headers, timeout=20)
        assert answer.ok, answer.text

    save(issuers.apple(signer, authority), issuers.google(signer.key))
    yield
    save(None, None)


def test_coins_are_added_to_the_wallet_of_the_phone(
    visits: Callable[..., Visit], platform: Served, pass_issuers: None
) -> None:
    number = "+919845067893"  # of this test alone: a fifth code to one number within the minute is refused
    issue(platform, number, 700)
    visit = visits(storage_state=None)
    page = visit.open(SHOP)
    sign_in(page, platform, number)
    page.reload()  # who has just signed in needs no second code
    expect(page.locator(".my-card")).to_be_visible()
    check_accessibility(page)
    before = len(outbox(platform, number))
    page.get_by_role("button", name="Add to Apple Wallet").tap()
    proof = page.get_by_role("dialog", name="Confirm it’s you")
    with page.expect_download() as download:
        proof.get_by_label("Code from the text message").fill(code_sent(platform, number, before))
    assert download.value.suggested_filename == "coins.pkpass"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert "signature" in archive.namelist()
    opened: list[str] = []

    def stop(route: Route) -> None:
        opened.append(route.request.url)
        route.abort()

    page.route("https://pay.google.com/**", stop)
    page.get_by_role("button", name="Add to Google Wallet").tap()
    page.wait_for_event("requestfailed")
    assert opened[0].startswith("https://pay.google.com/gp/v/save/")
    visit.foreign.clear()  # Google's own page is where the link is meant to lead


def test_a_phone_is_offered_its_own_wallet_alone(visits: Callable[..., Visit], pass_issuers: None) -> None:
    page = visits(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)").open(SHOP)
    expect(page.get_by_role("button", name="Add to Apple Wallet")).to_be_visible()
    expect(page.get_by_role("button", name="Add to Google Wallet")).to_have_count(0)


def test_a_session_that_ended_elsewhere_shows_nothing_more(visits: Callable[..., Visit]) -> None:
    visit = visits()
    page = visit.open(SHOP)
    expect(page.locator(".my-card")).to_be_visible()
    visit.context.clear_cookies()
    page.reload()
    expect(page.get_by_label("Mobile number")).to_be_visible()
    assert page.evaluate("localStorage.getItem('batua.my.kaveri-stores')") is None


def test_a_first_visit_asks_for_no_session_and_may_be_found(visits: Callable[..., Visit]) -> None:
    visit = visits(storage_state=None)
    asked: list[str] = []
    visit.context.on("request", lambda request: asked.append(request.url.partition("/api/v1")[2]))
    page = visit.open(SHOP)
    expect(page.get_by_label("Mobile number")).to_be_visible()
    assert [path for path in asked if path.startswith("/me")] == []
    assert page.locator("meta[name=robots]").count() == 0


@pytest.mark.parametrize("more", ["/history", "/tickets/tkt_06CCKV2SM3Y4KJMQKYTHVB1RC4", "?mode=test"])
def test_what_is_somebodys_own_is_not_to_be_found(visits: Callable[..., Visit], more: str) -> None:
    page = visits(storage_state=None).open(SHOP + more)
    assert page.locator("meta[name=robots]").get_attribute("content") == "noindex"


def test_a_first_visit_without_a_network_says_so_and_can_be_tried_again(visits: Callable[..., Visit]) -> None:
    visit = visits(storage_state=None)
    visit.context.route("**/api/v1/**", lambda route: route.abort())
    page = visit.open(SHOP)
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    visit.context.unroute("**/api/v1/**")
    again.click()
    expect(page.get_by_label("Mobile number")).to_be_visible()


def test_a_shop_that_is_not_there_says_so(visits: Callable[..., Visit]) -> None:
    page = visits(storage_state=None).open("/my/no-such-shop")
    expect(page.get_by_role("heading", name="There is no shop here")).to_be_visible()
    check_accessibility(page)


def test_the_first_screen_stays_within_its_budget() -> None:
    files = site.read_files(PORTAL)
    scripts = [*preloads.reached("my/main.js"), "boot.js", "messages/en/base.js", "messages/en/my.js"]
    names = [*scripts, "style/tokens.css", "style/base.css", "style/my.css"]
    sizes = {name: len(gzip.compress(files[name].body, 9)) for name in names}
    assert "bundle/base.js" in sizes
    assert sum(sizes.values()) <= BUDGET, json.dumps(sizes, indent=1)


def test_a_question_is_asked_and_the_link_of_the_answer_opens_it(
    visits: Callable[..., Visit], platform: Served, number: str, browser: Browser
) -> None:
    page = visits().open(f"{SHOP}/me")
    page.get_by_role("link", name="Ask Kaveri Stores a question").click()
    page.get_by_role("button", name="Ask a question").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("In a few words").fill("Coins of bill 77 are missing")
    dialog.get_by_label("What happened?").fill("I paid 770 rupees.")
    check_accessibility(page)
    dialog.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Coins of bill 77 are missing")).to_be_visible()
    ticket = page.url.rpartition("/")[2]
    before = len(outbox(platform, number))
    merchant = {"Authorization": f"Bearer {platform.credentials['merchant_tenant_admin']['token']}"}
    url = f"{platform.url}/api/v1/tickets/{ticket}/comments"
    assert requests.post(url, json={"body": "They are there now."}, headers=merchant, timeout=60).ok
    (link,) = re.findall(r"https?://\S+", newest(platform, number, before)["body"])
    assert link.endswith(f"{SHOP}/tickets/{ticket}")
    stranger = Visit(browser, platform, **PHONE)
    there = stranger.open(f"{SHOP}/tickets/{ticket}")
    expect(there.get_by_label("Mobile number")).to_be_visible()
    assert "bill 77" not in there.content()
    stranger.close()
    known = visits()
    there = known.open(f"{SHOP}/tickets/{ticket}")
    expect(there.get_by_text("They are there now.")).to_be_visible()
    there.get_by_label("Your reply").fill("Thank you!")
    there.get_by_role("button", name="Send").click()
    expect(there.get_by_role("list", name="Conversation")).to_contain_text("Thank you!")
    check_accessibility(there)
    fits(there)
    there.get_by_role("link", name="All questions").click()
    expect(there.get_by_role("link", name=re.compile("Coins of bill 77 are missing"))).to_be_visible()
    check_accessibility(there)
    assert known.complaints == []
    before = len(outbox(platform, number))
    url = f"{platform.url}/api/v1/tickets/{ticket}/change-status"
    assert requests.post(url, json={"status": "resolved"}, headers=merchant, timeout=60).ok
    (link,) = re.findall(r"https?://[^/]+(/rate-ticket#\S+)", newest(platform, number, before)["body"])
    stranger = Visit(browser, platform, **PHONE)
    there = stranger.open(link)
    there.get_by_role("radio", name="2", exact=True).click()
    there.get_by_label("What could we do better?").fill("Took long")
    check_accessibility(there)
    there.get_by_role("button", name="Send rating").click()
    expect(there.get_by_text("“Coins of bill 77 are missing”")).to_be_visible()
    there.get_by_role("link", name="Not solved yet? Reply here").click()
    expect(there.get_by_label("Mobile number")).to_be_visible()
    stranger.close()
    there = known.open(f"{SHOP}/tickets/{ticket}")
    expect(there.get_by_role("radio", name="2", exact=True)).to_be_checked()
    there.get_by_role("radio", name="4", exact=True).click()
    expect(there.get_by_label("What could be better?")).to_have_value("Took long")
    check_accessibility(there)
    fits(there)
    there.get_by_role("button", name="Change rating").click()
    expect(there.get_by_text("Thank you for your rating.")).to_be_visible()
    authorized = requests.get(f"{platform.url}/api/v1/tickets/{ticket}", headers=merchant, timeout=60)
    assert authorized.json()["data"]["rating"]["score"] == 4
