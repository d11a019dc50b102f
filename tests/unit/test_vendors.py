"""Runa and Woohoo against stand-in servers that misbehave: what is ordered once, and what an answer means."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from batua import clock, ids
from batua.marketplace.exchange import VendorReply, VendorSilent
from batua.marketplace.runa import RunaVendor, _read_order
from batua.marketplace.vendor import ListedVendor, VendorOrder
from batua.marketplace.woohoo import WoohooVendor, order_refno, woohoo_signature
from tests.fakes.vendors import (
    API_KEY,
    WOOHOO,
    VendorServer,
    deliver,
    fail,
    runa_product,
    vendor_server,
    wait,
    woohoo_product,
)

NOW = clock.parse_iso("2026-11-28T12:00:00Z")
BUYER = {"firstname": "Kaveri", "lastname": "Stores", "email": "rewards@kaveri.example", "telephone": "+919876543210"}


class Desk:
    """One kind of vendor, with its stand-in."""

    def __init__(self, kind: Any, server: VendorServer) -> None:
        self.kind, self.server, self.now = kind, server, NOW
        server.now = NOW
        self._tokens: dict[str, str] = {}

    def vendor(self) -> ListedVendor:
        if self.kind == "runa":
            return RunaVendor(self.server.url, API_KEY)
        return WoohooVendor(self.server.url, WOOHOO, BUYER, self.now, self._token)

    def _token(self, new: Any, renew: bool) -> str:
        if renew or "kept" not in self._tokens:
            self._tokens["kept"] = new()
        return self._tokens["kept"]

    def order(self, quantity: int = 1, face: int = 500_00, **more: Any) -> VendorOrder:
        id = ids.derived_id("mor", str(more.pop("name", "one")))
        return VendorOrder(id, "L#ten", "BOOKS", face, quantity, NOW, **more)

    def placed(self, order: VendorOrder) -> int:
        reference = order.id if self.kind == "runa" else order_refno(order.id)
        return len(self.server.of(reference))


@pytest.fixture(params=["runa", "woohoo"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with vendor_server(request.param) as server:
        yield Desk(request.param, server)


@pytest.fixture
def runa() -> Iterator[Desk]:
    with vendor_server("runa") as server:
        yield Desk("runa", server)


@pytest.fixture
def woohoo() -> Iterator[Desk]:
    with vendor_server("woohoo") as server:
        yield Desk("woohoo", server)


def known(desk: Desk, order: VendorOrder, vendor_id: str | None) -> VendorOrder:
    return desk.order(order.quantity, order.face, vendor_id=vendor_id)


def test_an_order_is_accepted_and_its_cards_come_with_the_status(desk: Desk) -> None:
    order = desk.order(quantity=3)
    placed = desk.vendor().place(order)
    assert placed.kind == "processing"
    assert placed.vendor_id
    done = desk.vendor().status(known(desk, order, placed.vendor_id), NOW)
    assert (done.kind, len(done.cards), done.reason) == ("delivered", 3, None)
    assert len({card.code or card.url for card in done.cards}) == 3
    assert "card" not in repr(done).casefold().replace("cards", "")


def test_an_order_is_placed_once_however_often_it_is_sent(desk: Desk) -> None:
    order = desk.order()
    assert {desk.vendor().place(order).kind for _ in range(4)} <= {"processing", "delivered"}
    assert desk.placed(order) == 1


@pytest.mark.parametrize("mischief", ["lost_reply", "error_after", "garbage"])
def test_an_answer_that_is_lost_is_unknown_and_the_order_is_found_again(desk: Desk, mischief: Any) -> None:
    """A time-out after ordering: the vendor has it, and we do not know what it calls it."""
    order = desk.order(quantity=2)
    desk.server.plan = itertools.chain([mischief], itertools.repeat("none"))
    assert desk.vendor().place(order).kind == "unknown"
    for placed in desk.server.orders.values():
        deliver(placed)
    found = desk.vendor().status(order, NOW)
    assert (found.kind, len(found.cards)) == ("delivered", 2)
    assert desk.placed(order) == 1


@pytest.mark.parametrize("mischief", ["error_before", "busy", "silent"])
def test_an_error_before_the_order_was_placed_is_unknown_until_the_vendor_denies_it(desk: Desk, mischief: Any) -> None:
    order = desk.order()
    desk.server.plan = itertools.chain([mischief], itertools.repeat("none"))
    assert desk.vendor().place(order).kind == "unknown"
    assert desk.vendor().status(order, NOW).kind == "denied"


def test_a_vendor_that_says_nothing_denies_nothing(desk: Desk) -> None:
    order = desk.order(vendor_id="O-00000000")
    for mischief in ("lost_reply", "error_after", "busy", "silent", "garbage"):
        desk.server.plan = itertools.repeat(mischief)
        assert desk.vendor().status(order, NOW).kind == "unknown", mischief
        assert desk.vendor().status(desk.order(), NOW).kind == "unknown", mischief


def test_a_5xx_that_is_replayed_for_its_key_is_no_refusal(runa: Desk) -> None:
    """Runa answers a repeated key as it did first: the list of orders tells what is there."""
    order = runa.order()
    runa.server.plan = itertools.chain(["error_before"], itertools.repeat("none"))
    assert [runa.vendor().place(order).kind for _ in range(3)] == ["unknown"] * 3
    assert runa.placed(order) == 0
    assert runa.vendor().status(order, NOW).kind == "denied"


def test_a_key_is_not_sent_again_once_runa_may_have_forgotten_it(runa: Desk) -> None:
    order = runa.order()
    runa.vendor().place(order)
    late = NOW + 31 * clock.DAY_MS
    runa.server.now = late
    assert not runa.vendor().may_place(order, late)
    assert runa.vendor().may_place(order, NOW + 28 * clock.DAY_MS)
    # What it would come to: the same key orders anew.
    runa.vendor().place(order)
    assert runa.placed(order) == 2


def test_an_order_at_work_hides_among_the_others_and_is_not_denied(runa: Desk) -> None:
    """In Runa's list an order that is not complete has no description: it may be ours."""
    order = runa.order()
    runa.server.fate = wait
    runa.server.plan = itertools.chain(["lost_reply"], itertools.repeat("none"))
    assert runa.vendor().place(order).kind == "unknown"
    assert runa.vendor().status(order, NOW).kind == "unknown"
    (placed,) = runa.server.orders.values()
    deliver(placed)
    assert runa.vendor().status(order, NOW).kind == "delivered"


