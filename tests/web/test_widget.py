"""The widget for shops, on a page of another origin with a policy of its own: earning, signing in, using coins."""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from batua.platform import site

pytest.importorskip("playwright", reason="NO PLAYWRIGHT: make test installs it")

from playwright.sync_api import Browser, Page, expect

from tests.served import Served
from tests.web.customer_visits import PORTAL, code_sent, issue
from tests.web.pages import DESK, PHONE, Visit, check_accessibility, fits, needs_browser, outbox

pytestmark = needs_browser
BUDGET = 20_000
"""Bytes of the widget, compressed: the limit that it promises to shops."""

CART = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Checkout</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/shop.css"></head>
<body class="{theme}"><main><h1>Checkout</h1><form method="post" action="/order">
<script async src="{platform}/widget.js" data-merchant="kaveri-stores" data-bill="{bill}" data-view="{view}"></script>
<p><button>Place the order</button></p></form></main></body></html>"""
STYLE = """* { color: inherit; }
body { font: 18px/1.5 Georgia, serif; max-width: 30em; margin: 2em auto; padding: 0 1em }
button { background: #b00020 !important; color: #fff; } .dark { background: #111; color: #eee; }"""


class Shop:
    """A shop's own server: it may load the widget from the platform, and nothing else from anywhere."""

    def __init__(self, platform: Served) -> None:
        shop = self
        self.platform = platform
        self.orders: list[dict[str, list[str]]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                asked = {name: values[0] for name, values in parse_qs(query).items()}
                known = {"lang": "en", "theme": "", "bill": "1499", "view": "", **asked}
                page = CART.format(platform=platform.url, **known) if path == "/cart" else STYLE
                self.answer(page, "text/html" if path == "/cart" else "text/css")

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["content-length"])).decode()
                shop.orders.append(parse_qs(sent))
                self.answer("<!doctype html><html lang=en><title>Thank you</title><h1>Thank you</h1>", "text/html")

            def answer(self, body: str, media: str) -> None:
                self.send_response(200)
                policy = f"default-src 'self'; script-src {platform.url}; connect-src {platform.url}"
                self.send_header("Content-Security-Policy", policy)
                self.send_header("Content-Type", f"{media}; charset=utf-8")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *parts: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def allow(self, *origins: str) -> None:
        """Lists the sites that may call, as the merchant's administrator."""
        admin = self.platform.credentials["merchant_tenant_admin"]
        headers = {"Authorization": f"Bearer {admin['token']}", "X-Reauthentication": admin["proof"]}
        url = f"{self.platform.url}/api/v1/tenant/origins"
        answer = requests.put(url, json={"origins": list(origins)}, headers=headers, timeout=60)
        assert answer.ok, answer.text


@pytest.fixture(scope="module")
def shop(platform: Served) -> Iterator[Shop]:
    found = Shop(platform)
    found.allow(found.origin)
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def cart(browser: Browser, platform: Served, shop: Shop) -> Iterator[Callable[..., Page]]:
    opened: list[Visit] = []

    def open_cart(look: dict[str, Any] = PHONE, **query: str) -> Page:
        visit = Visit(browser, platform, **look)
        opened.append(visit)
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return visit.open(f"{shop.origin}/cart?{asked}")

    yield open_cart
    for visit in opened:
        assert visit.complaints == []
        assert [url for url in visit.foreign if not url.startswith(shop.origin)] == []
        visit.close()


def sign_in(page: Page, platform: Served, number: str) -> None:
    page.get_by_role("button", name="Use your coins").click()
    field = page.get_by_label("Mobile number")
    expect(field).to_be_focused()
    field.fill(number)
    before = len(outbox(platform, number))
    page.keyboard.press("Enter")
    code = page.get_by_label("Code from the text message")
    expect(code).to_be_focused()
    code.fill(code_sent(platform, number, before))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_purchase_shows_what_it_earns(cart: Callable[..., Page]) -> None:
    page = cart(view="earn")
    widget = page.locator("batua-coins")
    expect(widget).to_contain_text("You earn")
    expect(widget).to_contain_text("Sitara Coins")
    expect(widget.get_by_role("button")).to_have_count(0)
    figure = widget.locator("b")
    before = figure.inner_text()
    widget.evaluate("(it) => it.setAttribute('bill', '14990')")
    expect(figure).not_to_have_text(before)


