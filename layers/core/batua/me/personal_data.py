"""A customer takes a copy of what is kept about them, or has it deleted.

What identifies a customer is kept in few places: their record (phone number, name and preferences), their places in
shops' lists, which have number and name once more, their sessions,
what an import said that they did in another system, the addresses that rewards are sent to, what they wrote in
tickets, the phones that hold their passes, and the links from e-mail addresses of online orders. Entries of the ledger
name a customer by a digest of the number and stay, as books must. Coins stay as well: they belong to the number, and
anyone who gives it at the counter can use them until they expire.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from .. import clock, errors
from ..api.cookies import set_cookie
from ..api.endpoint import Call
from ..api.styles import Reply
from ..coins import counter
from ..customers import model as customers
from ..customers.tags import all_tags, tags_since
from ..identity import sessions
from ..identity.credentials import customer_cookie
from ..ledger.model import Program
from ..store import keys
from ..store.keys import Key
from ..store.store import ConditionFailed
from ..store.writes import EXISTS, Condition, Delete, Update
from .data_models import DataDeletion, ExportedOrder, ExportedProgram, ExportedRedemption, ExportedSession, MyExport
from .profile import merchant_of_mine, preferences_of
from .signed_in import signed_in_customer

if TYPE_CHECKING:
    from ..coins.models import ImportedTransaction
    from ..rewards.redemption import Redemption

_MOST_LINES: Final = 5_000
"""Lines of history per program in one export, about 2 MB: a function's answer has at most 6."""

_LISTED: Final = ("g1p", "g1s", "g2p", "g2s")
_MAX_ATTEMPTS: Final = 5
_BATCH_SIZE: Final = 90


def export_my_data(call: Call[None]) -> MyExport:
    from ..customers.silence import held_since
    from ..passes.devices import devices_of
    from .birthday import own_birthday
    from .coins import history_line, list_my_balances, merchant_names, my_programs
    from .statement import own_entries
    from .tickets import exported_tickets

    caller, customer = call.caller, signed_in_customer(call)
    balances = {balance.program.id: balance for balance in list_my_balances(call)}
    programs = []
    for program in my_programs(call):
        if program.id not in balances:
            continue
        wallet = customers.customer_wallet_id(caller.scope, program.id, caller.id)
        entries = list(islice(own_entries(call, wallet, None, 500), _MOST_LINES + 1))
        shown = entries[:_MOST_LINES]
        names = merchant_names(call, (entry.merchant for entry in shown))
        programs.append(
            ExportedProgram(
                balance=balances[program.id],
                history=[history_line(entry, program, names) for entry in shown],
                history_complete=len(entries) <= _MOST_LINES,
                redemptions=[_exported(each, program) for each in _redemptions(call, program)],
                orders=_exported_orders(call, program),
            )
        )
    # What was said before the number was silent may be about somebody else.
    first, own = customer.created_at, counter.program_of(caller)
    since = held_since(call.store, caller.scope, own, caller.id, back_to=first, now=call.now)
    opened = sessions.sessions_of(call.store, caller.id)
    call.store.commit([call.act("customer data exported", caller.id)], caller=call.request.id)
    return MyExport(
        exported_at=clock.iso(call.now),
        mode=caller.mode,
        customer_id=customer.id,
        phone=customer.phone,
        name=customer.name if (customer.named_at or customer.created_at) >= since else None,
        birthday=own_birthday(call),
        customer_since=clock.iso(customer.created_at),
        merchant=merchant_of_mine(call),
        preferences=preferences_of(customer),
        programs=programs,
        sessions=[
            ExportedSession(
                kind=each.kind,
                merchant_id=each.tenant,
                signed_in_at=clock.iso(each.started_at),
                ends_at=clock.iso(each.ends_at),
            )
            for each in opened
            if each.mode == caller.mode and each.is_open(caller.id, customer.epoch, call.now)
        ],
        tags=tags_since(call.store, caller.scope, caller.id, since),
        wallet_passes=len(devices_of(call.store, caller.mode, caller.id)),
        linked_emails=len(_links(call)),
        tickets=exported_tickets(call),
        imported_history=_imported_history(call, programs),
    )


