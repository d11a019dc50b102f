"""Makes docs/images/counter.gif: on a phone, a cashier issues coins and later redeems them.

`python -m tests.web.film`, with Chromium.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.served import served
from tests.web.pages import PHONE, Visit, chromium

FILE = Path(__file__).resolve().parents[2] / "docs" / "images" / "counter.gif"
WIDTH = 300
COLOURS = 160


class Film:
    """Pictures of a page, each with how long it stays, in milliseconds."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[tuple[Image.Image, int]] = []

    def take(self, milliseconds: int) -> None:
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        height = round(picture.height * WIDTH / picture.width)
        self.frames.append((picture.resize((WIDTH, height), Image.Resampling.LANCZOS), milliseconds))

    def type(self, text: str, milliseconds: int = 140) -> None:
        for letter in text:
            self.page.keyboard.type(letter)
            self.take(milliseconds)

    def save(self, file: Path) -> None:
        # One palette for all, so that what stays the same takes no room; rare colours, such as the coin, are kept.
        sheet = Image.new("RGB", (WIDTH, sum(picture.height for picture, _ in self.frames)))
        top = 0
        for picture, _ in self.frames:
            sheet.paste(picture, (0, top))
            top += picture.height
        palette = sheet.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE)
        first, *others = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture, _ in self.frames]
        shown = [milliseconds for _, milliseconds in self.frames]
        first.save(file, save_all=True, append_images=others, duration=shown, loop=0, optimize=True)


def _confirm(film: Film, heading: str) -> None:
    """Shows what the button would do, and then what it did."""
    film.page.locator(".preview").wait_for()
    film.page.wait_for_load_state("networkidle")
    film.page.wait_for_timeout(700)
    film.take(1500)
    film.page.locator(".submit button").click()
    expect(film.page.get_by_role("heading", name=heading)).to_be_visible()
    film.page.wait_for_timeout(500)
    film.take(2600)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as platform,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        visit = Visit(browser, platform, **PHONE, color_scheme="light", reduced_motion="reduce").sign_in("cashier")
        page = visit.open("/counter")
        page.locator("#number").wait_for()
        page.wait_for_load_state("networkidle")
        film = Film(page)
        film.take(1400)
        page.locator("#number").focus()
        film.type("9876501234")
        page.get_by_label("Bill amount").wait_for()
        page.wait_for_load_state("networkidle")
        film.take(700)
        film.type("450")
        _confirm(film, "coins issued")
        page.get_by_role("button", name="Next customer").click()
        page.locator(".recent li").first.wait_for()
        page.wait_for_load_state("networkidle")
        film.take(1200)
        page.locator(".recent li button").first.click()
        page.get_by_role("radio", name="Redeem").click()
        page.get_by_role("button", name="All 22").wait_for()
        film.take(1300)
        page.get_by_role("button", name="All 22").click()
        film.take(700)
        page.get_by_label("Bill amount").focus()
        film.type("180")
        _confirm(film, "coins redeemed")
        film.save(FILE)
        visit.close()


if __name__ == "__main__":
    main()
