"""The interactive documentation in a real browser: it needs no other host, keeps its policy, and calls can be tried."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import Served
from tests.web.browser import Browser, find

PROGRAM = find()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="NO CHROMIUM: install it, or name it in CHROMIUM")

STATS = "#operations-coins-ReadStats"
ANSWER = f"{STATS} .live-responses-table tbody .response-col_status"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    assert PROGRAM is not None
    with Browser(PROGRAM, tmp_path / "profile") as running:
        yield running


def test_the_documentation_shows_every_domain_without_another_host(platform: Served, browser: Browser) -> None:
    url = platform.url
    browser.open(f"{url}/api/v1/docs")
    browser.wait("document.body.classList.contains('ready')")
    browser.wait("document.querySelectorAll('.opblock').length > 20")
    assert browser.run("document.title") == "API reference · Batua"
    # The page holds what is in view; the rest comes as it is scrolled.
    tags = browser.run("ui.specSelectors.taggedOperations().keySeq().toJS()")
    assert tags[0] == "coins"
    assert tags[-1] == "platform"
    assert all(asked.startswith((url, "data:")) for asked in browser.requests), browser.requests
    assert browser.complaints == []
    if pictures := os.environ.get("PICTURES"):
        browser.picture(Path(pictures) / "documentation.png")


def test_a_call_can_be_tried_with_a_key(platform: Served, browser: Browser) -> None:
    browser.open(f"{platform.url}/api/v1/docs#/coins/ReadStats")
    browser.click(f"{STATS} .btn.execute")
    assert browser.wait(f"document.querySelector('{ANSWER}')?.innerText").startswith("401")

    browser.click(".scheme-container .btn.authorize")
    browser.type(".modal-ux input", platform.credentials["merchant_test_key"])
    browser.click(".modal-ux .auth-btn-wrapper .authorize")
    browser.click(".modal-ux .btn-done")
    # The page holds what is in view: the reader scrolls back to the operation.
    browser.wait(f"document.querySelector('{STATS}') !== null || window.scrollBy(0, 300) || false")
    browser.click(f"{STATS} .btn.execute")
    browser.wait(f"document.querySelector('{ANSWER}')?.innerText.startsWith('200')")
    assert '"mode": "test"' in browser.run(f"document.querySelector('{STATS} .live-responses-table pre').innerText")
    # The refused call is the one complaint: a browser reports any 401 as a resource that failed to load.
    assert [text for text in browser.complaints if "401" not in text] == []
    if pictures := os.environ.get("PICTURES"):
        browser.run(f"document.querySelector('{STATS}').scrollIntoView()")
        browser.picture(Path(pictures) / "documentation-call.png")
