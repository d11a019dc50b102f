"""A billing system from outside: a bill changes, is returned in parts and cancelled, and each document is sent.

What the bill deserves at its end is counted in its own words, from what happened to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.shops import ShopWebhook, rupees, share


@dataclass
class BillingSystem:
    """One bill, with the credit notes that name it."""

    phone: str
    number: str = "INV-17"
    amount: int = 0
    cancelled: bool = False
    notes: list[int] = field(default_factory=list)
    webhooks: list[ShopWebhook] = field(default_factory=list)
    changes: int = 0

    @property
    def deserves(self) -> int:
        return 0 if self.cancelled else share(self.amount, sum(self.notes))

    def bill(self, amount: int) -> BillingSystem:
        # A bill that is sent as paid counts, also after it was cancelled.
        self.amount, self.cancelled = amount, False
        return self._send(status="paid", kind="Sales Invoice", amount=rupees(amount))

    def correct(self, amount: int) -> BillingSystem:
        return self.bill(amount)

    def cancel(self) -> BillingSystem:
        self.cancelled = True
        return self._send(status="cancelled", kind="Sales Invoice", amount=rupees(self.amount))

    def restore(self) -> BillingSystem:
        return self.bill(self.amount)

    def credit_note(self, amount: int) -> BillingSystem:
        self.notes.append(amount)
        return self._note(len(self.notes) - 1, "paid")

    def correct_note(self, index: int, amount: int) -> BillingSystem:
        self.notes[index] = amount
        return self._note(index, "paid")

    def cancel_note(self, index: int) -> BillingSystem:
        before, self.notes[index] = self.notes[index], 0
        return self._note(index, "cancelled", before)

    def order_form(self) -> BillingSystem:
        """A document that does not count, under the bill's number."""
        return self._send(kind="Sales Order", amount=rupees(999_900))

    def _note(self, index: int, status: str, amount: int | None = None) -> BillingSystem:
        amount = self.notes[index] if amount is None else amount
        return self._send(
            order_id=f"CN-{index}", refund_of=self.number, kind="Credit Note", status=status, amount=rupees(-amount)
        )

    def _send(self, **fields: Any) -> BillingSystem:
        self.changes += 1
        stamp = f"2026-11-20T09:{self.changes // 60:02d}:{self.changes % 60:02d}Z"
        content = {"order_id": self.number, "date": "20-11-2026", "updated_at": stamp, "phone": self.phone, **fields}
        self.webhooks.append(ShopWebhook("sale", f"bill-{self.changes}", content))
        return self