def test_an_order_is_found_on_a_later_page(runa: Desk) -> None:
    order = runa.order()
    runa.vendor().place(order)
    for number in range(250):
        runa.vendor().place(runa.order(name=f"other {number}"))
    for placed in runa.server.orders.values():
        deliver(placed)
    assert runa.vendor().status(order, NOW).kind == "delivered"


def test_a_refusal_is_final_and_says_no_more_than_we_do(desk: Desk) -> None:
    desk.server.refuses = "insufficient_balance" if desk.kind == "runa" else "Insufficient balance in your account"
    answer = desk.vendor().place(desk.order())
    assert (answer.kind, answer.reason) == ("refused", "vendor_balance")
    desk.server.refuses = "unknown product"
    answer = desk.vendor().place(desk.order(name="two"))
    assert (answer.kind, answer.reason) == ("refused", "refused")


def test_a_refusal_of_what_was_sent_before_is_not_final(woohoo: Desk) -> None:
    """The first sending may have taken the very balance that the second one lacks."""
    woohoo.server.refuses = "Insufficient balance"
    woohoo.now = NOW + 60_000
    assert woohoo.vendor().place(woohoo.order()).kind == "unknown"


def test_parts_of_an_order_are_delivered_and_a_failed_one_is_refused(desk: Desk) -> None:
    order = desk.order(quantity=3)
    placed = desk.vendor().place(order)
    desk.server.fate = lambda each: deliver(each, 2)
    part = desk.vendor().status(known(desk, order, placed.vendor_id), NOW)
    assert (part.kind, len(part.cards), part.reason) == ("delivered", 2, "partly_delivered")
    desk.server.fate = fail
    assert desk.vendor().status(known(desk, order, placed.vendor_id), NOW).kind == "refused"


def test_an_order_that_is_complete_without_a_card_is_not_refused(desk: Desk) -> None:
    order = desk.order()
    placed = desk.vendor().place(order)
    desk.server.fate = lambda each: deliver(each, 0)
    assert desk.vendor().status(known(desk, order, placed.vendor_id), NOW).kind == "unknown"


