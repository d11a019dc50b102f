"""The documentation as a site: every page at the width of a phone and of a desk, and every link between them."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, Page, Request, Response, expect

from local.site.__main__ import DIAGRAMS, SITE, build_site
from tests.web.pages import PHONE, in_full, needs_browser

pytestmark = [needs_browser, in_full]

_IDS = "[...document.querySelectorAll('[id]')].map((each) => each.id)"
_LINKS = "[...document.querySelectorAll('a[href]')].map((each) => each.href)"
_BROKEN = "[...document.images].filter((each) => each.complete && !each.naturalWidth).map((each) => each.src)"
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """No line per request."""


@pytest.fixture(scope="module")
def guide() -> Iterator[str]:
    """The address of a freshly built site."""
    if not Path(sys.executable).with_name("zensical").is_file():
        pytest.skip("NO ZENSICAL: make test-web installs it")
    assert build_site() == 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


class Walk:
    """Opens pages at one width, and gathers what is wrong with them and what they link to."""

    def __init__(self, guide: str) -> None:
        self.guide = guide
        self.wrong: list[str] = []
        self.ids: dict[str, set[str]] = {}
        self.links: dict[str, list[str]] = {}

    def open_all(self, browser: Browser, names: list[str], width: int) -> None:
        context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))
        page.on("response", self._answered)
        page.on("request", self._asked)
        for name in names:
            page.goto(self.guide + name)
            if page.evaluate(_WIDER) > 0:
                self.wrong.append(f"{name} is wider than {width} pixels")
            self.wrong += [f"{name}: no picture at {each}" for each in page.evaluate(_BROKEN)]
            self.ids[name], self.links[name] = set(page.evaluate(_IDS)), page.evaluate(_LINKS)
        context.close()

    def follow(self, name: str, link: str) -> None:
        url = urlsplit(link)
        path = unquote(url.path).lstrip("/")
        target = f"{path}index.html" if path == "" or path.endswith("/") else path
        if not Path(SITE, target).is_file():
            self.wrong.append(f"{name}: {link} is not there")
        elif url.fragment and target in self.ids and unquote(url.fragment) not in self.ids[target]:
            self.wrong.append(f"{name}: {link} has no such heading")

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400:
            self.wrong.append(f"{answer.status} {answer.url}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.guide, "data:", "blob:")):
            self.wrong.append(f"from another host: {request.url}")


def test_every_page_fits_and_every_link_leads_somewhere(browser: Browser, guide: str) -> None:
    names = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
    assert len(names) > 200
    walk = Walk(guide)
    for width in (390, 1280):
        walk.open_all(browser, names, width)
    for name, links in walk.links.items():
        for link in links:
            if link.startswith(guide):
                walk.follow(name, link)
    assert not walk.wrong, "\n".join(walk.wrong)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(**PHONE, color_scheme="dark")
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    assert not failures
    context.close()


def _scripts(page: Page) -> int:
    return int(page.evaluate("document.querySelectorAll('script[src*=\"javascripts/bundle\"]').length"))


def test_a_phone_reads_a_page_without_the_script_and_the_index_of_the_search(guide: str, phone: Page) -> None:
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(f"{guide}quickstart.html")
    phone.wait_for_load_state("networkidle")
    assert not [url for url in asked if "bundle" in url or "search" in url]
    expect(phone.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    phone.mouse.wheel(0, 200)
    expect(phone.locator(".md-typeset__scrollwrap").first).to_be_attached()
    assert [url for url in asked if "bundle" in url]


def test_at_a_desk_the_script_comes_by_itself_and_does_all_it_should(guide: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{guide}quickstart.html")
    expect(page.locator(".md-typeset__scrollwrap").first).to_be_attached()
    expect(page.locator("nav.md-code__nav button").first).to_be_attached()
    context.close()


def test_the_first_tap_on_the_search_opens_it(guide: str, phone: Page) -> None:
    phone.goto(f"{guide}quickstart.html")
    phone.locator("label.md-header__button[for=__search]").tap()
    field = phone.get_by_placeholder("Search")
    expect(field).to_be_focused()
    field.fill("idempotency")
    expect(phone.get_by_role("option", name=re.compile("idempotency", re.IGNORECASE)).first).to_be_visible()


def test_the_first_key_opens_the_search(guide: str, phone: Page) -> None:
    phone.goto(f"{guide}quickstart.html")
    phone.keyboard.press("/")
    expect(phone.get_by_placeholder("Search")).to_be_focused()


def test_the_first_tap_on_the_scheme_changes_it_and_it_stays(guide: str, phone: Page) -> None:
    phone.goto(f"{guide}quickstart.html")
    phone.locator("form[data-md-component=palette] label:visible").tap()
    expect(phone.locator("body")).to_have_attribute("data-md-color-scheme", "default")
    phone.reload()
    expect(phone.locator("body")).to_have_attribute("data-md-color-scheme", "default")


def test_diagrams_are_drawn(guide: str, phone: Page) -> None:
    if not (SITE / DIAGRAMS).is_file():
        pytest.skip("NO NPM PACKAGES: diagrams are not drawn")
    phone.goto(f"{guide}architecture.html")
    expect(phone.locator("div.mermaid").first).to_be_attached()
    assert _scripts(phone) == 1
