"""The pages that mails link to, signing in with everything there is, and a session that ends while somebody works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
import requests

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, expect

from tests.served import Served
from tests.waiting import until
from tests.web.accounts import PASSWORD, bearer, code_of, enrol, fill, link, new_admin, policy
from tests.web.pages import (
    DESK,
    PHONE,
    Visit,
    check_accessibility,
    confirm_identity,
    fits,
    in_full,
    needs_browser,
)

pytestmark = needs_browser


@pytest.fixture
def visit(browser: Browser, platform: Served) -> Iterator[Visit]:
    visit = Visit(browser, platform, **PHONE)
    yield visit
    assert visit.complaints == []
    assert visit.foreign == []
    visit.close()


def test_a_stranger_is_asked_to_sign_in_and_then_comes_to_where_they_wanted(visit: Visit) -> None:
    page = visit.open("/counter?from=bookmark")
    page.wait_for_url("**/sign-in?next=**")
    person = visit.platform.credentials["cashier"]
    fill(page, person["username"], "not the password, sorry")
    expect(page.get_by_role("alert")).to_contain_text("The email address or the password is wrong")
    fill(page, person["username"], person["password"])
    page.wait_for_url("**/counter?from=bookmark")


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", *(pytest.param(each, marks=in_full) for each in ("https://evil.example/", "/\\evil.example"))],
)
def test_signing_in_leads_to_this_site_alone(visit: Visit, target: str) -> None:
    person = visit.platform.credentials["cashier"]
    page = visit.open(f"/sign-in?next={quote(target, safe='')}")
    fill(page, person["username"], person["password"])
    page.wait_for_url("**/counter")
    assert urlsplit(page.url).netloc == urlsplit(visit.platform.url).netloc


def test_an_invitation_sets_a_password_and_opens_the_account_once(visit: Visit, platform: Served) -> None:
    invited = {"email": "new.hand@kaveri.example", "name": "New Hand", "roles": ["cashier"]}
    answer = requests.post(
        f"{platform.url}/api/v1/tenant/users",
        json=invited,
        headers=bearer(platform, "merchant_tenant_admin")
        | {"X-Reauthentication": platform.credentials["merchant_tenant_admin"]["proof"]},
        timeout=60,
    )
    assert answer.ok, answer.text
    path = link(platform, invited["email"], "/accept-invitation")
    page = visit.open(path)
    page.get_by_label("New password").fill("short")
    page.get_by_label("New password").press("Enter")
    assert page.url.endswith(path), "the browser itself refuses what is too short"
    page.get_by_label("New password").fill("1234567890")
    page.get_by_role("button", name="Open my account").click()
    expect(page.locator(".field .error")).to_be_visible()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Open my account").click()
    page.wait_for_url("**/sign-in?done=invitation")
    expect(page.get_by_text("Your account is ready")).to_be_visible()
    fill(page, invited["email"], PASSWORD)
    page.wait_for_url("**/counter")
    again = visit.open(path)
    again.get_by_label("New password").fill(PASSWORD)
    again.get_by_role("button", name="Open my account").click()
    expect(again.get_by_role("heading", name="This link doesn’t work any more")).to_be_visible()


def test_the_language_that_somebody_chooses_is_the_one_of_their_mail(visit: Visit, platform: Served) -> None:
    email = "hindi.reader@kaveri.example"
    new_admin(platform, email)
    page = visit.open("/sign-in")
    page.get_by_label("Language").select_option("hi")
    page.get_by_label("ईमेल").fill(email)
    page.get_by_label("पासवर्ड", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="साइन इन").click()
    page.wait_for_url("**/counter")

    def wanted() -> str:
        answer = page.request.get("/api/v1/notifications/preferences")
        return str(answer.json()["data"]["language"])

    assert wanted() == "hi"
    page.get_by_role("button", name="मेन्यू").click()
    page.get_by_label("भाषा").select_option("en")
    until(lambda: wanted() == "en")


def test_a_forgotten_password_is_set_anew_by_the_mailed_link(visit: Visit, platform: Served) -> None:
    who = platform.credentials["viewer"]["username"]
    page = visit.open("/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email address").fill(who)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page = visit.open(link(platform, who, "/reset-password"))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.wait_for_url("**/sign-in?done=reset")
    fill(page, who, PASSWORD)
    page.wait_for_url(re.compile(r"/(?!sign-in)[a-z-]*$"))


def test_a_link_that_is_not_whole_says_so(visit: Visit) -> None:
    for path in ("/accept-invitation", "/verify-email", "/verify-email#token=nonsense"):
        page = visit.open(path)
        if "token" in path:
            page.get_by_role("button", name="Verify this address").click()
        expect(page.get_by_role("heading", name="This link doesn’t work any more")).to_be_visible()
        page.close()


def test_a_second_factor_and_a_recovery_code_open_the_account(browser: Browser, platform: Served) -> None:
    who = platform.credentials["tenant_admin"]
    _, recovery = enrol(platform, "tenant_admin")
    visit = Visit(browser, platform, **DESK)
    page = visit.open("/sign-in")
    fill(page, who["username"], who["password"])
    expect(page.get_by_role("heading", name="Two-step sign-in")).to_be_visible()
    check_accessibility(page)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("That code is wrong")
    page.get_by_role("button", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(recovery[0])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/(?!sign-in)[a-z-]*$"))
    visit.close()


@in_full
def test_a_second_factor_is_turned_on_by_its_qr_code_and_off_again(browser: Browser, platform: Served) -> None:
    who = platform.credentials["merchant_admin"]
    visit = Visit(browser, platform, **DESK).sign_in("merchant_admin")
    page = visit.open("/profile")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_alt_text("QR code for the authenticator app")).to_be_visible()
    check_accessibility(page)
    secret = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_label("Type the six digits that the app shows").fill(code_of(secret))
    page.get_by_role("button", name="Confirm").click()
    confirm_identity(page, platform, "merchant_admin")
    page.locator(".codes li").first.wait_for()  # each code is hashed as a password is
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) >= 8
    page.get_by_role("button", name="I have saved them").click()
    expect(page.get_by_text(f"{len(codes)} recovery codes are left")).to_be_visible()
    page.get_by_role("button", name="Turn it off").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill(who["password"])
    dialog.get_by_role("button", name="Use a recovery code").click()
    dialog.get_by_label("Recovery code").fill(codes[0])
    dialog.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_role("button", name="Turn it on")).to_be_visible()
    assert visit.complaints == []
    visit.close()


@pytest.mark.parametrize("way", ["signing in", "the address"])
def test_who_has_to_is_led_through_the_set_up_of_two_steps_before_anything_else(
    browser: Browser, platform: Served, way: str
) -> None:
    admin = new_admin(platform, f"admin.{way[-2:]}@kaveri.example")
    policy(platform, "merchant_tenant_admin", True)
    try:
        visit = Visit(browser, platform, **PHONE)
        if way == "signing in":
            page = visit.open("/sign-in?next=%2Fteam")
            fill(page, admin, PASSWORD)
        else:
            page = visit.sign_in(admin).open("/team")
            expect(page).to_have_url(re.compile(r"/two-step\?next=%2Fteam$"))
        expect(page.get_by_role("heading", name="Set up two-step sign-in")).to_be_visible()
        expect(page.get_by_alt_text("QR code for the authenticator app")).to_be_visible()
        check_accessibility(page)
        fits(page)
        field = page.get_by_label("Type the six digits that the app shows")
        code = code_of(page.locator(".copy code").inner_text())
        field.fill(f"{(int(code) + 1) % 1_000_000:06d}")
        page.get_by_role("button", name="Confirm").click()
        if way == "the address":
            confirm_identity(page, platform, admin)
        expect(page.get_by_role("alert")).to_be_visible()
        field.fill(code)
        page.get_by_role("button", name="Confirm").click()
        page.locator(".codes li").first.wait_for(timeout=30_000)  # each code is hashed as a password is
        check_accessibility(page)
        fits(page)
        page.get_by_role("button", name="I have saved them").click()
        page.wait_for_url("**/team")
        expect(page.get_by_role("heading", name="Team")).to_be_visible()
        assert visit.complaints == []
        visit.close()
    finally:
        policy(platform, "merchant_tenant_admin", False)


def test_the_sandbox_is_another_sign_in_and_unmistakable(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("cashier")
    page = visit.open("/counter")
    page.get_by_role("button", name=re.compile("^Menu of")).click()
    page.get_by_role("button", name="Switch to the sandbox").click()
    page.get_by_label("Password", exact=True).fill(platform.credentials["cashier"]["password"])
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".sandbox-bar")).to_contain_text("Nothing here reaches a real customer")
    page.wait_for_load_state("networkidle")  # it is loaded anew for the other session
    check_accessibility(page)
    visit.close()


def test_signing_out_ends_the_session_and_forgets_the_customers(browser: Browser, platform: Served) -> None:
    visit = Visit(browser, platform, **PHONE).sign_in("cashier")
    page = visit.open("/counter")
    page.locator(".recent li").first.wait_for()
    page.get_by_role("button", name=re.compile("^Menu of")).click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    kept = page.evaluate("() => Object.keys(localStorage)")
    assert not [key for key in kept if key.startswith(("batua.me", "batua.recent"))]
    page.goto("/counter")
    page.wait_for_url("**/sign-in**")
    visit.close()


@pytest.mark.parametrize(
    "path", ["/sign-in", "/reset-password", "/accept-invitation#token=x", "/verify-email#token=x", "/nope"]
)
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=in_full)])
def test_pages_around_an_account_are_accessible_and_fit_at_320_pixels(
    browser: Browser, platform: Served, path: str, scheme: str
) -> None:
    visit = Visit(browser, platform, viewport={"width": 320, "height": 640}, color_scheme=scheme)
    page = visit.open(path)
    page.locator("h1").wait_for()
    check_accessibility(page)
    fits(page)
    assert visit.complaints == []
    visit.close()