def delete_my_data(call: Call[None]) -> Reply:
    """Deletes it in every shop of the network. Nothing of it is refused half-way: what is done twice, is done.

    The record goes last: until then a customer whose request broke off can make it again.
    """
    from ..customers.listing import forget_listing
    from ..customers.past import forget_past
    from ..passes.devices import devices_of, forget_devices
    from .coins import my_programs
    from .tickets import forget_tickets

    caller, now = call.caller, clock.system()
    held = [each for program in my_programs(call) for each in _redemptions(call, program) if each.address is not None]
    waiting = [each for each in held if each.is_open]
    if waiting:
        message = errors.REDEMPTIONS_OPEN.describe({"count": str(len(waiting))})
        raise errors.REDEMPTIONS_OPEN(message, figures={"count": len(waiting)})
    for redemption in held:
        _forget_address(call, redemption)
    forgotten = forget_tickets(call)
    lines = forget_past(call.store, caller.scope, caller.id)
    passes = forget_devices(call.store, devices_of(call.store, caller.mode, caller.id))
    links = _links(call)
    for key in all_tags(call.store, caller.scope, caller.id):
        call.store.commit([Delete(key)], caller=call.request.id)
    forget_listing(call.store, caller.scope, caller.id, caller=call.request.id)
    ended = [each.key for each in sessions.sessions_of(call.store, caller.id) if each.mode == caller.mode]
    for start in range(0, len(links), _BATCH_SIZE):
        call.store.commit([customers.contact_unlinking(key, now) for key in links[start : start + _BATCH_SIZE]])
    erased = Update(
        keys.customer_key(caller.scope, caller.id),
        set={"erased": now},
        remove=(
            "phone",
            "prefs",
            "lang",
            "seen",
            "name",
            "name_by",
            "name_at",
            "prefs_by",
            "made_by",
            "bday",
            "bday_at",
            *_LISTED,
        ),
        add={"epoch": 1, "qr": 1},
        when=EXISTS,
    )
    call.store.commit([erased, call.act("customer data deleted", caller.id)], caller=call.request.id)
    # What came in until then; from now on nothing does.
    forget_listing(call.store, caller.scope, caller.id, caller=f"{call.request.id}, erased")
    for start in range(0, len(ended), _BATCH_SIZE):  # they are over with the epoch; now nothing is left of them either
        call.store.commit([Delete(key) for key in ended[start : start + _BATCH_SIZE]])
    done = DataDeletion(
        customer_id=caller.id,
        deleted_at=clock.iso(now),
        sessions=len(ended),
        wallet_passes=passes,
        linked_emails=len(links),
        addresses=len(held),
        tickets=forgotten,
        imported_history=lines,
    )
    slug = call.request.headers.get("x-merchant", "").lower()
    cookies = (set_cookie(customer_cookie(slug), "", 0),) if keys.is_slug(slug) else ()
    return Reply(done, "Data deleted", cookies=cookies)


def _imported_history(call: Call[Any], programs: Sequence[ExportedProgram]) -> list[ImportedTransaction]:
    """Imported data, as far back as the number was certainly the customer's: without half a year of silence."""
    from ..coins.imported_history import imported_line
    from ..customers.past import past_of

    later = min((clock.parse_iso(line.created_at) for each in programs for line in each.history), default=call.now)
    program, lines = counter.program_of(call.caller), []
    for _, past in islice(past_of(call.store, call.caller.scope, call.caller.id), _MOST_LINES):
        if later - past.at > customers.SILENCE_MS:
            break
        later = min(later, past.at)
        lines.append(imported_line(past, program))
    return lines


def _redemptions(call: Call[Any], program: Program) -> list[Redemption]:
    from .own_redemptions import redemptions_of_mine

    return [each for _, each in islice(redemptions_of_mine(call, None, program), _MOST_LINES) if each is not None]


def _exported(redemption: Redemption, program: Program) -> ExportedRedemption:
    from ..identity import sealing

    address = None
    if redemption.address is not None:
        address = json.loads(sealing.open_tenant_secret(redemption.tenant, redemption.id, redemption.address))
    return ExportedRedemption(
        id=redemption.id,
        title=redemption.title,
        type=redemption.type,
        state=redemption.state,
        coins=counter.coins_wire(redemption.points, program),
        created_at=clock.iso(redemption.created_at),
        address=address,
        shipment=dict(redemption.shipment),
    )


def _exported_orders(call: Call[Any], program: Program) -> list[ExportedOrder]:
    from .market_views import my_order
    from .own_orders import orders_of_mine

    mine = islice((each for _, each in orders_of_mine(call, None, program) if each), _MOST_LINES)
    shown = (my_order(order, program) for order in mine)
    return [
        ExportedOrder(
            id=order.id,
            title=order.title,
            denomination=order.denomination,
            quantity=order.quantity,
            delivered=order.delivered,
            state=order.state,
            coins=order.points,
            created_at=order.created_at,
        )
        for order in shown
    ]


def _links(call: Call[Any]) -> list[Key]:
    from ..store import contact_keys

    partition = contact_keys.contacts_partition(call.caller.scope, call.caller.id)
    records = call.store.query_all("directory", partition, index="by_parent")
    return [Key("directory", record["pk"], record["sk"]) for record in records]


def _forget_address(call: Call[Any], redemption: Redemption) -> None:
    """Only over the very version that was read: another writer meanwhile writes the redemption as a whole."""
    from ..rewards.redemption import read_redemption_record, redemption_key_of

    key = redemption_key_of(call.caller.scope, redemption)
    for _ in range(_MAX_ATTEMPTS):
        change = Update(key, remove=("addr",), add={"ver": 1}, when=Condition(equal={"ver": redemption.version}))
        try:
            call.store.write(change)
        except ConditionFailed:
            record = call.store.read([key])[key]
            if record is None:
                return
            redemption = read_redemption_record(record)
        else:
            return
    raise errors.BUSY(headers={"Retry-After": "1"})
