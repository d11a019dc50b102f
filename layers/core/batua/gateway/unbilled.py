"""Which charges no invoice holds yet, and the marks that an invoice leaves on those it takes.

A charge is invoiced once. Charges are totalled per day, part and code in the transaction that posts them
(`charge_totals`); for each of these totals a mark says how much of it is on invoices. Marks stand in one item per
buyer and month, and change in the transaction that writes the invoice, on the condition that they are as read: two
invoices that take the same charge cannot both be written, whatever their keys, products or periods.

What arrives in a period after its invoice is *late*: the next invoice takes it. A credit first reduces what is not
invoiced yet; what exceeds that gives back invoiced charges, and becomes a credit note (CGST Rules 53).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .. import clock
from ..ids import injective
from ..ledger.decisions.tenant_money import INR
from ..store import gateway_keys
from ..store.store import Record, Store
from ..store.versions import VersionedRecord
from ..store.writes import Put
from . import charge_totals
from .charge_totals import TAXES, ChargeTotal

LATE_MONTHS: Final = 24
"""How far back charges that arrived late are looked for."""

TAX_NAMES: Final = tuple(sorted(TAXES))


@dataclass(frozen=True, slots=True)
class CodeAmounts:
    """What one code comes to, in paise: negative where more was given back than charged."""

    code: str
    heads: tuple[str, ...]
    value: int
    taxes: Mapping[str, int]
    late: int = 0
    """How much of the total was charged on days that an earlier invoice covers."""

    @property
    def total(self) -> int:
        return self.value + sum(self.taxes.values())

    @property
    def line(self) -> dict[str, Any]:
        """As it is stored; a credit note's amounts are positive."""
        sign = -1 if self.total < 0 else 1
        taxes = {tax.lower(): sign * self.taxes.get(tax, 0) for tax in TAX_NAMES}
        what = ", ".join(self.heads)[:200]
        line = {"code": self.code, "what": what, "value": sign * self.value, **taxes, "total": sign * self.total}
        return {**line, "late": self.late} if self.late else line


@dataclass(frozen=True, slots=True)
class Unbilled:
    """What an invoice of a period would take, and the writes that mark it as taken."""

    charged: tuple[CodeAmounts, ...]
    given_back: tuple[CodeAmounts, ...]
    against: Mapping[str, int]
    """The numbers of the invoices that hold what was given back, and their days; 0 where the day is not known."""
    billed_before: tuple[str, ...]
    """The numbers of the invoices that hold charges of the period."""
    _marks: _Marks = field(repr=False)

    def mark(self, invoice: str | None, note: str | None, day: int) -> list[Put]:
        """The marks, with the numbers that the documents were given on that day."""
        return self._marks.writes(self, invoice, note, day)


