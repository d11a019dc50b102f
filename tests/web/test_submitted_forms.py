"""Forms of the office and the console that change something: filled in, sent, and what came of it seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from local.irp import CLIENT, CLIENT_SECRET, PASSWORD
from local.irp import PATH as IRP
from tests.served import Served
from tests.web.pages import DESK, PHONE, Visit, check_accessibility, confirm_identity, fits, needs_browser

pytestmark = needs_browser


def issue(platform: Served, phone: str, reference: str, coins: int = 40) -> None:
    headers = {"Authorization": f"Bearer {platform.credentials['merchant_live_key']}"}
    body = {"phone": phone, "coins": coins, "reference": reference}
    answer = requests.post(f"{platform.url}/api/v1/merchant/coins/issue", json=body, headers=headers, timeout=10)
    assert answer.ok, answer.text


def balance(platform: Served, phone: str) -> int:
    headers = {"Authorization": f"Bearer {platform.credentials['merchant_live_key']}"}
    url = f"{platform.url}/api/v1/merchant/customers/balance"
    found = requests.get(url, params={"phone": phone}, headers=headers, timeout=10).json()["data"]
    return int(found["balance"])


def test_what_a_program_owes_is_shown_by_month_and_saved_for_the_books(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("tenant_admin")
    page = visit.open(f"/programs/{platform.credentials['samples']['program_id']}?tab=liability")
    expect(page.get_by_text("Coins outstanding").first).to_be_visible()
    table = page.get_by_role("table", name="Month by month")
    expect(table.get_by_role("row").nth(1)).to_contain_text("20")
    fits(page)
    check_accessibility(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert download.value.suggested_filename.startswith("liability-")
    assert "opening" in lines[0]
    assert len(lines) > 1
    assert visit.complaints == []
    visit.close()


def test_a_draft_is_written_changed_numbered_and_written_off(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("tenant_admin")
    page = visit.open("/invoices")
    page.get_by_role("button", name="New invoice").click()
    form = page.get_by_role("dialog", name="New invoice")
    form.get_by_label("Customer").fill("Meera Textiles")
    form.get_by_label("GSTIN").fill("29ABCDE1234F1Z9")
    form.get_by_label("Description").fill("Loyalty programme, December")
    form.get_by_label("Unit price (₹)").fill("1500")
    form.get_by_label("HSN / SAC").fill("998314")
    expect(form.get_by_text("₹1,500 before tax")).to_be_visible()
    check_accessibility(page)
    form.get_by_role("button", name="Save the draft").click()
    expect(form.get_by_label("GSTIN")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("GSTIN").fill("")
    form.get_by_label(re.compile("State")).fill("29")
    form.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("heading", name="Draft")).to_be_visible()
    page.get_by_role("button", name="Change the draft").click()
    form = page.get_by_role("dialog", name="Change the draft")
    expect(form.get_by_label("Customer")).to_have_value("Meera Textiles")
    form.get_by_label("Unit price (₹)").fill("2000")
    form.get_by_role("button", name="Save", exact=True).click()
    expect(form).to_be_hidden()
    expect(page.locator("aside")).to_contain_text("₹2,360")
    page.get_by_role("button", name="Finalize").click()
    expect(page.get_by_role("heading", name=re.compile("^INV"))).to_be_visible()
    page.get_by_role("button", name="Write it off").click()
    form = page.get_by_role("dialog", name="Write it off")
    expect(form.get_by_role("button", name="Write it off")).to_be_disabled()
    form.get_by_label("Reason").fill("The shop has closed")
    form.get_by_role("button", name="Write it off").click()
    expect(page.locator(".page-head")).to_contain_text("Written off")
    expect(page.locator("aside")).to_contain_text("The shop has closed")
    assert visit.complaints == []
    visit.close()


def test_a_draft_is_deleted_for_good(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("tenant_admin")
    draft = platform.credentials["samples"]["billing_spare_id"]
    page = visit.open(f"/invoices/{draft}")
    page.get_by_role("button", name="Delete the draft").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the draft").click()
    expect(page).to_have_url(re.compile("/invoices$"))
    page.goto(f"/invoices/{draft}")
    expect(page.get_by_role("alert")).to_be_visible()
    assert visit.complaints == []
    visit.close()


def test_an_invoice_is_registered_at_the_portal_of_the_account_and_cancelled_there(
    browser: Browser, platform: Served
) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("tenant_admin")
    page = visit.open("/accounts")
    account = page.get_by_role("region", name="E-invoices")
    account.get_by_role("button", name="Set up").click()
    form = page.get_by_role("dialog", name="E-invoices")
    key = requests.get(f"{platform.url}{IRP}/public-key", timeout=10).text
    filled = {
        "User name of the API user": "sitara_api",
        "Its password": PASSWORD,
        "Client id": CLIENT,
        "Client secret": CLIENT_SECRET,
        "Public key of the provider (PEM)": key,
    }
    for label, value in filled.items():
        form.get_by_label(label).fill(value)
    check_accessibility(page)
    form.get_by_role("button", name="Save").click()
    confirm_identity(page, platform, "tenant_admin")
    expect(form).to_be_hidden()
    expect(account.get_by_text("sitara_api")).to_be_visible()
    page.goto(f"/invoices/{platform.credentials['samples']['billing_invoice_id']}")
    entry = page.get_by_role("region", name="E-invoice")
    expect(entry).to_contain_text("Not registered")
    with page.expect_download() as download:
        entry.get_by_role("button", name="INV-01 file").click()
    assert '"DocDtls"' in Path(download.value.path()).read_text(encoding="utf-8")
    entry.get_by_role("button", name="Register").click()
    expect(entry.get_by_text("Registered", exact=True).first).to_be_visible()
    expect(entry).to_contain_text("Acknowledgement")
    entry.get_by_role("button", name="Cancel it").click()
    form = page.get_by_role("dialog", name="Cancel the e-invoice")
    form.get_by_label("Reason").select_option("A mistake in it")
    form.get_by_label("Remark for the portal").fill("Wrong month")
    check_accessibility(page)
    form.get_by_role("button", name="Cancel it").click()
    expect(page.locator(".page-head")).to_contain_text("Void")
    expect(entry).to_contain_text("Cancelled")
    assert visit.complaints == []
    visit.close()


def test_the_owner_of_a_program_moves_all_coins_to_a_new_number(browser: Browser, platform: Served) -> None:
    issue(platform, "9876511001", "merge-from", 40)
    visit = Visit(browser, platform, **PHONE).sign_in("tenant_admin")
    page = visit.open("/customers?customer=9876511001")
    page.get_by_role("button", name="New number").click()
    form = page.get_by_role("dialog", name="New number")
    form.get_by_label("The new number").fill("12")
    form.get_by_label("Reason").fill("New SIM")
    form.get_by_role("button", name="Move all coins").click()
    confirm_identity(page, platform, "tenant_admin")
    expect(form.locator(".error, [role=alert]").first).to_be_visible()
    form.get_by_label("The new number").fill("9876511002")
    check_accessibility(page)
    form.get_by_role("button", name="Move all coins").click()
    expect(page.get_by_text("40 coins moved to the new number.")).to_be_visible()
    assert (balance(platform, "9876511001"), balance(platform, "9876511002")) == (0, 40)
    assert visit.complaints == []
    visit.close()


def test_an_issue_to_the_wrong_number_goes_to_the_right_one(browser: Browser, platform: Served) -> None:
    issue(platform, "9876511003", "to-the-wrong-number", 30)
    visit = Visit(browser, platform, **DESK).sign_in("merchant_tenant_admin")
    page = visit.open("/ledger?reference=to-the-wrong-number")
    page.locator(".row-button").first.click()
    page.get_by_role("button", name="Correct the number").click()
    form = page.get_by_role("dialog", name="Correct the number")
    form.get_by_label("The right number").fill("9876511004")
    form.get_by_label("Reason").fill("Two digits were swapped")
    check_accessibility(page)
    form.get_by_role("button", name="Move the coins").click()
    expect(page.get_by_text("30 coins moved.")).to_be_visible()
    assert (balance(platform, "9876511003"), balance(platform, "9876511004")) == (0, 30)
    assert visit.complaints == []
    visit.close()


def test_a_request_gets_a_reviewer_and_a_question_that_the_tenant_answers(browser: Browser, platform: Served) -> None:
    request = platform.credentials["samples"]["prefund_request_id"]
    visit = Visit(browser, platform, **DESK).sign_in("operator")
    page = visit.open(f"/queue/{request}")
    page.get_by_label("Reviewer").select_option("Joseph Fernandes")
    expect(page.get_by_text("Assigned.")).to_be_visible()
    page.get_by_role("button", name="Take into review").click()
    expect(page.locator(".page-head")).to_contain_text("Under review")
    page.get_by_label("Question").fill("Which account did it come from?")
    page.get_by_role("button", name="Send the question").click()
    expect(page.get_by_text("The tenant was asked, and has not answered yet.")).to_be_visible()
    check_accessibility(page)
    tenant = Visit(browser, platform, **PHONE).sign_in("tenant_admin")
    there = tenant.open("/prefund")
    there.get_by_role("row").filter(has_text="HDFCR5SEEDSAMPLE").get_by_role("button").click()
    panel = there.get_by_role("dialog")
    expect(panel).to_contain_text("Which account did it come from?")
    panel.get_by_label("Your answer").fill("Our current account at HDFC")
    panel.get_by_role("button", name=re.compile("[Ss]end")).click()
    expect(panel).to_be_hidden()
    page.reload()
    expect(page.locator(".timeline")).to_contain_text("Our current account at HDFC")
    assert visit.complaints + tenant.complaints == []
    tenant.close()
    visit.close()


def test_a_ticket_is_sorted_anew_by_staff(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("staff")
    page = visit.open(f"/tickets/{platform.credentials['samples']['ticket_id']}")
    page.get_by_label("Category").select_option("Prefund")
    expect(page.get_by_text("Changed.")).to_be_visible()
    page.get_by_label("Priority").select_option("Urgent")
    expect(page.get_by_label("Priority")).to_have_value("urgent")
    page.reload()
    expect(page.get_by_label("Category")).to_have_value("prefund")
    expect(page.get_by_label("Priority")).to_have_value("urgent")
    check_accessibility(page)
    assert visit.complaints == []
    visit.close()


def test_a_merchant_opens_its_desk_to_customers(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("merchant_tenant_admin")
    page = visit.open("/tickets?show=customers")
    box = page.get_by_role("checkbox").first
    before = box.is_checked()
    box.click()
    expect(box).to_be_checked(checked=not before)
    page.reload()
    expect(page.get_by_role("checkbox").first).to_be_checked(checked=not before)
    fits(page)
    assert visit.complaints == []
    visit.close()


@pytest.mark.parametrize(("language", "label"), [("en", "Coins per bill (%)"), ("hi", "बिल पर सिक्के (%)")])
def test_what_is_wrong_with_a_field_names_it_as_people_do(
    browser: Browser, platform: Served, language: str, label: str
) -> None:
    visit = Visit(browser, platform, **DESK).sign_in("merchant_tenant_admin")
    visit.context.add_init_script(f"localStorage.setItem('batua.language', '{language}')")
    page = visit.open("/dashboard")
    page.locator("h1").first.wait_for()
    said = page.evaluate(
        """async () => {
      const { call, problemText, Problem } = await import('/lib/api.js');
      await call('POST', '/prefund/requests', { body: {} }).catch(() => {});
      const wrong = (field) => new Problem(400, { code: 'validation_error', errors: { [field]: ['too high'] } });
      const of = (field) => problemText(wrong(field));
      return [of('rules.0.earn_percent'), of('field_of_tomorrow')];
    }"""
    )
    assert said == [f"{label}: too high", "too high"]
    visit.close()


def test_a_refusal_is_told_in_hindi_with_its_figures(browser: Browser, platform: Served) -> None:
    """The API answers in English; what a page shows of it is in the language that its reader chose."""
    visit = Visit(browser, platform, **PHONE).sign_in("merchant_tenant_admin")
    visit.context.add_init_script("localStorage.setItem('batua.language', 'hi')")
    page = visit.open("/dashboard")
    page.locator("h1").first.wait_for()
    said = page.evaluate(
        """async () => {
      const { call, problemText } = await import('/lib/api.js');
      const told = (...request) => call(...request).catch(problemText);
      const { faultInHindi, messageInHindi } = await import('/messages/hi/refused/index.js');
      return [
        await told('POST', '/prefund/requests', { body: { amount: '-5' } }),
        await told('GET', '/invoices/inv_01KDC0V6M8W3T4Q9X2Z7N5B1FA'),
        await told('POST', '/tickets', { body: { subject: '', category: 'everything' } }),
        messageInHindi('insufficient_balance', 'Insufficient balance: 1,499.50 available, 2,000 requested.'),
        messageInHindi('redemption_not_in_state', 'The redemption is cancelled, so this is no longer possible.'),
        messageInHindi('wallet_closed', 'A sentence of tomorrow.'),
        faultInHindi('must have at least 2 characters'),
        faultInHindi('must be draft, active or paused'),
        faultInHindi('must be 100 or less, or ask for text/csv'),
        faultInHindi('a fault of tomorrow'),
      ];
    }"""
    )
    assert said[1] == "यह इनवॉइस नहीं मिला।"
    assert all(re.match("[\u0900-\u097f]", text) and not re.search("must|required", text) for text in said[:3]), said
    assert said[3:] == [
        "बैलेंस कम है: 1,499.50 उपलब्ध हैं, 2,000 चाहिए।",
        "इस ऑर्डर की स्थिति “रद्द” है, इसलिए यह अब नहीं हो सकता।",
        "यह वॉलेट बंद है। इसे फिर खोलें या दूसरा चुनें।",
        "कम से कम 2 अक्षर लिखें",
        "इनमें से एक हो: draft, active or paused",
        "100 या कम हो",
        "a fault of tomorrow",
    ]
    visit.close()
