"""What customers do on their page: rewards and gift cards, a copy and the end of their data, passes, and questions."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, Route, expect

from tests.api import pass_issuers as issuers
from tests.served import Served
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
from tests.web.pages import PHONE, Visit, check_accessibility, fits, needs_browser, outbox

pytestmark = needs_browser


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