def test_wrong_credentials_are_silence(desk: Desk) -> None:
    if desk.kind == "runa":
        vendor: ListedVendor = RunaVendor(desk.server.url, "rk_wrong")
    else:
        wrong = {**WOOHOO, "password": "wrong"}
        vendor = WoohooVendor(desk.server.url, wrong, BUYER, NOW, lambda new, renew: str(new()))
    for answer in (vendor.place(desk.order()), vendor.status(desk.order(), NOW)):
        assert (answer.kind, answer.reason) == ("unknown", "vendor_credentials")
    assert desk.server.orders == {}


def test_a_rejected_token_is_renewed_once_and_the_order_goes_on(woohoo: Desk) -> None:
    order = woohoo.order()
    assert woohoo.vendor().place(order).kind == "processing"
    woohoo.server.rejects_tokens = 1
    assert woohoo.vendor().status(order, NOW).kind == "delivered"
    assert woohoo.server.tokens == 2
    woohoo.server.rejects_tokens = 5
    assert woohoo.vendor().status(order, NOW).reason == "vendor_credentials"


def test_a_catalogue_has_fixed_and_ranged_products_of_all_pages(desk: Desk) -> None:
    make = runa_product if desk.kind == "runa" else woohoo_product
    desk.server.products = [make("BOOKS", "250", "500.00"), *(make(f"SHOP-{number}") for number in range(120))]
    found = {product.sku: product for product in desk.vendor().catalogue()}
    assert len(found) == 121
    books, shop = found["BOOKS"].denominations, found["SHOP-7"].denominations
    assert (books.fixed, shop.fixed, shop.least, shop.most) == ((250_00, 500_00), (), 100_00, 10_000_00)
    assert shop.allow(333_00)
    assert not shop.allow(333_50)


def test_products_that_cannot_be_sold_here_are_left_out(runa: Desk) -> None:
    runa.server.products = [
        runa_product("DOLLARS", "10", currency="USD"),
        runa_product("OFF", "10", is_orderable=False),
        runa_product("DOWN", "10", state="TEMPORARILY_DISABLED"),
        runa_product("NONE", "0"),
        {"code": "ODD", "currency": "INR", "state": "LIVE", "gift_card": None},
        runa_product("GOOD", "10"),
    ]
    assert [product.sku for product in runa.vendor().catalogue()] == ["GOOD"]


def test_half_a_catalogue_is_none(desk: Desk) -> None:
    make = runa_product if desk.kind == "runa" else woohoo_product
    desk.server.products = [make(f"SHOP-{number}") for number in range(120)]
    desk.server.plan = itertools.chain(["none", "none"], itertools.repeat("error_after"))
    if desk.kind == "runa":
        desk.server.plan = itertools.chain(["none"], itertools.repeat("error_after"))
    with pytest.raises(VendorSilent):
        list(desk.vendor().catalogue())


def test_references_are_25_characters_and_differ_as_their_orders_do() -> None:
    made = {order_refno(ids.derived_id("mor", str(number))) for number in range(2_000)}
    assert len(made) == 2_000
    assert {len(each) for each in made} == {25}
    assert order_refno("mor_7ZZZZZZZZZZZZZZZZZZZZZZZZZ") != order_refno("mor_00000000000000000000000000")
    assert len(order_refno("mor_7ZZZZZZZZZZZZZZZZZZZZZZZZZ")) == 25


def test_a_signature_covers_the_query_and_the_content_in_order() -> None:
    one = woohoo_signature("s", "get", "https://h.woohoo.in/a?b=2&a=1")
    assert one == woohoo_signature("s", "GET", "https://h.woohoo.in/a?a=1&b=2")
    assert woohoo_signature("s", "POST", "https://h/a", {"b": 1, "a": 2}) == woohoo_signature(
        "s", "POST", "https://h/a", {"a": 2, "b": 1}
    )
    assert one != woohoo_signature("t", "GET", "https://h.woohoo.in/a?a=1&b=2")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://spend.runa.io/1", "data:text/html,x", "//runa.io/1"])
def test_a_card_that_is_no_web_page_is_not_shown_and_gives_nothing_back(runa: Desk, url: str) -> None:
    payouts = [{"payout": {"status": "ACTIVE", "url": each}} for each in ("https://spend.runa.io/1", url)]
    reply = VendorReply(200, {"id": "O-1", "status": "COMPLETED", "items": payouts})
    answer = _read_order(reply, runa.order(quantity=2))
    assert (answer.kind, answer.cards, answer.reason) == ("unknown", (), "unreadable_answer")
