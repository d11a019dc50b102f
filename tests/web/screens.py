"""Twelve pages as people see them: compared with committed pictures, and shown in the documentation.

`python -m tests.web.screens` takes the documentation's pictures and the README's anew, with Chromium.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, Page, sync_playwright

from tests.served import Served, served
from tests.web.pages import DESK, PHONE, STILL, Visit, chromium

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "images" / "pages"
README_PICTURE = PICTURES.parent / "portal.jpg"
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
    # A first visit is drawn in the system's typeface and changes to ours at the end.
    page.locator("html.typeface").wait_for()
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.wait_for_function(STILL)
    return visit, page


def few_colours(picture: Image.Image) -> Image.Image:
    """A small file in which rare colours, such as the coin and the bell's count, are kept."""
    return picture.quantize(96, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def montage(desk: Image.Image, phone: Image.Image, dark_phone: Image.Image) -> Image.Image:
    """The README's picture: a page on a desk, and two phones before it."""
    canvas = Image.new("RGB", (1290, 675), "#e8ede9")
    for picture, width, left, top in ((desk, 804, 37, 44), (dark_phone, 222, 952, 37), (phone, 236, 757, 142)):
        height = round(picture.height * width / picture.width)
        shown = Image.new("L", (width * 4, height * 4))
        ImageDraw.Draw(shown).rounded_rectangle((0, 0, width * 4 - 1, height * 4 - 1), 64, fill=255)
        shown = shown.resize((width, height), Image.Resampling.LANCZOS)
        shade = Image.new("L", canvas.size)
        shade.paste(shown.point(lambda value: value * 3 // 10), (left, top + 12))
        canvas.paste("#0f1411", mask=shade.filter(ImageFilter.GaussianBlur(18)))
        canvas.paste(picture.resize((width, height), Image.Resampling.LANCZOS), (left, top), shown)
    return canvas


def take(browser: Browser, platform: Served, screen: Screen, size: str, scheme: str) -> Image.Image:
    visit, page = open_screen(browser, platform, screen, size, scheme)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    visit.close()
    return picture


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as platform,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        for screen in SCREENS:
            picture = take(browser, platform, screen, *screen.shown)
            few_colours(picture).save(PICTURES / f"{screen.name}.png", optimize=True)
        by_name = {screen.name: screen for screen in SCREENS}
        desk = take(browser, platform, by_name["dashboard"], "desk", "light")
        phones = [take(browser, platform, by_name["counter"], "phone", scheme) for scheme in SCHEMES]
        montage(desk, *phones).save(README_PICTURE, quality=88, optimize=True)


if __name__ == "__main__":
    main()
