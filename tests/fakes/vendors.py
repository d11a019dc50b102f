"""Stands for Runa and Woohoo: the paths and shapes that are documented, and what goes wrong with a vendor.

`orders` is what the vendor has really carried out: tests compare it with what became of the coins.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from batua import clock
from batua.marketplace.exchange import VendorReply, VendorSilent
from batua.marketplace.woohoo import woohoo_signature

API_KEY = "rk_of_the_tests"
WOOHOO = {"client_id": "5f2b8c", "client_secret": "9c1d", "username": "kaveri.api", "password": "swordfish"}

Mischief = Literal["none", "lost_reply", "error_after", "error_before", "busy", "garbage", "silent"]


@dataclass
class Placed:
    id: str
    reference: str
    quantity: int
    face: float
    at: int
    status: str = "PROCESSING"
    cards: int = 0


@dataclass
class VendorServer:
    """`plan` gives what is wrong with each call; `now` is the vendor's own clock."""

    url: str = ""
    plan: Iterator[Mischief] = field(default_factory=lambda: itertools.repeat("none"))
    now: int = field(default_factory=clock.system)
    products: list[dict[str, Any]] = field(default_factory=list)
    orders: dict[str, Placed] = field(default_factory=dict)
    fate: Callable[[Placed], None] = lambda placed: deliver(placed)
    """What becomes of an order when it is looked at."""
    refuses: str | None = None
    poor: bool = False
    """Woohoo's account pays for one order, and the balance is looked at before the reference."""
    lag: int = 0
    """How long an order that was placed is not to be found yet (milliseconds)."""
    seen: list[tuple[str, str]] = field(default_factory=list)
    tokens: int = 0
    rejects_tokens: int = 0
    _keys: dict[str, tuple[int, str, int, Any]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def of(self, reference: str) -> list[Placed]:
        return [each for each in self.orders.values() if each.reference == reference]

    def visible(self) -> list[Placed]:
        return [each for each in self.orders.values() if self.now - each.at >= self.lag]

    # --- Runa -----------------------------------------------------------------------------------------------------

    def runa(self, method: str, path: str, query: dict[str, str], headers: Any, content: Any) -> tuple[int, Any]:
        if headers.get("X-Api-Key") != API_KEY:
            return 401, {"type": "unauthorized", "message": "Invalid API key"}
        if path == "/balance":
            return 200, {"balance": "25000.00", "currency": query["currency"]}
        if path == "/product":
            return self._page(self.products, query, "catalog")
        if method == "POST" and path == "/order":
            return self._runa_order(headers["X-Idempotency-Key"], content)
        if path == "/order":
            for each in self.orders.values():
                self.fate(each)
            latest = sorted(self.visible(), key=lambda each: each.id, reverse=True)
            return self._page([_runa_listed(each) for each in latest], query, "items")
        placed = self.orders.get(unquote(path.removeprefix("/order/")))
        if placed is None:
            return 404, {"type": "not-found", "message": "The requested resource was not found"}
        self.fate(placed)
        return 200, _runa_shown(placed)

    def _runa_order(self, key: str, content: Any) -> tuple[int, Any]:
        """A key is known for thirty days, with what was answered to it, whatever that was."""
        known = self._keys.get(key)
        if known and self.now - known[0] < 30 * clock.DAY_MS:
            if known[1] != json.dumps(content, sort_keys=True):
                return 400, {"type": "idempotency_validation_error", "message": "Key used with another body"}
            return known[2], known[3]
        if self.refuses:
            status, answer = 422, {"type": self.refuses, "message": "Refused"}
        else:
            placed = self._place(content["description"], len(content["items"]), content["items"][0]["face_value"])
            status, answer = 202, {"id": placed.id, "status": "PROCESSING"}
        self._keys[key] = (self.now, json.dumps(content, sort_keys=True), status, answer)
        return status, answer

    def fail_key(self, key: str, content: Any) -> None:
        """What a 5xx leaves behind: the key answers so for thirty days."""
        answer = (self.now, json.dumps(content, sort_keys=True), 500, {"type": "internal", "message": "Oops"})
        self._keys.setdefault(key, answer)

    # --- Woohoo ---------------------------------------------------------------------------------------------------

    def woohoo(
        self, method: str, path: str, query: dict[str, str], headers: Any, content: Any, url: str
    ) -> tuple[int, Any]:
        if path == "/oauth2/verify":
            good = all(content[name] == WOOHOO[key] for name, key in _LOGIN.items())
            return (200, {"authorizationCode": "code-1"}) if good else (401, {"message": "oauth_problem"})
        if path == "/oauth2/token":
            self.tokens += 1
            return 200, {"token": f"token-{self.tokens}"}
        if headers.get("Authorization") != f"Bearer token-{self.tokens}" or self.rejects_tokens:
            self.rejects_tokens = max(0, self.rejects_tokens - 1)
            return 401, {"code": 401, "message": "oauth_problem=token_rejected"}
        if headers.get("signature") != woohoo_signature(WOOHOO["client_secret"], method, url, content):
            return 401, {"code": 401, "message": "Signature mismatch"}
        if path == "/rest/v3/orders":
            return self._woohoo_order(content)
        if path == "/rest/v3/catalog/categories":
            return 200, {"id": "121", "name": "API"}
        if path.endswith("/products"):
            rows = [{"sku": each["sku"], "name": each["name"]} for each in self.products]
            first = int(query["offset"])
            return 200, {"products": rows[first : first + int(query["limit"])]}
        if path.startswith("/rest/v3/catalog/products/"):
            sku = unquote(path.rpartition("/")[2])
            found = next((each for each in self.products if each["sku"] == sku), None)
            return (200, found) if found else (404, {"message": "Product not available"})
        if path.endswith("/status"):
            placed = next((each for each in self.of(path.split("/")[-2]) if each in self.visible()), None)
            if placed is None:
                return 404, {"code": 404, "message": "Order not available"}
            self.fate(placed)
            return 200, {"status": placed.status, "orderId": placed.id, "refno": placed.reference, "cards": []}
        placed = self.orders.get(path.split("/")[-3])
        if placed is None:
            return 404, {"code": 404, "message": "Order not available"}
        first = int(query["offset"])
        cards = [_woohoo_card(placed, number) for number in range(placed.cards)]
        return 200, {"total": len(cards), "cards": cards[first : first + int(query["limit"])]}

    def _woohoo_order(self, content: Any) -> tuple[int, Any]:
        if self.poor and self.orders:
            return 400, {"code": 5312, "message": "Insufficient balance in your account"}
        if self.of(content["refno"]):
            return 400, {"code": 5313, "message": "Duplicate refno. Order exists already."}
        if self.refuses:
            return 400, {"code": 5000, "message": self.refuses}
        (product,) = content["products"]
        placed = self._place(content["refno"], product["qty"], product["price"])
        return 202, {"status": "PROCESSING", "orderId": placed.id, "refno": placed.reference}

    # --- Without a socket -------------------------------------------------------------------------------------------

    def ask(self, method: str, url: str, headers: Any, content: Any = None) -> VendorReply:
        """In the place of `ask_vendor`: the same, as silence and as an answer, without a network."""
        sent = {**headers}
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        mischief = next(self.plan) if not parts.path.startswith("/oauth2") else "none"
        if mischief in ("error_before", "busy", "silent"):
            if mischief == "error_before" and "X-Idempotency-Key" in sent:
                self.fail_key(sent["X-Idempotency-Key"], content)
            raise VendorSilent("vendor_busy" if mischief == "busy" else "vendor_fault")
        if "signature" in sent or parts.path.startswith("/oauth2"):
            status, answer = self.woohoo(method, parts.path, query, sent, content, url)
        else:
            status, answer = self.runa(method, parts.path.removeprefix("/v2"), query, sent, content)
        if mischief in ("lost_reply", "error_after", "garbage"):
            raise VendorSilent("no_answer" if mischief == "lost_reply" else "vendor_fault")
        if status == 401:
            raise VendorSilent("vendor_credentials")
        if status >= 500:
            raise VendorSilent("vendor_fault")
        return VendorReply(status, json.loads(json.dumps(answer)))

    # --- Both -----------------------------------------------------------------------------------------------------

    def _place(self, reference: str, quantity: int, face: float) -> Placed:
        placed = Placed(f"O-{next(self._numbers):08d}", reference, quantity, face, self.now)
        self.orders[placed.id] = placed
        return placed

    def _page(self, rows: list[Any], query: dict[str, str], name: str) -> tuple[int, Any]:
        after = query.get("after", "0")
        if not after.isdecimal():
            return 400, {"type": "validation_error", "message": "No such page"}
        first, limit = int(after), int(query["limit"])
        following = str(first + limit) if first + limit < len(rows) else None
        return 200, {name: rows[first : first + limit], "pagination": {"cursors": {"after": following, "before": None}}}


_LOGIN = {"clientId": "client_id", "username": "username", "password": "password"}


def deliver(placed: Placed, cards: int | None = None) -> None:
    placed.status, placed.cards = "COMPLETE", placed.quantity if cards is None else cards


def fail(placed: Placed) -> None:
    placed.status = "FAILED"


def wait(placed: Placed) -> None:
    """It takes its time."""


def _runa_listed(placed: Placed) -> dict[str, Any]:
    """As in the list: without the items, and, while it is not complete, without our description."""
    if placed.status != "COMPLETE":
        return {"id": placed.id, "status": placed.status, "message": "Order is being processed"}
    at = clock.iso(placed.at)
    head = {"id": placed.id, "status": "COMPLETED", "created_at": at, "completed_at": at, "currency": "INR"}
    return {**head, "description": placed.reference, "total_price": "0.00", "total_discount": "0.00"}


def _runa_shown(placed: Placed) -> dict[str, Any]:
    shown = _runa_listed(placed)
    if placed.status != "COMPLETE":
        return shown
    items = [
        {
            "id": f"E-{placed.id}-{number}",
            "face_value": str(placed.face),
            "currency": "INR",
            "payout": {"status": "ACTIVE", "url": f"https://spend.runa.io/{placed.id}-{number}", "expiry_date": None},
        }
        for number in range(placed.cards)
    ]
    return {**shown, "items": items}


def _woohoo_card(placed: Placed, number: int) -> dict[str, Any]:
    return {
        "sku": "BOOKS",
        "cardNumber": f"{placed.id}-{number}",
        "cardPin": f"{number:06d}",
        "validity": "2027-11-28T00:00:00+05:30",
        "amount": str(placed.face),
    }


def runa_product(code: str, *faces: str, **more: Any) -> dict[str, Any]:
    fixed = {"type": "fixed", "available_list": list(faces), "minimum_value": None, "maximum_value": None}
    ranged = {"type": "open", "available_list": None, "minimum_value": "100.00", "maximum_value": "10000.00"}
    card = {
        "denominations": fixed if faces else ranged,
        "expiry": {"date_policy": "issue", "in_months": 12, "type": "fixed"},
        "assets": {"card_image_url": f"https://gift.runa.io/static/{code}.png", "icon_image_url": None},
    }
    head = {"name": f"{code.title()} gift card", "code": code, "currency": "INR", "state": "LIVE", "is_orderable": True}
    return {**head, "payout_type": "gift_card", "categories": ["food"], "gift_card": card, **more}


def woohoo_product(sku: str, *faces: str, **more: Any) -> dict[str, Any]:
    price = {"price": ",".join(faces), "type": "SLAB" if faces else "RANGE", "min": "100", "max": "10000"}
    price |= {"denominations": list(faces), "currency": {"code": "INR", "numericCode": "356"}}
    head = {"sku": sku, "name": f"{sku.title()} e-gift card", "description": "For all shops.", "price": price}
    terms = {"link": "https://www.woohoo.in/tnc", "content": "No cash back."}
    return {**head, "images": {"base": f"https://gbdev.woohoo.in/{sku}.png"}, "tnc": terms, "categories": [121], **more}


@contextmanager
def vendor_server(kind: Literal["runa", "woohoo"]) -> Iterator[VendorServer]:
    vendor = VendorServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(length)) if length else None
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            vendor.seen.append((self.command, parts.path))
            mischief = next(vendor.plan) if not parts.path.startswith("/oauth2") else "none"
            if mischief in ("error_before", "busy", "silent"):
                if mischief == "error_before" and self.command == "POST" and kind == "runa":
                    vendor.fail_key(self.headers["X-Idempotency-Key"], content)
                self._answer(*{"busy": (429, {}), "silent": (0, None)}.get(mischief, (500, {"message": "Oops"})))
                return
            if kind == "runa":
                status, answer = vendor.runa(self.command, parts.path, query, self.headers, content)
            else:
                url = vendor.url + self.path
                status, answer = vendor.woohoo(self.command, parts.path, query, self.headers, content, url)
            if mischief == "lost_reply":
                status, answer = 0, None
            if mischief == "error_after":
                status, answer = 500, {"message": "Oops"}
            self._answer(status, "<html>" if mischief == "garbage" else answer)

        def _answer(self, status: int, answer: Any) -> None:
            if status == 0:
                self.close_connection = True
                self.connection.close()
                return
            body = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _serve  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
