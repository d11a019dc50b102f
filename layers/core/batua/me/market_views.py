"""A customer's order as their page shows it."""

from __future__ import annotations

from ..ledger.model import Program
from ..marketplace.order import Order
from ..marketplace.views import order_out
from .market_models import MyOrder


def my_order(order: Order, program: Program) -> MyOrder:
    return MyOrder(**order_out(order, program).model_dump(include=set(MyOrder.model_fields)))