def test_coins_are_used_at_the_checkout_of_another_origin(
    cart: Callable[..., Page], platform: Served, shop: Shop
) -> None:
    number = "+919845061100"
    issue(platform, number, 4_000)
    page = cart()
    sign_in(page, platform, number)
    most = int(page.get_by_label("Coins to use").input_value())
    assert most > 10
    page.get_by_label("Coins to use").fill("10")
    page.get_by_role("button", name="Use them").click()
    expect(page.locator("batua-coins")).to_contain_text("10 coins used: ₹10 off")
    expect(page.locator("batua-coins")).to_contain_text("Left to pay: ₹1,489")
    check_accessibility(page)
    page.get_by_role("button", name="Place the order").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    order = shop.orders[-1]
    assert (order["batua_coins"], order["batua_value"]) == (["10"], ["10"])

    def take(coins: int) -> requests.Response:
        """What the shop's own server does with an order, under its key."""
        return requests.post(
            f"{platform.url}/api/v1/merchant/coins/redeem",
            json={"qr": order["batua_token"][0], "coins": coins, "bill_amount": 1499, "reference": "order-1"},
            headers={"Authorization": f"Bearer {platform.credentials['merchant_live_key']}"},
            timeout=60,
        )

    answer = take(10)
    assert answer.ok, answer.text
    assert answer.json()["data"]["payable"] == 1489
    assert take(10).json()["data"]["transaction_id"] == answer.json()["data"]["transaction_id"]
    page.goto(f"{shop.origin}/cart")
    expect(page.get_by_label("Coins to use")).to_have_value(str(most - 10))


def test_a_wrong_code_and_a_wrong_number_say_so(cart: Callable[..., Page], platform: Served) -> None:
    page = cart()
    page.get_by_role("button", name="Use your coins").click()
    page.get_by_label("Mobile number").fill("12345")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Check the number")
    number = "+919845061101"
    issue(platform, number, 500)
    before = len(outbox(platform, number))
    page.get_by_label("Mobile number").fill(number)
    page.keyboard.press("Enter")
    code = code_sent(platform, number, before)
    page.get_by_label("Code from the text message").fill("000000" if code != "000000" else "111111")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That code is wrong")
    check_accessibility(page)


def test_signing_out_leaves_nothing_in_the_tab(cart: Callable[..., Page], platform: Served) -> None:
    number = "+919845061102"
    issue(platform, number, 500)
    page = cart()
    sign_in(page, platform, number)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Use your coins")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_session_goes_on_after_its_token_has_expired(cart: Callable[..., Page], platform: Served) -> None:
    number = "+919845061103"
    issue(platform, number, 500)
    page = cart()
    sign_in(page, platform, number)
    place = "batua:kaveri-stores:live"
    page.evaluate(
        "(place) => { const kept = JSON.parse(sessionStorage[place]); kept.access = 'expired';"
        " sessionStorage[place] = JSON.stringify(kept); }",
        place,
    )
    page.reload()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert page.evaluate(f"JSON.parse(sessionStorage['{place}']).access") != "expired"


@pytest.mark.parametrize("theme", ["", "dark"])
def test_it_is_accessible_on_light_and_dark_shops_and_fits_a_small_phone(cart: Callable[..., Page], theme: str) -> None:
    # While it fades in, its colours are between two others.
    still = {**DESK, "viewport": {"width": 320, "height": 640}, "reduced_motion": "reduce"}
    page = cart(still, theme=theme, lang="hi")
    expect(page.locator("batua-coins")).to_contain_text("इस ख़रीद पर")
    check_accessibility(page)
    page.get_by_role("button", name="अपने सिक्के इस्तेमाल करें").click()
    check_accessibility(page)
    fits(page)


def test_on_a_site_that_is_not_listed_it_stays_away(browser: Browser, platform: Served, shop: Shop) -> None:
    shop.allow("https://elsewhere.example")
    visit = Visit(browser, platform, **PHONE)
    page = visit.context.new_page()
    try:
        with page.expect_console_message(lambda said: "allowed origins" in said.text):
            page.goto(f"{shop.origin}/cart")
        expect(page.locator("batua-coins")).to_be_hidden()
        expect(page.get_by_role("button", name="Place the order")).to_be_visible()
    finally:
        visit.close()
        shop.allow(shop.origin)


def test_it_says_the_same_in_both_languages() -> None:
    text = (PORTAL / "widget.js").read_text(encoding="utf-8")
    words = text[text.index("const WORDS") : text.index("const STYLE")]
    english, hindi = (
        {key: sorted(re.findall(r"\{\w+\}", said)) for key, said in re.findall(r"(\w+): '([^']*)'", part)}
        for part in words.split("hi: {")
    )
    assert english == hindi
    assert len(english) > 25


def test_it_weighs_less_than_it_promises() -> None:
    body = site.read_files(PORTAL)["widget.js"].body
    assert len(gzip.compress(body, 9)) <= BUDGET
