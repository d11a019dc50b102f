"""Text messages to customers: each occasion makes one at most, sent at once or after the program's quiet hours.

A message is marked as sent before it is handed in, so that it never goes out twice; where handing it in fails, the mark
is taken back. A function killed between the two loses one receipt, which the customer's page shows anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from secrets import token_hex
from typing import Any, Final, Literal

from .. import clock, observe
from ..customers.model import Customer, read_customer
from ..identity.tenant import read_program
from ..ledger import lots
from ..ledger.model import MessagePolicy, Program
from ..ledger.records.customer_coins import read_wallet
from ..messages import outbound
from ..messages.model import Channel, Message
from ..money import to_text
from ..settings import settings
from ..store import keys, notification_keys
from ..store.codec import Item
from ..store.keys import Key
from ..store.store import ConditionFailed, Contended, Record, Store
from ..store.writes import ABSENT, Condition, Put, Update
from .preferences import QuietHours

_KEPT_MS: Final = 90 * clock.DAY_MS
"""How long it is known that a message was sent. Events are replayed for two weeks at most."""

_LINKED: Final = re.compile(r"://|(?<=\w)\.(?=[^\W\d_])")
_NUMBERS: Final = re.compile(r"[0-9]+(?:\.[0-9]+){2,}")

Wish = Literal["receipts", "expiry_reminders", "ticket_replies"]
"""The preference with which a customer turns a kind of message off."""


@dataclass(frozen=True, slots=True)
class CustomerText:
    """`kind` names a template. `tenant` is in whose name it goes out, and who pays for it. `due` is None once sent."""

    scope: str
    customer: str
    occasion: str
    kind: str
    wish: Wish
    tenant: str
    values: Mapping[str, str]
    due: int | None
    wallet: str | None = None
    """Of a reminder: the wallet whose coins expire with `month`; how many is read when the message is sent."""
    program: tuple[str, str] | None = None
    """Of a reminder: the program's owner and its id."""
    month: int = 0
    made_at: int = 0

    @property
    def key(self) -> Key:
        return notification_keys.customer_text_key(self.scope, self.customer, self.occasion)


