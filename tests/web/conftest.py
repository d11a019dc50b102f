from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.served import Served, served


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A freshly seeded platform of the module's own."""
    with served(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """Playwright's driver, of which a process has one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def started_browser(playwright: Any) -> Iterator[Any]:
    from tests.web.pages import chosen_browser

    with chosen_browser(playwright) as running:
        yield running


@pytest.fixture(scope="module")
def browser(started_browser: Any) -> Iterator[Any]:
    """One for all files: each visit has a profile of its own. What a test that failed has left open is closed."""
    yield started_browser
    for left in started_browser.contexts:
        left.close()
