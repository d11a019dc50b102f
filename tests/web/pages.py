"""A real browser at the pages, signed in as one of the seeded people and watched for complaints."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.served import Served
from tests.web.browser import find

PROGRAM = find()
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
WHOLE = os.environ.get("WEB") == "all"
"""`make test-web` tries everything; `make test` what is quick."""

BROWSER = os.environ.get("WEB_BROWSER", "chromium")
"""`firefox` and `webkit` are Playwright's own builds (`playwright install firefox webkit`), or the Firefox that FIREFOX
names, where this Playwright understands it."""

needs_browser = pytest.mark.skipif(
    BROWSER == "chromium" and PROGRAM is None, reason="NO CHROMIUM: install it, or name it in CHROMIUM"
)
only_chromium = pytest.mark.skipif(BROWSER != "chromium", reason="only in Chromium")
in_full = pytest.mark.skipif(not WHOLE, reason="only in make test-web")

PATIENCE_MS = 60_000
"""On a busy machine; elsewhere nothing takes so long. Playwright itself gives up after five seconds."""

expect.set_options(timeout=PATIENCE_MS)

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
if BROWSER != "firefox":  # which has no such mode
    PHONE["is_mobile"] = True
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}

STILL = """() => document.getAnimations().every((each) =>
  each.playState !== 'running' || each.effect.getComputedTiming().iterations === Infinity)"""
"""True once everything that moves has come to rest, spinners aside."""

_SIGN_IN = """async ([username, password, mode]) => {
  const token = (await (await fetch('/api/v1/auth/csrf')).json()).data.csrf_token;
  const response = await fetch('/api/v1/auth/session/login', {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-csrftoken': token },
    body: JSON.stringify({ username, password, mode }),
  });
  return response.status;
}"""


@contextmanager
def chosen_browser(playwright: Playwright) -> Iterator[Browser]:
    """What WEB_BROWSER names."""
    if BROWSER == "chromium":
        with chromium(playwright) as browser:
            yield browser
        return
    named = os.environ.get("FIREFOX") if BROWSER == "firefox" else None
    options: dict[str, Any] = {"channel": "moz-firefox", "executable_path": named} if named else {}
    browser = getattr(playwright, BROWSER).launch(**options)
    yield browser
    browser.close()


@contextmanager
def chromium(playwright: Playwright, *flags: str) -> Iterator[Browser]:
    args = ["--no-sandbox", "--disable-gpu", "--disable-quic", *flags]
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=args)
    yield browser
    browser.close()


class Visit:
    """A browser profile of its own. `complaints` are errors of its pages; refused requests are not among them."""

    def __init__(self, browser: Browser, platform: Served, *, worker: bool = False, **options: Any) -> None:
        self.platform = platform
        options.setdefault("locale", "en-IN")
        self.context: BrowserContext = browser.new_context(
            base_url=platform.url, service_workers="allow" if worker else "block", **options
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.context.on("page", self._watch)
        self.context.on("request", self._note)

    def sign_in(self, who: str, mode: str = "live") -> Visit:
        person = self.platform.credentials[who]
        page = self.context.new_page()
        page.goto("/404-to-sign-in-from")
        assert page.evaluate(_SIGN_IN, [person["username"], person["password"], mode]) == 200
        page.close()
        self.complaints.clear()
        return self

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.goto(path)
        return page

    def close(self) -> None:
        self.context.close()

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._hear(message.type, message.text))

    def _hear(self, kind: str, text: str) -> None:
        refused = "Failed to load resource" in text or "Service Worker registration blocked" in text
        if kind in ("error", "warning") and not refused:
            self.complaints.append(text)

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.platform.url, "data:", "blob:")):
            self.foreign.append(request.url)


def check_accessibility(page: Page, *, without: tuple[str, ...] = ()) -> None:
    """axe-core's findings at WCAG 2.2 AA and best practices; none are allowed."""
    if not AXE.is_file():
        pytest.skip("NO NPM PACKAGES: axe-core is missing")
    # As tall as its content: what a bar at the foot covers for the moment is only scrolled, not hidden.
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("() => document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
    page.wait_for_function(STILL)
    # The page's policy allows no script of ours: evaluated in the page's world, it is not a script of the page.
    page.evaluate(AXE.read_text() + ";0")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("(tags) => axe.run({ runOnly: tags })", tags)
    page.set_viewport_size(size)
    findings = [
        f"{each['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for each in found["violations"]
        if each["id"] not in without
        for node in each["nodes"]
    ]
    assert not findings, "\n".join(findings)


def fits(page: Page) -> None:
    """Nothing sticks out: no page is scrolled sideways."""
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than the window"


def confirm_identity(page: Page, platform: Served, who: str) -> None:
    """Enters the password where the office asks for it before a change of who gets in or where money goes."""
    dialog = page.get_by_role("dialog", name="Confirm it’s you")
    dialog.get_by_label("Password", exact=True).fill(platform.credentials[who]["password"])
    dialog.get_by_role("button", name="Confirm").click()


def outbox(platform: Served, to: str) -> list[dict[str, Any]]:
    import requests

    answer = requests.get(f"{platform.url}/local/outbox", params={"to": to}, timeout=60)
    messages: list[dict[str, Any]] = json.loads(answer.text)["messages"]
    return messages


def settled(page: Page) -> None:
    """Waits until a view of the portal has what it shows."""
    # index.html has a heading of its own until the first script draws the page.
    page.locator("main:not(.page-wait) h1").wait_for()
    expect(page.locator(".skeleton, .view-loading")).to_have_count(0)
