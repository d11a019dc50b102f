"""Payments for top-ups in the simulation, as a provider reports them: repeated, late, out of order, and wrong ones.

A top-up is paid through the operator's account with a payment provider. Webhooks without a 2xx answer are sent again;
refunds may come before their payment; a second payment or another amount must not be credited. What the provider takes
back is taken from the wallet as soon as it has it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

from batua import ids
from batua.billing.payment_accounts import PaymentAccount
from batua.billing.payment_port import ProviderEvent
from batua.billing.payment_recording import record_event
from batua.billing.payment_source import RecordingSource
from batua.billing.top_up_posting import collect_returns
from batua.billing.top_up_records import TopUp, new_top_up_put, read_top_up
from batua.errors import Problem
from batua.store.codec import decode
from batua.store.store import Store
from tests.faults.loop import SECOND, Loop
from tests.faults.prefunds import SILENCE
from tests.faults.table import Tables

_DAY: Final = 24 * 3600 * SECOND


class TopUps:
    """The top-ups of one tenant's wallet."""

    def __init__(self, loop: Loop, tables: Tables, store: Store, tenant: str, operator: str) -> None:
        self._loop, self._tables, self._store, self._tenant = loop, tables, store, tenant
        id = ids.derived_id("pac", "operator")
        self.account = PaymentAccount(id, operator, "live", "razorpay", "rzp_live_x", b"", b"")
        self.stranger = replace(self.account, id=ids.derived_id("pac", "stranger"))
        """An account whose secret somebody else has: its webhooks are signed as well as any."""
        self.made: dict[str, TopUp] = {}
        self.paid: dict[str, list[ProviderEvent]] = defaultdict(list)
        """Matching payments by top-up: one of them must have been credited."""
        self.refunds: dict[str, dict[str, int]] = defaultdict(dict)
        self.unheard: list[tuple[PaymentAccount, ProviderEvent]] = []
        self.statuses: Counter[str] = Counter()
        self._notices = 0
        self.tell: Callable[[str], None] = lambda fault: None

    def open(self, number: int, amount: int) -> None:
        """A top-up and all webhooks that a provider sends about it."""
        chance, id = self._loop.chance_of(f"top_up/{number}"), ids.derived_id("tup", str(number))
        top_up = TopUp(id, "live", self._tenant, amount * 100, self._loop.now, "fp", self.account.id)
        quiet = Store(self._tables, "ledger", "directory", sleep=lambda _: None)
        quiet.write(new_top_up_put(top_up))
        self.made[id] = top_up
        payment = ProviderEvent("paid", f"pay_{number}", top_up.amount, "INR", f"{id}-1")
        events = [payment]
        self.paid[id].append(payment)
        if chance.random() < 0.3:
            twice = replace(payment, payment=f"pay_{number}_again")
            self.paid[id].append(twice)
            events.append(twice)
        if chance.random() < 0.3:
            events.append(replace(payment, payment=f"pay_{number}_odd", amount=top_up.amount - 1))
        if chance.random() < 0.2:
            events.append(replace(payment, payment=f"pay_{number}_usd", currency="USD"))
        for part in range(chance.choice((0, 0, 1, 2))):
            name, back = f"rfnd_{number}_{part}", chance.choice((top_up.amount, top_up.amount // 2, 100))
            events.append(ProviderEvent("refunded", payment.payment, back, "INR", "", name))
            self.refunds[id][name] = back
        for event in events:
            for _ in range(chance.choice((1, 1, 2))):
                self._send(self.account, event, 3, chance.choice((0, 3_000, SECOND, 60 * SECOND, _DAY)))
        if chance.random() < 0.3:
            self._send(self.stranger, payment, 1, 0)
        for look in range(3):
            self._loop.spawn(f"wish-{number}.collect-{look}", partial(self._collect, id), (look + 1) * _DAY // 2)

    def tell_again(self) -> None:
        """Redelivers webhooks without a 2xx answer; then the schedule collects what is still owed."""
        unheard, self.unheard = self.unheard, []
        for account, event in sorted(unheard, key=lambda told: told[1].kind):
            self._send(account, event, 3, 0)
        for id in self.made:
            self._notices += 1
            self._loop.spawn(f"collect-{self._notices}", partial(self._collect, id), 60 * SECOND)

    def _send(self, account: PaymentAccount, event: ProviderEvent, tries: int, after: int) -> None:
        self._notices += 1
        self._loop.spawn(f"notice-{self._notices}", partial(self._notify, account, event, tries), after)

    def _notify(self, account: PaymentAccount, event: ProviderEvent, tries: int) -> None:
        source = RecordingSource("192.0.2.9", f"req-{self._notices}-{self._loop.elapsed}")
        for _ in range(tries):
            try:
                status = record_event(self._store, account, event, self._loop.now, source)
                self.statuses[status] += 1
                return
            except (Problem, *SILENCE):
                self._loop.pause(30 * SECOND)
            except Exception as fault:
                self.tell(f"a payment's webhook is processed: {type(fault).__name__}: {fault}")
                return
        self.unheard.append((account, event))

    def _collect(self, id: str) -> None:
        source = RecordingSource("-", f"collect-{self._loop.elapsed}", asked=True)
        try:
            collect_returns(self._store, id, self._loop.now, source)
        except (Problem, *SILENCE):
            return
        except Exception as fault:
            self.tell(f"a shortfall is collected: {type(fault).__name__}: {fault}")

    def invariants(self, lines: list[dict[str, Any]], available: int) -> Iterator[str]:
        """Every invariant of top-ups that the run violated. `available` is the wallet's final balance."""
        credits: dict[str, list[tuple[str, int]]] = defaultdict(list)
        taken: Counter[str] = Counter()
        for line in lines:
            if line.get("by") == self.stranger.id:
                yield f"only the link's own account can credit it: {line.get('ref')}"
            if line.get("by") != self.account.id:
                continue
            if line["kind"] == "credit":
                credits[line["ref"]].append((line["more"]["payment"], line["amt"]))
            else:
                taken[line["ref"]] += line["amt"]
        for id, made in self.made.items():
            key = made.key
            top_up = read_top_up({"pk": key.pk, "sk": key.sk, **decode(self._tables.items[key.table, key.pk, key.sk])})
            fitting = {event.payment for event in self.paid[id]}
            if [amount for _, amount in credits[id]] != [made.amount] or credits[id][0][0] not in fitting:
                yield f"a top-up is credited exactly once: {id} {made.amount} {credits[id]}"
            odd = {each["pay"] for each in top_up.unmatched}
            if top_up.payment in odd or not fitting <= {top_up.payment, *odd}:
                yield f"a payment that is not credited is recorded: {id} {top_up.payment} {sorted(odd)}"
            refunded = self.refunds[id] if top_up.payment == self.paid[id][0].payment else {}
            if {each["id"]: each["amt"] for each in top_up.returns} != refunded:
                yield f"a refund is recorded exactly once: {id} {top_up.returns} {refunded}"
            if taken[id] != top_up.taken or top_up.taken > min(made.amount, sum(refunded.values())):
                yield f"a refund is debited exactly once: {id} {taken[id]} {top_up.taken} of {refunded}"
            if top_up.shortfall and available:
                yield f"a shortfall is debited as soon as there is balance: {id} {top_up.shortfall} of {available}"
