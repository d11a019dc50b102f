"""A shop whose customer gets text messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from batua import clock, ids
from batua.customers.model import Customer, customer_id_by_phone, customer_put, customer_wallet_id
from batua.events.event import Event
from batua.identity.tenant import program_item, read_tenant, tenant_item
from batua.ledger.model import MessagePolicy, Program, Wallet
from batua.ledger.records.customer_coins import wallet_item
from batua.rewards.program import reminder_attributes
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Put, Update
from local.outbox import Outbox
from tests.waiting import until

NOON = clock.parse_iso("2027-01-10T12:00:00+05:30")


class Shop:
    """A merchant with a program of its own that sends messages, and a customer of it."""

    def __init__(self, tenant: str, phone: str, **policy: Any) -> None:
        self.tenant, self.phone, self.scope = tenant, phone, keys.scope("live", tenant)
        self.program = Program(
            ids.new_id("prg"), tenant, "Lotus Petals", "closed", "Asia/Kolkata", singular="petal", plural="petals",
            messages=MessagePolicy(**{"receipts": True, **policy}),
        )  # fmt: skip
        key = keys.tenant_key(tenant)
        known = read_tenant(store().read([key])[key] or {})
        store().write(Put(key, tenant_item(replace(known, program=self.program))))
        item = {**program_item(self.program), **reminder_attributes(self.program)}
        store().write(Put(keys.program_key(tenant, self.program.id), item))
        self.customer = customer_id_by_phone(self.scope, tenant, phone)
        store().write(customer_put(self.scope, Customer(self.customer, NOON, phone=phone)))

    def prefer(self, **wishes: Any) -> None:
        store().write(Update(keys.customer_key(self.scope, self.customer), set={"prefs": wishes}))

    def event(self, type: str = "coins.issued", at: int = NOON, **data: Any) -> Event:
        content = {
            "customer_id": self.customer, "program_id": self.program.id, "coins": "50", "balance": "320", **data
        }  # fmt: skip
        return Event(ids.new_id("evt"), type, 1, at, self.tenant, "live", ids.new_id("wal"), "1", content)

    def hold(self, lots: dict[int, int]) -> str:
        wallet = customer_wallet_id(self.scope, self.program.id, self.customer)
        item = wallet_item(self.scope, Wallet(wallet, self.customer, lots, seq=1, last_hash=b"1"))
        store().write(Put(keys.wallet_key(self.scope, wallet), item))
        return wallet

    def texts(self, number: int = 0) -> list[str]:
        return texts_of(self.phone, number)


def texts_of(phone: str, number: int = 0) -> list[str]:
    """The text messages that a phone got, once there are so many."""

    def found() -> list[str]:
        return [message.body for message in Outbox().messages(phone, "sms")][::-1]

    until(lambda: len(found()) >= number, otherwise=lambda: f"{number} messages: {found()}")
    return found()
