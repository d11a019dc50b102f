"""Checkout: the coins are held, the order and the item that keeps it in work are written, in one transaction.

The vendor is not asked here. The answer says `processing`, and the workflow carries the order from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..coins import counter
from ..coins.posting_as_read import post_as_read
from ..errors import Problem
from ..identity.credentials import Claims
from ..ledger.decisions import customer_coins
from ..ledger.errors import PostingRefused
from ..ledger.model import CoinDecision, Program, Wallet
from ..ledger.posting.request import PostingRequest, PostingState
from ..ledger.records.customer_coins import read_wallet
from ..money import INR_SCALE, to_text, to_wire
from ..store import market_keys
from ..store.keys import Key, wallet_key
from ..store.store import Found
from ..store.writes import ABSENT, Put
from .balance import redemption_room, room_problem
from .catalogue import ProductLookup, offered_product, product_lookup, require_denomination
from .models import Checkout
from .order import Order, load_market_order, market_order_item, order_as_made, order_id_of
from .product import MarketProduct
from .views import order_out

CHECKOUT_ERRORS: Final = (
    errors.PRODUCT_NOT_FOUND,
    errors.PRODUCT_SOLD_OUT,
    errors.PRODUCT_PRICE_CHANGED,
    errors.CUSTOMER_NOT_FOUND,
    errors.INSUFFICIENT_BALANCE,
    errors.MIR_LIMIT_REACHED,
    errors.WALLET_NOT_ACTIVE,
    errors.PROGRAM_PAUSED,
    errors.PROGRAM_NOT_STARTED,
)
HOLD_YEARS: Final = 10
"""The hold of an order ends with the vendor's word, never by a deadline: a card may have been issued."""


@dataclass(frozen=True, slots=True)
class CheckoutLookup:
    subject: counter.CustomerLookup
    product: ProductLookup

    @property
    def keys(self) -> list[Key]:
        return [*self.subject.keys, *self.product.keys]


def prefetch_checkout(claims: Claims, body: Checkout, request: Request) -> CheckoutLookup:
    return CheckoutLookup(counter.prefetch_customer(claims, body, request), product_lookup(claims, body.product_id))


def checkout(call: Call[Checkout]) -> Reply:
    """Orders a product for a customer and holds the price in coins."""
    order, replayed = place_order(call)
    data = order_out(order, counter.program_of(call.caller))
    return Reply(data, "Order placed", headers=replay_headers(replayed))


def place_order(call: Call[Any]) -> tuple[Order, bool]:
    """The order that a request with a basket makes, as it is made; and whether it was made before. Its coins are those
    of the wallet in the lookup: a customer's own, or those of who the counter serves."""
    program, body = counter.program_of(call.caller), call.input
    wallet = counter.existing_wallet(call, call.lookup.subject)
    expected = minor_units(body.expected_points, program.scale, "expected_points")
    face = None if body.denomination is None else minor_units(body.denomination, INR_SCALE, "denomination")
    content = {
        "product": body.product_id,
        "wallet": wallet.id,
        "face": face,
        "quantity": body.quantity,
        "expected": expected,
    }
    request = counter.coin_request(call, "marketplace.checkout", content, note="Marketplace order")
    attempt = _CheckoutAttempt(call, program, request, wallet, call.loaded, face, expected)
    from .execution import start_order  # most of a checkout is decided without it

    order, replayed = post_as_read(call.store, attempt)
    start_order(call.caller.scope, order.id)
    return order_as_made(order), replayed


@dataclass(slots=True)
class _CheckoutAttempt:
    """One request, with the product, its price and the wallet as they are known now."""

    call: Call[Any]
    program: Program
    request: PostingRequest
    wallet: Wallet
    found: Found
    face: int | None
    expected: int

    def post(self, seconds: float) -> tuple[Order, bool]:
        call, program = self.call, self.program
        product = offered_product(call, call.lookup.product, self.found)
        order = self._order(product)
        self._require(product, order)
        service = counter.posting_service(call)
        service.deadline = seconds
        scope, merchant = call.caller.scope, counter.merchant_of(call.caller)
        service.extra_writes = [
            Put(market_keys.market_order_key(scope, order.id), market_order_item(scope, order), when=ABSENT),
            Put(market_keys.open_order_key(order.id), {"scope": scope, "at": call.now}, when=ABSENT),
            *product.as_read,
        ]
        until = call.now + HOLD_YEARS * 365 * clock.DAY_MS

        def decision(state: PostingState) -> CoinDecision:
            return customer_coins.decide_hold(
                state.wallet, program, merchant, state.now, id=order.hold, coins=order.points, expires_at=until
            )

        try:
            posted = service.post(self.request, PostingState(self.wallet, call.now), decision)
        except PostingRefused as refusal:
            raise counter.coin_problem(refusal, program) from None
        if posted.replayed:
            return self._stored_order(), True
        return order, False

    def reload(self) -> None:
        keys = self.call.lookup.keys
        self.found = {**self.found, **self.call.store.read(keys)}
        if record := self.found.get(wallet_key(self.call.caller.scope, self.wallet.id)):
            self.wallet = read_wallet(record)

    def stored(self) -> tuple[Order, bool] | None:
        if not counter.is_made(self.call, self.request):
            return None
        return self._stored_order(), True

    def _stored_order(self) -> Order:
        order = load_market_order(self.call.store, self.call.caller.scope, order_id_of(self.request.id))
        if order is None:
            raise LookupError(f"the order of {self.request.id} is gone")
        return order

    def _order(self, product: MarketProduct) -> Order:
        call, body, faces = self.call, self.call.input, product.denominations
        face = self.face
        if face is None:
            if len(faces.fixed) != 1:
                raise errors.invalid("denomination", "is required: the product has more than one")
            face = faces.fixed[0]
        require_denomination(product, face)
        return Order(
            id=order_id_of(self.request.id),
            tenant=call.caller.tenant.id,
            by=call.caller.id,
            customer=self.wallet.customer,
            wallet=self.wallet.id,
            program=self.program.id,
            vendor=product.vendor,
            owner=product.owner,
            product=product.id,
            sku=product.sku,
            title=product.title,
            image=product.image,
            generation=product.generation,
            face=face,
            quantity=body.quantity,
            unit_points=product.unit_points(face, self.program),
            created_at=call.now,
            updated_at=call.now,
            reference=body.reference,
        )

    def _require(self, product: MarketProduct, order: Order) -> None:
        """Raises the problem that keeps the customer from the product, coins aside."""
        if order.points != self.expected:
            raise _problem(
                errors.PRODUCT_PRICE_CHANGED, {"points": order.points, "expected": self.expected}, self.program.scale
            )
        if product.left is not None and product.left < order.quantity:
            raise _problem(errors.PRODUCT_SOLD_OUT, {"left": product.left, "requested": order.quantity}, 0)
        room = redemption_room(self.call)
        if room is not None and room.left < order.points:
            raise room_problem(room, self.program)


def _problem(kind: errors.ErrorKind, figures: Mapping[str, int], scale: int) -> Problem:
    wire: dict[str, Any] = {name: to_wire(figure, scale) for name, figure in figures.items()}
    return kind(kind.describe({name: to_text(figure, scale) for name, figure in figures.items()}), figures=wire)
