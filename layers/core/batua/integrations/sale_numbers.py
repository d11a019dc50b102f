"""Sales found by their numbers, for returns that name no more of a sale than that.

A bill's number begins again each year, and a credit note in May may take back a sale of March: which year's it is, the
sales that are known tell, and whose they are. Tally's credit notes name even less.

Tally identifies a voucher for good by its GUID, and a credit note names the number of the sale (Original invoice no.)
and the party. So the GUID of each sale is kept under its number, and a return under the number of its sale until that
comes: whichever is first, both meet here. A number that two sales of one party have is nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..customers import model as customers
from ..store.keys import Key
from ..store.store import ConditionFailed, Contended, Record
from ..store.writes import ABSENT, Condition, Put
from .order_loading import SettlementContext, first_valid_phone
from .order_record import OrderRecord, order_key, read_order_record
from .orders import OrderUpdate

_MAX_ROUNDS: Final = 20
_WAITS: Final = 90 * 86_400
"""Seconds that a return waits for its sale, as long as an order without a customer is kept."""
_KEPT: Final = 800 * 86_400
"""Seconds that a sale is found by its number: credit notes may be declared until November after the financial year
(section 34 of the CGST Act)."""


@dataclass(frozen=True, slots=True)
class _Numbered:
    """What is known under a number. `returns` are paise and version by the return's own id."""

    writes: int = 0
    sales: tuple[str, ...] = ()
    returns: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def sale(self) -> str | None:
        return self.sales[0] if len(self.sales) == 1 else None

    def with_update(self, update: OrderUpdate) -> _Numbered:
        if not update.is_return:
            return replace(self, sales=tuple(sorted({*self.sales, update.order})[:2]))
        told = {name: (amount, update.refund_version) for name, amount in update.refunds.items()}
        newer = {
            name: (amount, version)
            for name, (amount, version) in told.items()
            if (version, amount) >= self.returns.get(name, (0, 0))[::-1]
        }
        return replace(self, returns={**self.returns, **newer})


def preview_numbered(context: SettlementContext, update: OrderUpdate) -> OrderUpdate:
    """The update, of the sale that it is a return of where that is known by its number. Writes nothing."""
    if update.may_be:
        return _of_year(context, update)
    if update.number is None or not update.is_return or update.skip or update.invalid:
        return update
    key = _number_key(context, update.number)
    return _of_sale(update, _read_numbered(context.store.read([key])[key]).sale)


def match_numbered(context: SettlementContext, update: OrderUpdate) -> list[OrderUpdate]:
    """What is to be settled for an update: a return as one of its sale, a sale with the returns that waited for it.

    Raises Contended: to be tried again.
    """
    if update.may_be:
        return [_of_year(context, update)]
    if update.number is None or update.skip or update.invalid:
        return [update]
    known = _store_numbered(context, update)
    if update.is_return:
        return [_of_sale(update, known.sale)]
    waiting = known.returns.items() if known.sale == update.order else ()
    return [
        update,
        *(
            OrderUpdate(
                update.order,
                update.reference,
                refunds={name: amount},
                refund_version=version,
                is_return=True,
            )
            for name, (amount, version) in waiting
        ),
    ]


def _of_year(context: SettlementContext, update: OrderUpdate) -> OrderUpdate:
    """The return of the sale that is known under one of its identities: one that has this return already, else the
    customer's own, else the likeliest. Of an unknown sale it is under the first, as before."""
    places = {name: order_key(context.scope, context.connection, name) for name in (update.order, *update.may_be)}
    found = context.store.read(list(places.values()))
    orders = {name: read_order_record(record) for name, key in places.items() if (record := found[key])}
    with_it = [name for name, order in orders.items() if update.refunds.keys() & order.known.refunds.keys()]
    sold = [name for name, order in orders.items() if order.known.state is not None]
    phone = first_valid_phone(update, context.tenant.region)
    customer = customers.customer_id_by_phone(context.scope, context.program.owner, phone) if phone else None
    own = [name for name in sold if customer and customer == _customer_of(context, orders[name])]
    return replace(_of_sale(update, next(iter((*with_it, *own, *sold)), None)), may_be=())


def _customer_of(context: SettlementContext, order: OrderRecord) -> str | None:
    phone = order.known.phone[1] if order.known.phone else None
    if order.customer or phone is None:
        return order.customer
    return customers.customer_id_by_phone(context.scope, context.program.owner, phone)


def _of_sale(update: OrderUpdate, sale: str | None) -> OrderUpdate:
    return replace(update, order=sale, reference=sale) if sale else update


def _store_numbered(context: SettlementContext, update: OrderUpdate) -> _Numbered:
    key = _number_key(context, update.number or "")
    for _ in range(_MAX_ROUNDS):
        before = _read_numbered(context.store.read([key])[key])
        after = before.with_update(update)
        if after == before:
            return after
        when = Condition(equal={"n": before.writes}) if before.writes else ABSENT
        try:
            context.store.write(Put(key, _numbered_item(replace(after, writes=before.writes + 1), context), when=when))
        except ConditionFailed:
            continue
        return after
    raise Contended(f"the sale number {update.number} changes all the time")


def _number_key(context: SettlementContext, number: str) -> Key:
    return order_key(context.scope, context.connection, f"number {number}")


def _numbered_item(known: _Numbered, context: SettlementContext) -> dict[str, Any]:
    return {
        "n": known.writes,
        "sales": list(known.sales),
        "returns": {name: list(each) for name, each in known.returns.items()},
        "tenant": context.tenant.id,
        "con": context.connection.id,
        "ttl": context.now // 1000 + (_KEPT if known.sales else _WAITS),
    }


def _read_numbered(record: Record | None) -> _Numbered:
    if record is None:
        return _Numbered()
    returns = {name: (int(each[0]), int(each[1])) for name, each in record["returns"].items()}
    return _Numbered(record["n"], tuple(record["sales"]), returns)
