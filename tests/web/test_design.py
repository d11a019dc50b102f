"""How the pages look: the page of the components, and screenshots beside the committed ones.

`SCREENS=write make test-web ARGS="-k look"` writes the committed ones anew; look at them before committing.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")
pytest.importorskip("PIL", reason="NO PILLOW: make test installs it")

from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, expect

from tests.served import Served
from tests.web.pages import DESK, PHONE, STILL, Visit, check_accessibility, fits, in_full, needs_browser

pytestmark = needs_browser
SCREENS = Path(__file__).parent / "screens"
SMALLER = 3
"""Screens are compared and kept at a third: hinting differs between machines, layout does not."""

TOLERANCE = 0.02
"""Part of the pixels that may differ clearly."""


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=in_full), "dark"])
def test_the_page_of_the_components_is_accessible_and_fits_at_320_pixels(
    browser: Browser, platform: Served, scheme: str
) -> None:
    visit = Visit(browser, platform, viewport={"width": 320, "height": 640}, color_scheme=scheme)
    page = visit.open("/design")
    expect(page.get_by_role("heading", name="The counter’s keys")).to_be_visible()
    check_accessibility(page)
    fits(page)
    assert visit.complaints == []
    assert visit.foreign == []
    visit.close()


def _bill(page: Page) -> None:
    page.locator("#number").press_sequentially("9876505001")
    page.get_by_label("Bill amount").press_sequentially("499.50")
    page.locator(".preview").wait_for()


def _heading(page: Page) -> None:
    page.locator("h1").wait_for()


@in_full
@pytest.mark.parametrize(
    ("name", "path", "size", "scheme", "prepare"),
    [
        ("sign-in", "/sign-in", PHONE, "light", _heading),
        ("counter", "/counter", PHONE, "light", _bill),
        ("counter-dark", "/counter", PHONE, "dark", _bill),
        ("counter-desk", "/counter", DESK, "light", _bill),
        ("design", "/design", DESK, "dark", _heading),
    ],
)
def test_pages_look_as_they_did(
    browser: Browser, platform: Served, name: str, path: str, size: dict[str, Any], scheme: str, prepare: Any
) -> None:
    visit = Visit(browser, platform, **size, color_scheme=scheme, reduced_motion="reduce")
    if path == "/counter":
        visit.sign_in("cashier")
    page = visit.open(path)
    prepare(page)
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.wait_for_function(STILL)
    # Times and the seed's numbers differ from run to run.
    shot = page.screenshot(mask=[page.locator(".recent"), page.locator(".customer-card .small")], mask_color="#888888")
    seen = Image.open(io.BytesIO(shot)).convert("RGB")
    seen = seen.resize((seen.width // SMALLER, seen.height // SMALLER), Image.Resampling.BOX)
    kept = SCREENS / f"{name}.png"
    if os.environ.get("SCREENS") == "write":
        SCREENS.mkdir(exist_ok=True)
        seen.quantize(64).save(kept, optimize=True)
    with Image.open(kept) as before:
        assert before.size == seen.size
        difference = ImageChops.difference(before.convert("RGB"), seen).convert("L")
    clear = sum(difference.histogram()[48:]) / (seen.width * seen.height)
    assert clear <= TOLERANCE, f"{name}: {clear:.1%} of the picture differs; SCREENS=write and look"
    visit.close()
