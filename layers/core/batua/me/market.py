"""Gift cards for a customer's own coins: the marketplace's catalogue and checkout, by the customer."""

from __future__ import annotations

from typing import Any, Final

from .. import errors
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..coins import counter
from ..coins.counter import CustomerLookup
from ..customers import model as customers
from ..identity.credentials import Claims
from ..ledger.decisions import customer_coins
from ..ledger.model import Program, Refusal, Wallet
from ..marketplace.balance import redemption_room
from ..marketplace.catalogue import offered_product, product_lookup, require_denomination
from ..marketplace.checkout import CheckoutLookup, place_order
from ..marketplace.models import ProductsQuery
from ..marketplace.product import MarketProduct
from ..marketplace.views import product_shown
from ..money import INR_SCALE, to_wire
from .market_models import MyProduct, MyProductDetail, MyProductQuery, MyQuote, OrderMyProduct
from .market_views import my_order

_ANY_HOLD: Final = "hold_00000000000000000000000000"
"""The hold of a quote, which is never written."""


def prefetch_my_product(claims: Claims, query: MyProductQuery, request: Request) -> CheckoutLookup:
    return _lookup(claims, request.path["id"])


def prefetch_my_order(claims: Claims, body: OrderMyProduct, request: Request) -> CheckoutLookup:
    return _lookup(claims, body.product_id)


def _lookup(claims: Claims, product: str) -> CheckoutLookup:
    program = str(claims.program)
    wallet = customers.customer_wallet_id(claims.scope, program, claims.subject)
    subject = CustomerLookup(claims.scope, program, wallet, claims.subject)
    return CheckoutLookup(subject, product_lookup(claims, product))


def list_my_products(call: Call[ProductsQuery]) -> Reply:
    """The products that customers can order on their own page."""
    from ..marketplace.product_list import page_of_products  # one product is shown and ordered without it

    found, following = page_of_products(call)
    program = counter.program_of(call.caller)
    rows = [MyProduct(**product_shown(product, program)) for product in found]
    return Reply(rows, meta={"next_cursor": following, "limit": call.input.limit})


def read_my_product(call: Call[MyProductQuery]) -> MyProductDetail:
    """One product, with what so many cards of a denomination cost this customer now."""
    product, program = offered_product(call, call.lookup.product, call.loaded), counter.program_of(call.caller)
    given, fixed = call.input.denomination, product.denominations.fixed
    face = fixed[0] if given is None and len(fixed) == 1 else None
    if given is not None:
        face = minor_units(given, INR_SCALE, "denomination")
        require_denomination(product, face)
    quote = None if face is None else _quote(call, product, program, face)
    return MyProductDetail(**product_shown(product, program), quote=quote)


def _quote(call: Call[MyProductQuery], product: MarketProduct, program: Program, face: int) -> MyQuote:
    quantity = call.input.quantity
    points = product.unit_points(face, program) * quantity
    return MyQuote(
        denomination=to_wire(face, INR_SCALE),
        quantity=quantity,
        points=to_wire(points, program.scale),
        obstacle=_obstacle(call, product, program, points),
    )


def _obstacle(call: Call[MyProductQuery], product: MarketProduct, program: Program, points: int) -> str | None:
    """What the checkout would refuse with: the ledger's own decision, without a write."""
    if product.left is not None and product.left < call.input.quantity:
        return errors.PRODUCT_SOLD_OUT.code
    subject = call.lookup.subject
    wallet = counter.loaded_wallet(call, subject) or Wallet(subject.wallet, call.caller.id)
    decision = customer_coins.decide_hold(
        wallet, program, counter.merchant_of(call.caller), call.now, id=_ANY_HOLD, coins=points, expires_at=call.now + 1
    )
    if isinstance(decision, Refusal):
        return decision.code
    room = redemption_room(call)
    return None if room is None or room.left >= points else errors.MIR_LIMIT_REACHED.code


def place_my_order(call: Call[Any]) -> Reply:
    """The customer's own coins, with a fresh code as their consent."""
    order, replayed = place_order(call)
    data = my_order(order, counter.program_of(call.caller))
    return Reply(data, "Order placed", headers=replay_headers(replayed))
