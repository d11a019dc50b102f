"""From an event to customers: one of their coins, rewards or tickets becomes a text message, where any are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from .. import clock
from ..events.consuming import consume_queue, each_by_itself
from ..events.event import Event
from ..identity.tenant import read_program
from ..ledger.model import Program
from ..store import keys
from ..store.store import Store
from .customer_texts import CustomerText, coin_word, keep_customer_text, send_at, send_customer_text, unlinked

_STALE_MS: Final = clock.DAY_MS
"""An event that comes later than this, as after an outage, sends nothing: the customer would not expect it any more."""

_REVERSED: Final = {"issue": "coins_taken_back", "redemption": "coins_given_back"}
_KINDS: Final[Mapping[str, str]] = {
    "coins.issued": "coins_issued",
    "coins.redeemed": "coins_redeemed",
    "coins.reversed": "coins_taken_back",
    "redemption.created": "reward_redeemed",
    "redemption.approved": "reward_approved",
    "redemption.fulfilled": "reward_ready",
    "redemption.rejected": "reward_not_given",
    "redemption.cancelled": "reward_not_given",
    "redemption.expired": "reward_not_given",
    "market_order.completed": "cards_delivered",
    "market_order.partially_completed": "cards_delivered_in_part",
    "market_order.failed": "cards_not_delivered",
}
_TICKETS: Final = frozenset({"ticket.commented", "ticket.status_changed", "ticket.reminder"})
CUSTOMER_EVENTS: Final = frozenset(_KINDS) | _TICKETS
Programs = dict[tuple[str, str], tuple[Program, str] | None]
"""(Merchant, program) -> the program there and the merchant's name, as a batch finds them."""


def consume_customer_events(store: Store, batch: Mapping[str, Any]) -> dict[str, Any]:
    """Sends the messages of a batch of events. Answers which of them are to come again."""
    return consume_queue(batch, lambda events: notify_customers(store, events, clock.system()))


def notify_customers(store: Store, events: Sequence[Event], now: int) -> list[Event]:
    """Sends the messages of events. Returns those that are to come again."""
    programs: Programs = {}

    def notify(event: Event) -> None:
        notify_customer(store, event, now, programs)

    return each_by_itself(events, notify, "a customer was not notified of an event")


def notify_customers_unsigned(store: Store, events: Sequence[Event], now: int) -> list[Event]:
    """The same for a function that may not sign links: events whose message has a signed one are among those to come
    again, to a function that may."""
    signed = [event for event in events if _needs_signed_link(event)]
    return signed + notify_customers(store, [event for event in events if event not in signed], now)


def _needs_signed_link(event: Event) -> bool:
    if event.type not in _TICKETS:
        return False
    from .customer_tickets import ticket_text_kind  # few events are of tickets

    return ticket_text_kind(event) == "ticket_settled"


def concerns_customer(event: Event) -> bool:
    """Whether a customer may get a text message for an event. Nobody is called from the sandbox."""
    return event.type in CUSTOMER_EVENTS and event.mode == "live"


def notify_customer(store: Store, event: Event, now: int, programs: Programs | None = None) -> bool:
    """Whether the event made a message, to be sent now or after quiet hours. `programs` are those of a batch."""
    programs = {} if programs is None else programs
    text = (
        _customer_text(store, event, now, programs)
        if event.mode == "live" and now - event.created_at <= _STALE_MS
        else None
    )
    if text is None or not keep_customer_text(store, text):
        return False
    if text.due is not None and text.due <= now:
        send_customer_text(store, text, now)
    return True


def _customer_text(store: Store, event: Event, now: int, programs: Programs) -> CustomerText | None:
    if event.type in _TICKETS:
        from .customer_tickets import ticket_text, ticket_text_kind  # few events are of tickets

        about = ticket_text_kind(event)
        return ticket_text(store, event, about, now) if about else None
    kind = _text_kind(event)
    known = _known_program(store, event, programs) if kind else None
    return _receipt(event, kind, *known, now) if kind and known and known[0].messages.receipts else None


def _receipt(event: Event, kind: str, program: Program, brand: str, now: int) -> CustomerText:
    data = event.data
    # In a network the merchant's name says where it was; its own branding may have another for its people.
    values = {"brand": brand}
    for name in ("coins", "balance"):
        if name in data:
            values[name] = f"{data[name]} {coin_word(str(data[name]), program)}"
    if "points" in data:
        title = unlinked(str(data["title"]))
        values |= {"title": title, "coins": f"{data['points']} {coin_word(str(data['points']), program)}"}
    values |= {name: str(data[name]) for name in ("delivered", "quantity") if name in data}
    return CustomerText(
        scope=keys.scope("live", program.owner),
        customer=str(data["customer_id"]),
        occasion=event.id,
        kind=kind,
        wish="receipts",
        tenant=event.tenant,
        values=values,
        due=send_at(program.messages, program.time_zone, now),
        made_at=now,
    )


def _text_kind(event: Event) -> str | None:
    data = event.data
    if event.type == "coins.issued" and not Decimal(str(data["coins"])):
        return None  # a part of a coin alone
    if event.type == "coins.reversed":
        # A reversal that only records a shortfall moved nothing.
        return _REVERSED.get(str(data["undone"])) if Decimal(str(data["coins"])) else None
    if event.type == "redemption.fulfilled" and data["settlement_transaction_id"] == data["transaction_id"]:
        return None  # handed over at once
    if event.type == "redemption.created" and data["status"] == "fulfilled":
        return None  # its coins are taken at once, and `coins.redeemed` sends the receipt
    return _KINDS.get(event.type)


def _known_program(store: Store, event: Event, programs: Programs) -> tuple[Program, str] | None:
    place = event.tenant, str(event.data.get("program_id"))
    if place not in programs:
        programs[place] = _program(store, event)
    return programs[place]


def _program(store: Store, event: Event) -> tuple[Program, str] | None:
    """The program of an event at the merchant where it happened, and the merchant's name; perhaps as they were a moment
    ago, which costs half.

    Neither a redemption nor an order names its program: it is that of the merchant.
    """
    tenant_key = keys.tenant_key(event.tenant)
    named = event.data.get("program_id")
    tenant = store.read([tenant_key], consistent=False)[tenant_key]
    if tenant is None:
        return None
    record = tenant.get("program")
    if named and (record is None or record["id"] != named):
        # Seldom: a merchant issues coins of the program that its own record repeats.
        own = keys.program_key(event.tenant, str(named))
        record = store.read([own], consistent=False)[own]
    return (read_program(record), str(tenant["name"])) if record else None