def find_unbilled(store: Store, scope: str, customer: str, first: int, last: int) -> Unbilled:
    """Compares the totals of a period, and of earlier days that were invoiced, with their marks.

    `first` and `last` are days. Reads strongly; a charge that is posted meanwhile is left for the next invoice.
    """
    digest = charge_totals.customer_digest(customer, INR)
    since = clock.add_months(first // 100, -LATE_MONTHS)
    # Marks before totals: a total that is read later holds at least what its mark says.
    marks = _Marks.read(store, scope, digest, since, last // 100)
    early = min((day for day in marks.covered if day < first), default=first)
    parts = [cell for cell in charge_totals.totals_by_tax(store, scope, digest, early, last) if cell.labels["bill"]]
    taken = [cell for cell in parts if cell.day >= first or cell.day in marks.covered]
    heads = [cell for cell in charge_totals.totals_by_head(store, scope, digest, early, last) if cell.labels["bill"]]
    open_cells = [(cell, -cell.net - marks.billed(cell)) for cell in taken]
    open_cells = [(cell, amount) for cell, amount in open_cells if amount]
    codes = [
        _code_amounts(code, open_cells, heads, marks)
        for code in sorted({cell.labels["code"] for cell, _ in open_cells})
    ]
    charged = tuple(each for each in codes if each.total > 0)
    given_back = tuple(each for each in codes if each.total < 0 and -each.total <= marks.left(each.code))
    chosen = {each.code for each in (*charged, *given_back)}
    marks.taken = [(cell, amount) for cell, amount in open_cells if cell.labels["code"] in chosen]
    marks.period = (first, last)
    against = {number: day for each in given_back for number, day in marks.numbers(each.code).items()}
    return Unbilled(charged, given_back, dict(sorted(against.items())), marks.holding(first, last), marks)


def _code_amounts(
    code: str, cells: Iterable[tuple[ChargeTotal, int]], heads: Iterable[ChargeTotal], marks: _Marks
) -> CodeAmounts:
    own = [(cell, amount) for cell, amount in cells if cell.labels["code"] == code]
    taxes: dict[str, int] = {}
    for cell, amount in own:
        taxes[cell.labels["tax"]] = taxes.get(cell.labels["tax"], 0) + amount
    value = taxes.pop("", 0)
    days = {cell.day for cell, _ in own}
    names = tuple(sorted({cell.labels["head"] for cell in heads if cell.labels["code"] == code and cell.day in days}))
    late = sum(amount for cell, amount in own if cell.day in marks.covered)
    return CodeAmounts(code, names, value, taxes, late)


class _Marks:
    """The marks of one buyer: an item per month, and one with what each code has on invoices."""

    def __init__(self, scope: str, digest: str, months: dict[int, Record], head: Record | None) -> None:
        self._scope, self._digest = scope, digest
        self._months, self._head = months, head
        self.covered = {month * 100 + day for month, record in months.items() for day in record["days"]}
        self.taken: list[tuple[ChargeTotal, int]] = []
        self.period = (0, 0)

    @classmethod
    def read(cls, store: Store, scope: str, digest: str, since: int, until: int) -> _Marks:
        head = gateway_keys.billed_head_key(scope, digest)
        found = store.read([head])[head]
        partition = gateway_keys.billed_partition(scope, digest)
        rows = store.query_all("directory", partition, since=f"{since:06d}", until=f"{until:06d}", consistent=True)
        return cls(scope, digest, {int(row["sk"]): row for row in rows}, found)

    def billed(self, cell: ChargeTotal) -> int:
        """How much of a total is on invoices, less what credit notes gave back."""
        record = self._months.get(cell.day // 100)
        amount: int = record["cells"].get(_total_position(cell), 0) if record else 0
        return amount

    def left(self, code: str) -> int:
        """What a code has on invoices and no credit note gave back."""
        amount: int = self._codes.get(code, {}).get("left", 0)
        return amount

    def numbers(self, code: str) -> dict[str, int]:
        """The latest invoices that hold the code, with their days."""
        known = self._codes.get(code, {})
        return {number: known.get("dates", {}).get(number, 0) for number in known.get("numbers", [])}

    def holding(self, first: int, last: int) -> tuple[str, ...]:
        """The invoices that cover days of a period, as far as the months still say."""
        rows = [row for month, row in self._months.items() if first // 100 <= month <= last // 100]
        return tuple(sorted({number for row in rows for number in row["numbers"]}))

    @property
    def _codes(self) -> dict[str, Any]:
        return self._head["codes"] if self._head else {}

    def writes(self, unbilled: Unbilled, invoice: str | None, note: str | None, day: int) -> list[Put]:
        number = invoice or note
        assert number is not None
        first, last = self.period
        touched = {cell.day // 100 for cell, _ in self.taken}
        month = first // 100
        while month <= last // 100:
            touched.add(month)
            month = clock.add_months(month, 1)
        puts = [self._month(each, number, first, last) for each in sorted(touched)]
        return [*puts, self._head_put(unbilled, invoice, day)]

    def _month(self, month: int, number: str, first: int, last: int) -> Put:
        before = self._months.get(month)
        cells: dict[str, int] = dict(before["cells"]) if before else {}
        for cell, amount in self.taken:
            if cell.day // 100 == month:
                cells[_total_position(cell)] = cells.get(_total_position(cell), 0) + amount
        days = set(before["days"]) if before else set()
        days |= {day for day in range(1, 32) if first <= month * 100 + day <= last}
        numbers = [*(before["numbers"] if before else []), number][-12:]
        item = {"cells": cells, "days": sorted(days), "numbers": numbers}
        return VersionedRecord(gateway_keys.billed_key(self._scope, self._digest, month), before).replacement(item)

    def _head_put(self, unbilled: Unbilled, invoice: str | None, day: int) -> Put:
        codes = dict(self._codes)
        for each in (*unbilled.charged, *unbilled.given_back):
            known = codes.get(each.code, {"left": 0, "numbers": []})
            numbers, dates = list(known["numbers"]), {**known.get("dates", {})}
            if each.total > 0 and invoice is not None:
                numbers, dates[invoice] = [*numbers, invoice][-5:], day
            dates = {number: dates[number] for number in numbers if number in dates}
            codes[each.code] = {"left": known["left"] + each.total, "numbers": numbers, "dates": dates}
        head = VersionedRecord(gateway_keys.billed_head_key(self._scope, self._digest), self._head)
        return head.replacement({"codes": codes})


def _total_position(cell: ChargeTotal) -> str:
    """A total's place in its month: the day, and a digest of part and code."""
    digest = hashlib.sha256(injective(cell.labels["tax"], cell.labels["code"])).hexdigest()[:16]
    return f"{cell.day % 100:02d}{digest}"
