"""How the pages look: the page of the components, and screenshots beside the committed ones.

`SCREENS=write make test-web ARGS="-k look_as"` writes the committed ones anew; look at them before committing.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")
pytest.importorskip("PIL", reason="NO PILLOW: make test installs it")

from PIL import Image, ImageChops
from playwright.sync_api import Browser, expect

from tests.served import Served
from tests.web import screens
from tests.web.pages import Visit, check_accessibility, fits, in_full, needs_browser, only_chromium

pytestmark = needs_browser
SCREENS = Path(__file__).parent / "expected"
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


CHANGING = "time, tbody, .recent, .customer-card .small, .stat .value, .chart svg, .timeline, .facts dd"
"""What differs from run to run: times, and what the seed makes of the day. Its place is compared, not its content."""


@in_full
@only_chromium
@pytest.mark.parametrize("scheme", screens.SCHEMES)
@pytest.mark.parametrize("size", screens.SIZES)
@pytest.mark.parametrize("screen", screens.SCREENS, ids=lambda screen: screen.name)
def test_pages_look_as_they_did(
    browser: Browser, platform: Served, screen: screens.Screen, size: str, scheme: str
) -> None:
    visit, page = screens.open_screen(browser, platform, screen, size, scheme)
    shot = page.screenshot(mask=[page.locator(CHANGING)], mask_color="#888888")
    seen = Image.open(io.BytesIO(shot)).convert("RGB")
    seen = seen.resize((seen.width // SMALLER, seen.height // SMALLER), Image.Resampling.BOX)
    kept = SCREENS / f"{screen.name}-{size}-{scheme}.png"
    if os.environ.get("SCREENS") == "write":
        SCREENS.mkdir(exist_ok=True)
        seen.quantize(32, dither=Image.Dither.NONE).save(kept, optimize=True)
    with Image.open(kept) as before:
        assert before.size == seen.size
        difference = ImageChops.difference(before.convert("RGB"), seen).convert("L")
    clear = sum(difference.histogram()[48:]) / (seen.width * seen.height)
    assert clear <= TOLERANCE, f"{kept.name}: {clear:.1%} of the picture differs; SCREENS=write and look"
    assert visit.complaints == []
    visit.close()
