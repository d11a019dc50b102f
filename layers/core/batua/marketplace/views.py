"""Products and orders as answers show them."""

from __future__ import annotations

from typing import Any

from .. import clock
from ..ledger.model import Program
from ..money import INR_SCALE, to_wire
from .models import DenominationsOut, OrderOut, PricedDenomination, ProductOut, TariffOut
from .order import Order
from .product import MarketProduct


def product_out(product: MarketProduct, program: Program, face: int | None) -> ProductOut:
    tariff = product.tariff
    priced_by_face = tariff.points is None
    return ProductOut(
        **product_shown(product, program),
        tariff=TariffOut(
            rate=to_wire(tariff.rate, 4) if priced_by_face else None,
            fee=to_wire(tariff.fee, INR_SCALE) if priced_by_face else None,
            coin_value=to_wire(program.coin_value, INR_SCALE),
        ),
        quote=None
        if face is None
        else PricedDenomination(
            denomination=to_wire(face, INR_SCALE), points=to_wire(product.unit_points(face, program), program.scale)
        ),
    )


def product_shown(product: MarketProduct, program: Program) -> dict[str, Any]:
    """What everybody sees of a product: the fields of `ProductShown`."""
    faces = product.denominations

    def priced(face: int) -> PricedDenomination:
        return PricedDenomination(
            denomination=to_wire(face, INR_SCALE), points=to_wire(product.unit_points(face, program), program.scale)
        )

    fixed = sorted(faces.fixed)
    return {
        "id": product.id,
        "vendor": product.vendor,
        "title": product.title,
        "description": product.description,
        "terms": product.terms,
        "image": product.image,
        "categories": list(product.categories),
        "denominations": DenominationsOut(
            type="fixed" if fixed else "range",
            minimum=priced(fixed[0] if fixed else faces.least),
            maximum=priced(fixed[-1] if fixed else faces.most),
            step=None if fixed else to_wire(faces.step, INR_SCALE),
            fixed=[priced(face) for face in fixed],
        ),
        "left": product.left,
        "valid_months": product.valid_months,
    }


def order_out(order: Order, program: Program) -> OrderOut:
    settled = order.settled_at
    return OrderOut(
        id=order.id,
        tenant_id=order.tenant,
        product_id=order.product,
        vendor=order.vendor,
        title=order.title,
        image=order.image,
        denomination=to_wire(order.face, INR_SCALE),
        quantity=order.quantity,
        delivered=order.delivered if settled else 0,
        points=to_wire(order.points, program.scale),
        points_captured=to_wire(order.captured, program.scale),
        state=order.state,
        delayed=order.state == "processing" and order.delayed_at is not None,
        reason=order.reason if settled else None,
        customer_id=order.customer,
        wallet_id=order.wallet,
        reference=order.reference,
        transaction_id=order.transaction,
        settlement_transaction_id=order.settlement,
        ordered_by=order.by,
        cards_shown=order.shown_at is not None,
        version=order.version,
        created_at=clock.iso(order.created_at),
        updated_at=clock.iso(order.updated_at),
        settled_at=clock.iso_or_none(settled),
    )
