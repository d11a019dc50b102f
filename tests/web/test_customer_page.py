"""The customer's page: signing in by code, coins, the QR code, rewards, and what shows without a network."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from batua.platform import site

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, Route, expect

from tests.served import Served
from tests.web import preloads
from tests.web.customer_visits import (  # noqa: F401 - fixtures among them
    PORTAL,
    SHOP,
    code_sent,
    issue,
    newest,
    number,
    sign_in,
    signed_in,
    visits,
)
from tests.web.pages import DESK, PHONE, Visit, check_accessibility, fits, in_full, needs_browser, outbox

pytestmark = needs_browser
BUDGET = 36_000
"""Bytes of compressed script and style before a customer who comes back sees their coins."""

OTHER_NUMBER = "+919845067890"


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
