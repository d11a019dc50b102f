"""Twelve pages as people see them: compared with committed pictures, and shown in the documentation.

`python -m tests.web.screens` takes the documentation's pictures anew, with Chromium.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.served import Served, served
from tests.web.pages import DESK, PHONE, STILL, Visit, chromium

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "images" / "pages"
SIZES: dict[str, dict[str, Any]] = {"phone": PHONE, "desk": DESK}
SCHEMES = ("light", "dark")


def _bill(page: Page) -> None:
    page.locator("#number").press_sequentially("9876505001")
    page.get_by_label("Bill amount").press_sequentially("499.50")
    page.locator(".preview").wait_for()


def _first_request(page: Page) -> None:
    page.locator(".row-button").first.click()
    page.locator(".timeline").wait_for()


def _nothing(page: Page) -> None:
    """The page is shown as it opens."""


@dataclass(frozen=True)
class Screen:
    """`shown` is the size and scheme of the documentation's picture."""

    name: str
    path: str
    who: str | None
    shown: tuple[str, str]
    prepare: Callable[[Page], None] = _nothing


SCREENS = (
    Screen("sign-in", "/sign-in", None, ("phone", "light")),
    Screen("counter", "/counter", "cashier", ("phone", "light"), _bill),
    Screen("dashboard", "/dashboard", "merchant_tenant_admin", ("desk", "light")),
    Screen("ledger", "/ledger", "merchant_admin", ("desk", "dark")),
    Screen("customers", "/customers", "merchant_admin", ("phone", "light")),
    Screen("rules", "/rules", "merchant_admin", ("desk", "light")),
    Screen("rewards", "/rewards", "merchant_tenant_admin", ("phone", "dark")),
    Screen("prefund", "/prefund", "merchant_tenant_admin", ("phone", "light")),
    Screen("requests", "/requests", "tenant_admin", ("desk", "light")),
    Screen("console", "/console", "operator", ("desk", "light")),
    Screen("queue", "/queue", "operator", ("desk", "dark"), _first_request),
    Screen("tenants", "/tenants", "operator", ("desk", "light")),
)


def open_screen(browser: Browser, platform: Served, screen: Screen, size: str, scheme: str) -> tuple[Visit, Page]:
    """The page at rest, with its fonts."""
    visit = Visit(browser, platform, **SIZES[size], color_scheme=scheme, reduced_motion="reduce")
    if screen.who:
        visit.sign_in(screen.who)
    page = visit.open(screen.path)
    page.locator("h1").first.wait_for()
    page.wait_for_load_state("networkidle")
    screen.prepare(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_function("() => !document.querySelector('.skeleton, .view-loading')")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.wait_for_function(STILL)
    return visit, page


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as platform,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        for screen in SCREENS:
            visit, page = open_screen(browser, platform, screen, *screen.shown)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            picture.quantize(64, dither=Image.Dither.NONE).save(PICTURES / f"{screen.name}.png", optimize=True)
            visit.close()


if __name__ == "__main__":
    main()
