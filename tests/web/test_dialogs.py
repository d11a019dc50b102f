"""Dialogs on phones: each is opened by its button and fits, whatever its form holds."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.served import Served
from tests.web.pages import PHONE, STILL, Visit, in_full, needs_browser

pytestmark = needs_browser

WIDTHS = (390, 320)

TOO_WIDE = """() => {
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
  if (!dialog) return [];
  const scrolls = (each) => each.closest('.table-wrap, pre, .copy, .ellipsis, .sr');
  const edge = dialog.getBoundingClientRect();
  const beyond = [...dialog.querySelectorAll('*')].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width > 1 && (box.right > edge.right + 1 || box.left < edge.left - 1) && !scrolls(each);
  }).map((each) => each.outerHTML.slice(0, 120));
  const wide = dialog.scrollWidth > dialog.clientWidth || edge.right > innerWidth + 1;
  return wide || beyond.length ? [`${dialog.scrollWidth} of ${dialog.clientWidth} px`, ...beyond.slice(0, 3)] : [];
}"""

PAGES = {
    "merchant_tenant_admin": (
        "/rewards /prefund /tickets /team /keys /endpoints /connections /networks /accounts /sites /documents"
        " /branding /exports /imports /ledger /customers /program /notifications /profile /redemptions /invoices"
    ),
    "tenant_admin": "/programs /requests /funds /prefund /reports /verification /team",
    "operator": (
        "/queue /disputes /tenants /plans /receivers /requirements /announcements /status /content /accounts"
        " /support-settings /flags /invoices /tickets /checks"
    ),
}


def _too_wide(page: Page) -> list[str]:
    page.wait_for_function("() => !document.querySelector('dialog[open] .skeleton')")
    page.wait_for_function(STILL)
    found: list[str] = page.evaluate(TOO_WIDE)
    return found


def _opened(page: Page, selector: str) -> dict[str, list[str]]:
    """What is too wide in the dialogs that the buttons open, by the button's name; each is closed again."""
    found = {}
    here = page.url.split("?")[0]
    for at in range(min(page.locator(selector).count(), 4)):
        button = page.locator(selector).nth(at)
        name = button.get_attribute("aria-label") or button.inner_text()
        button.click()
        page.wait_for_timeout(150)  # what opens a dialog does so at once; a button may do something else
        if page.url.split("?")[0] != here:  # a row that is a page of its own
            page.go_back()
            page.locator("h1").first.wait_for()
            return found
        if page.locator("dialog[open]").count():
            if wide := _too_wide(page):
                found[name] = wide
            page.keyboard.press("Escape")
            page.wait_for_function("() => !document.querySelector('dialog[open]')")
    return found


@pytest.mark.parametrize("width", WIDTHS)
def test_the_form_of_a_campaign_fits_a_phone(browser: Browser, platform: Served, width: int) -> None:
    visit = Visit(browser, platform, **{**PHONE, "viewport": {"width": width, "height": 760}}).sign_in("tenant_admin")
    page = visit.open(f"/programs/{platform.credentials['samples']['program_id']}?tab=campaigns")
    page.get_by_role("button", name="New campaign").first.click()
    form = page.get_by_role("dialog", name="New campaign")
    for name in form.get_by_role("radio").all_inner_texts():
        form.get_by_role("radio", name=name, exact=True).click()
        assert not _too_wide(page), name
    visit.close()


@in_full
@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("who", PAGES)
def test_dialogs_fit_a_phone(browser: Browser, platform: Served, who: str, width: int, language: str) -> None:
    visit = Visit(browser, platform, **{**PHONE, "viewport": {"width": width, "height": 760}}).sign_in(who)
    visit.context.add_init_script(f"localStorage.setItem('batua.language', '{language}')")
    found = {}
    for path in PAGES[who].split():
        page = visit.open(path)
        page.locator("h1").first.wait_for()
        page.wait_for_load_state("networkidle")
        for selector in (".page-head button", ".row-button", ".tree-open"):
            if wide := _opened(page, selector):
                found[path] = wide
        page.close()
    assert not found
    visit.close()