def customer_text_item(text: CustomerText) -> Item:
    due = text.due
    item: dict[str, Any] = {
        "kind": text.kind,
        "wish": text.wish,
        "ten": text.tenant,
        "values": dict(text.values),
        "due": due,
        "wal": text.wallet,
        "prg": list(text.program) if text.program else None,
        "mon": text.month or None,
        "made": text.made_at,
        "ttl": (text.made_at + _KEPT_MS) // 1000,
        "g2p": notification_keys.due_customer_texts_partition() if due is not None else None,
        "g2s": f"{clock.iso(due)}#{text.customer}" if due is not None else None,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_customer_text(record: Record) -> CustomerText:
    _, mode, owner, customer = str(record["pk"]).split("#")
    program = record.get("prg")
    return CustomerText(
        scope=f"{mode}#{owner}",
        customer=customer,
        occasion=record["sk"],
        kind=record["kind"],
        wish=record["wish"],
        tenant=record["ten"],
        values=record["values"],
        due=record.get("due"),
        wallet=record.get("wal"),
        program=(program[0], program[1]) if program else None,
        month=record.get("mon", 0),
        made_at=record["made"],
    )


def send_at(policy: MessagePolicy, zone: str, now: int) -> int:
    """When a message may go out: now, or when the quiet hours are over."""
    if policy.quiet_from == policy.quiet_until:
        return now
    return QuietHours(policy.quiet_from, policy.quiet_until, zone).ends_after(now) or now


def keep_customer_text(store: Store, text: CustomerText) -> bool:
    """Stores a message for its time. False where this occasion has made one before."""
    try:
        store.write(Put(text.key, customer_text_item(text), when=ABSENT))
    except ConditionFailed:
        return False
    return True


def send_customer_text(store: Store, text: CustomerText, now: int) -> bool:
    """Sends a message that is due, if the customer still wants it. Raises what handing it in raises; then it is due
    again. False where another run was quicker, or there is nobody to send it to."""
    message = _customer_message(store, text, now)
    mark = {"sent": now, "claim": token_hex(8)}
    try:
        store.write(
            Update(text.key, set=mark, remove=("due", "g2p", "g2s"), when=Condition(equal={"due": text.due})),
        )
    except ConditionFailed as failed:
        # The condition fails by our own hand where the reply to the first try was lost.
        if (failed.item or {}).get("claim") != mark["claim"]:
            return False
    if message is None:
        return False
    try:
        outbound.enqueue(message)
    except Exception:
        again = customer_text_item(text)
        back = {name: again[name] for name in ("due", "g2p", "g2s")}
        still = Condition(equal={"claim": mark["claim"]})
        store.write(Update(text.key, set=back, remove=("sent", "claim"), when=still))
        raise
    return True


def send_due_customer_texts(store: Store, now: int, *, time_left: Callable[[], bool] = lambda: True) -> int:
    """Sends what is due, the earliest first. Returns how many went out; each fails alone, and stays due."""
    sent = 0
    partition = notification_keys.due_customer_texts_partition()
    rows = store.query_all("directory", partition, index="by_name", until=f"{clock.iso(now)}$", limit=100)
    for row in takewhile(lambda _: time_left(), rows):
        key = Key("directory", row["pk"], row["sk"])
        try:
            # The index may be a moment behind: the item itself says whether it is still due.
            record = store.read([key])[key]
            text = read_customer_text(record) if record else None
            if text is not None and text.due is not None and text.due <= now:
                sent += send_customer_text(store, text, now)
        except Contended:
            raise
        except Exception:
            observe.log().exception("a text message could not be sent", extra={"customer": key.pk})
    return sent


def coins_text(amount: int, program: Program) -> str:
    """250 crumbs, 1 crumb: the amount as people read it, with the program's own word."""
    text = to_text(amount, program.scale)
    return f"{text} {coin_word(text, program)}"


def coin_word(amount: str, program: Program) -> str:
    return unlinked(program.singular if amount == "1" else program.plural)


def unlinked(text: str) -> str:
    """A merchant's own words as a text message has them: `Amazon.in` is `Amazon. in`, of which no phone makes a link.

    The message comes from us, and whoever gets it would take a link for ours as well.
    """
    spaced = _LINKED.sub(lambda found: ". " if found[0] == "." else ": ", text)
    return _NUMBERS.sub(lambda found: found[0].replace(".", " "), spaced)


def _customer_message(store: Store, text: CustomerText, now: int) -> Message | None:
    """The message in the customer's language. None for one who turned it off, has no phone or had their data deleted,
    and for a reminder of coins that are spent."""
    about = keys.customer_key(text.scope, text.customer)
    record = store.read([about])[about]
    customer = read_customer(record) if record else None
    if customer is None or customer.phone is None or customer.erased_at is not None:
        return None
    if not customer.preferences.get(text.wish, True):
        return None
    values = dict(text.values)
    if text.month:
        coins = _expiring(store, text, now)
        if coins is None:
            return None
        values["coins"] = coins
    kind = f"{text.kind}_hi" if customer.preferences.get("language") == "hi" else text.kind
    return Message(kind, customer.phone, _channel(customer, kind), text.tenant, values)


def _channel(customer: Customer, kind: str) -> Channel:
    """WhatsApp for those who chose it, where a template of this kind is approved; else a text message."""
    wanted = customer.preferences.get("channel") == "whatsapp" and bool(settings().whatsapp_sender)
    return "whatsapp" if wanted and f",{kind}=" in f",{settings().whatsapp_templates}" else "sms"


def _expiring(store: Store, text: CustomerText, now: int) -> str | None:
    """How many coins expire with the month of a reminder; None if none do any more."""
    assert text.wallet is not None
    assert text.program is not None
    place, about = keys.wallet_key(text.scope, text.wallet), keys.program_key(*text.program)
    found = store.read([place, about])
    wallet_record, program_record = found[place], found[about]
    if wallet_record is None or program_record is None:
        return None
    program = read_program(program_record)
    if clock.local_month(now, program.time_zone) > text.month:
        return None
    wallet = read_wallet(wallet_record)
    coins = expiring_coins(dict(wallet.lots), text.month, program, now)
    return coins_text(coins, program) if coins and wallet.status == "active" else None


def expiring_coins(of_months: Mapping[int, int], month: int, program: Program, now: int) -> int:
    """Coins (minor units) that can be spent now and expire with `month` at the latest."""
    past = lots.expired_lots(of_months, clock.local_month(now, program.time_zone))
    return sum(coins for until, coins in lots.subtract_lots(of_months, past).items() if until <= month)
