"""The forms of rewards and of campaigns in the office: filled in as a person does, sent, and shown again."""

from __future__ import annotations

import requests
from playwright.sync_api import Browser, expect

from tests.served import Served
from tests.web.pages import DESK, PHONE, Visit, check_accessibility, confirm_identity, fits, needs_browser

pytestmark = needs_browser


def test_a_reward_is_made_for_tagged_customers_with_codes_and_changed(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("merchant_tenant_admin")
    page = visit.open("/rewards")
    page.get_by_role("button", name="New reward").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Title").fill("Filter coffee")
    form.get_by_label("Kind").select_option("voucher")
    form.get_by_label("Coins", exact=True).fill("12")
    form.get_by_label("Code", exact=True).select_option("pool")
    form.get_by_label("Codes", exact=True).fill("CUP-0001\nCUP-0002")
    form.get_by_text("More: limits").click()
    form.get_by_label("For customers tagged").fill("VIP!")
    check_accessibility(page)
    form.get_by_role("button", name="Save").click()
    confirm_identity(page, platform, "merchant_tenant_admin")
    expect(page.get_by_role("dialog", name="Confirm it’s you")).to_be_hidden()
    expect(form.get_by_label("For customers tagged")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("For customers tagged").fill("vip, staff")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    page.get_by_text("Filter coffee").first.click()
    shown = page.get_by_role("dialog")
    expect(shown).to_contain_text("vip, staff")
    shown.get_by_role("button", name="Edit").click()
    page.get_by_role("dialog").get_by_label("Coins", exact=True).fill("15")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.get_by_text("Filter coffee").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("15")
    assert visit.complaints == []
    visit.close()


def test_a_campaign_is_tried_out_on_past_sales_made_and_ended(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("tenant_admin")
    program = platform.credentials["samples"]["program_id"]
    page = visit.open(f"/programs/{program}?tab=campaigns")
    new = page.get_by_role("button", name="New campaign").first
    expect(new).to_be_visible()
    new.click()
    form = page.get_by_role("dialog", name="New campaign")
    form.get_by_label("Name").fill("Double Tuesday")
    form.get_by_label("Times").fill("0")
    form.get_by_role("button", name="Tue", exact=True).click()
    form.get_by_label("Budget (coins)").fill("1000")
    check_accessibility(page)
    form.get_by_role("button", name="Create the campaign").click()
    confirm_identity(page, platform, "tenant_admin")
    expect(form.get_by_label("Times")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Times").fill("2")
    form.get_by_role("button", name="Try it").click()
    expect(form.locator(".trial .figures-row")).to_be_visible()
    form.get_by_role("button", name="Create the campaign").click()
    expect(form).to_be_hidden()
    row = page.get_by_role("row").filter(has_text="Double Tuesday")
    expect(row).to_contain_text("Tue")
    row.get_by_role("button").first.click()
    page.get_by_role("dialog").get_by_role("button", name="End it now").click()
    page.get_by_role("dialog").last.get_by_role("button", name="End it now").click()
    expect(row).to_contain_text("Ended")
    assert visit.complaints == []
    visit.close()


def test_a_friends_code_is_a_line_of_the_counter_until_somebody_has_one(browser: Browser, platform: Served) -> None:
    who, program = platform.credentials["tenant_admin"], platform.credentials["samples"]["program_id"]
    owner = {"Authorization": f"Bearer {who['token']}"}
    proven = requests.post(
        f"{platform.url}/api/v1/auth/reauthenticate", json={"password": who["password"]}, headers=owner, timeout=60
    )
    owner["X-Reauthentication"] = proven.json()["data"]["proof"]
    body = {"name": "A friend", "type": "referral", "coins": 40, "referrer_coins": 60, "ends_at": "2090-01-01"}
    url = f"{platform.url}/api/v1/rewards/programs/{program}/campaigns"
    made = requests.post(url, json=body, headers=owner, timeout=60)
    assert made.status_code == 201, made.text
    visit = Visit(browser, platform, **PHONE).sign_in("cashier")
    page = visit.open("/counter")
    page.locator("#number").press_sequentially("9876507001")
    page.get_by_label("Bill amount").press_sequentially("500")
    line = page.locator(".referral summary")
    expect(line).to_be_visible()
    lowest = page.locator(".keypad").bounding_box()
    button = page.locator(".submit").bounding_box()
    assert lowest is not None
    assert button is not None
    assert lowest["y"] + lowest["height"] <= button["y"], "the button covers keys"
    check_accessibility(page)
    line.click()
    page.get_by_label("Friend’s code (optional)").fill("NOBODYS1")
    page.locator(".submit button").click()
    expect(page.get_by_text("No customer has this friend’s code")).to_be_visible()
    page.get_by_role("button", name="Change the bill").click()
    expect(page.get_by_label("Bill amount")).to_have_value("500")
    expect(page.get_by_label("Friend’s code (optional)")).to_have_value("NOBODYS1")
    page.get_by_label("Friend’s code (optional)").fill("")
    page.locator(".submit button").click()
    expect(page.get_by_role("heading", name="25 coins issued")).to_be_visible()
    expect(page.get_by_text("1 refused")).to_have_count(0)
    ended = requests.delete(f"{url}/{made.json()['data']['id']}", headers=owner, timeout=60)
    assert ended.status_code == 200, ended.text
    assert visit.complaints == []
    visit.close()


def test_a_customer_is_tagged_on_a_phone(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **{**PHONE, "viewport": {"width": 320, "height": 640}})
    visit.sign_in("merchant_tenant_admin")
    number = platform.credentials["customer"]["phone"]
    page = visit.open(f"/customers?customer={number.replace('+', '%2B')}")
    page.get_by_role("button", name="Change tags").click()
    page.get_by_role("textbox", name="Tags").fill("VIP, old friend")
    page.get_by_role("button", name="Save").click()
    tags = page.get_by_role("region", name="Tags")
    expect(tags).to_contain_text("vip")
    expect(tags).to_contain_text("old-friend")
    fits(page)
    check_accessibility(page)
    assert visit.complaints == []
    visit.close()


def test_the_report_on_customers_leads_to_who_is_in_a_segment(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("tenant_admin")
    program = platform.credentials["samples"]["program_id"]
    page = visit.open(f"/programs/{program}?tab=segments")
    expect(page.locator("figure.chart rect").first).to_be_attached()
    rows = page.get_by_role("table", name="Customers", exact=True).get_by_role("row")
    expect(rows).to_have_count(9)
    expect(page.get_by_role("region", name="Who came again").get_by_role("row")).not_to_have_count(1)
    check_accessibility(page)
    segment = next(row for row in rows.all()[1:] if not row.inner_text().split("\t")[1].startswith("0"))
    segment.get_by_role("button").click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("link").first).to_contain_text("+91")
    check_accessibility(page)
    assert visit.complaints == []
    visit.close()


def test_customers_and_referrals_of_a_program_fit_a_phone_and_speak_hindi(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **{**PHONE, "viewport": {"width": 320, "height": 640}}, locale="hi-IN")
    visit.sign_in("tenant_admin")
    program = platform.credentials["samples"]["program_id"]
    for tab, words in (("segments", "ग्राहक"), ("referrals", "रेफ़रल")):
        page = visit.open(f"/programs/{program}?tab={tab}")
        expect(page.get_by_text(words).first).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        # Of more tabs than fit, the chosen one is whole in sight, also once the typeface has come.
        page.locator("html.typeface").wait_for()
        expect(page.get_by_role("radio", checked=True).first).to_be_in_viewport(ratio=1)
        fits(page)
        check_accessibility(page)
        page.close()
    assert visit.complaints == []
    visit.close()


def test_a_reward_in_wallet_credit_asks_for_a_wallet(browser: Browser, platform: Served) -> None:
    """Somebody in a network has none of their own: the form says what to do before it is sent."""
    visit = Visit(browser, platform, **DESK).sign_in("merchant_tenant_admin")
    page = visit.open("/rewards")
    page.get_by_role("button", name="New reward").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Kind").select_option("wallet_credit")
    expect(form.get_by_text("There is no wallet to credit yet")).to_be_visible()
    expect(form.get_by_label("Code", exact=True)).to_have_count(0)
    check_accessibility(page)
    assert visit.complaints == []
    visit.close()
