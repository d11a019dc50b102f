"""What a customer was charged, by day: kept beside the charges, in the same transaction, so that it is never behind.

One partition per customer and currency. Its cells:

| sort key | a total of |
|---|---|
| `H#<day>#<digest>` | one day, by head, code, who absorbs it, whether it is billable |
| `T#<day>#<digest>` | one day, by part of a charge (a tax, or what is taxed) and code |
| `S#<day>` | one day |
| `M#<month>` | one month: with these, an opening balance reads a month's days, not the whole history |

A day is that of the charge (`chargedAt`) in the tenant's time zone. All of a tenant's charges change its one wallet, so
that a cell is never hotter than that: no shards are needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..ids import injective
from ..store import gateway_keys
from ..store.keys import Key
from ..store.store import Record, Store
from ..store.writes import Update

_LABELS: Final = ("head", "code", "by", "bill", "tax")
TAXES: Final = frozenset({"CGST", "SGST", "UTGST", "IGST", "CESS", "GST"})


@dataclass(frozen=True, slots=True)
class ChargeTotalled:
    """A charge as the totals see it. Amounts in paise; `parts` add up to the amount."""

    day: int
    head: str
    code: str
    absorbed_by: str
    billable: bool
    gives: bool
    amount: int
    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ChargeTotal:
    """A total. `debit` and `credit` in paise, `debits` and `credits` how many."""

    day: int
    labels: Mapping[str, Any] = field(default_factory=dict)
    debit: int = 0
    credit: int = 0
    debits: int = 0
    credits: int = 0

    @property
    def net(self) -> int:
        """What it gave the tenant, less what it took."""
        return self.credit - self.debit


def customer_digest(customer: str, currency: str) -> str:
    return hashlib.sha256(injective(customer, currency)).hexdigest()


def tax_of(head: str) -> str | None:
    """The tax that a head means: `cgst`, `CGST 9%` and `CGST@9` are CGST."""
    word = head.strip().upper().replace("@", " ").replace("-", " ").split(" ")[0]
    return word if word in TAXES else None


def total_updates(scope: str, customer: str, charges: Iterable[ChargeTotalled]) -> list[Update]:
    """The writes that add charges to the totals; one per cell."""
    cells: dict[str, tuple[dict[str, int], dict[str, Any]]] = {}

    def add(place: str, charge: ChargeTotalled, amount: int, labels: dict[str, Any], count: int = 1) -> None:
        sums, _ = cells.setdefault(place, ({}, labels))
        side = "credit" if charge.gives else "debit"
        sums[side] = sums.get(side, 0) + amount
        sums[f"{side}s"] = sums.get(f"{side}s", 0) + count

    for charge in charges:
        whole: dict[str, Any] = {
            "head": charge.head,
            "code": charge.code,
            "by": charge.absorbed_by,
            "bill": charge.billable,
        }
        of_head = _digest(charge.head, charge.code, charge.absorbed_by, str(charge.billable))
        add(f"H#{charge.day:08d}#{of_head}", charge, charge.amount, whole)
        for head, amount in charge.parts:
            tax = tax_of(head) or ""
            labels = {"tax": tax, "code": charge.code, "bill": charge.billable}
            of_part = _digest(tax, charge.code, str(charge.billable))
            add(f"T#{charge.day:08d}#{of_part}", charge, amount, labels)
        add(f"S#{charge.day:08d}", charge, charge.amount, {})
        add(f"M#{charge.day // 100:06d}", charge, charge.amount, {})
    partition = gateway_keys.charge_totals_partition(scope, customer)
    return [
        Update(Key("ledger", partition, place), add=sums, set=labels) for place, (sums, labels) in sorted(cells.items())
    ]


def totals_by_head(store: Store, scope: str, customer: str, first: int, last: int) -> list[ChargeTotal]:
    return _cells(store, scope, customer, f"H#{first:08d}", f"H#{last:08d}$")


def totals_by_tax(store: Store, scope: str, customer: str, first: int, last: int) -> list[ChargeTotal]:
    return _cells(store, scope, customer, f"T#{first:08d}", f"T#{last:08d}$")


def totals_by_day(store: Store, scope: str, customer: str, first: int, last: int) -> list[ChargeTotal]:
    return _cells(store, scope, customer, f"S#{first:08d}", f"S#{last:08d}")


def balance_before(store: Store, scope: str, customer: str, day: int) -> int:
    """The customer's balance at the beginning of a day: whole months, and the days of its own month before it."""
    month = day // 100
    months = _cells(store, scope, customer, "M#", f"M#{month - 1:06d}")
    days = totals_by_day(store, scope, customer, month * 100 + 1, day - 1) if day % 100 > 1 else []
    return sum(cell.net for cell in (*months, *days))


def _cells(store: Store, scope: str, customer: str, since: str, until: str) -> list[ChargeTotal]:
    # Strongly read: what was posted before this instant is in it.
    partition = gateway_keys.charge_totals_partition(scope, customer)
    return [_cell(r) for r in store.query_all("ledger", partition, since=since, until=until, consistent=True)]


def _cell(record: Record) -> ChargeTotal:
    labels: dict[str, Any] = {name: record[name] for name in _LABELS if name in record}
    sums = {name: record.get(name, 0) for name in ("debit", "credit", "debits", "credits")}
    return ChargeTotal(int(record["sk"].split("#")[1]), labels, **sums)


def _digest(*parts: str) -> str:
    return hashlib.sha256(injective(*parts)).hexdigest()[:24]
