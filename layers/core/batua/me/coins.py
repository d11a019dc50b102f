"""A customer's coins in every program of the network, and how they came and went."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from .. import clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.styles import Reply
from ..coins import counter
from ..coins.tiers import customer_tier, load_tier_benefits
from ..customers import model as customers
from ..identity.tenant import read_program
from ..ledger import lots
from ..ledger.decisions import customer_coins
from ..ledger.model import Program, Wallet
from ..ledger.records.customer_coins import Entry, read_wallet
from ..store import keys
from ..store.keys import Key
from .coin_models import HistoryLine, HistoryQuery, MyBalance
from .profile import program_of_mine
from .statement import own_entries

_TAKING: Final = frozenset({"redeem", "reverse_issue", "hold", "expire", "transfer_out"})
_FOR_REWARDS: Final = frozenset({"redeem", "hold", "capture", "void"})
_MAX_SCANNED: Final = 2_000


def my_programs(call: Call[Any]) -> list[Program]:
    """The programs in these books, wallet types included: the merchant's, then the owner's others."""
    caller = call.caller
    own = counter.program_of(caller)
    partition = keys.tenant_key(own.owner).pk
    stored = call.store.query_all("directory", partition, beginning="PROGRAM#")
    others = [read_program(record) for record in stored]
    others.sort(key=lambda program: program.created_at)
    return [own, *(program for program in others if program.id != own.id and program.owner == own.owner)]


def list_my_balances(call: Call[None]) -> list[MyBalance]:
    """One for each program that the customer has a wallet in; the merchant's own program always."""
    caller, programs = call.caller, my_programs(call)
    wallets = {program.id: customers.customer_wallet_id(caller.scope, program.id, caller.id) for program in programs}
    found = call.store.read(keys.wallet_key(caller.scope, wallet) for wallet in wallets.values())
    shown = []
    for program in programs:
        record = found[keys.wallet_key(caller.scope, wallets[program.id])]
        here = program.id == programs[0].id
        if record or here:
            wallet = read_wallet(record) if record else Wallet(wallets[program.id], caller.id)
            shown.append(_balance(call, wallet, program, here=here))
    return shown


def _balance(call: Call[Any], wallet: Wallet, program: Program, *, here: bool) -> MyBalance:
    at = customer_coins.wallet_as_of(wallet, program, call.now)
    amount = partial(counter.coins_wire, program=program)
    return MyBalance(
        program=program_of_mine(program),
        wallet_id=wallet.id,
        kind=program.kind,
        here=here,
        balance=amount(at.balance),
        held=amount(wallet.held),
        available=amount(at.available),
        pending=counter.pending_amounts(at.pending, program),
        value=counter.rupees_wire(program.value_of(max(0, at.available))) or 0,
        expiring=counter.lot_coins(lots.subtract_lots(wallet.lots, at.expired), program),
        tier=customer_tier(program, wallet, call.now, load_tier_benefits(call.store, program)),
        active=wallet.status == "active",
        last_activity=clock.iso(wallet.last_at) if wallet.last_at else None,
    )


def list_my_history(call: Call[HistoryQuery]) -> Reply:
    """What became of the coins in one program, at whichever merchant, the newest first."""
    caller, query, program = call.caller, call.input, _requested_program(call)
    wallet = customers.customer_wallet_id(caller.scope, program.id, caller.id)
    bound = {"list": "my-history", "scope": caller.scope, "customer": caller.id, "program": program.id}
    after = cursor.open_cursor(caller.tenant.id, bound, query.cursor) if query.cursor else None
    entries = own_entries(call, wallet, after, query.limit + 1)
    places = ((f"{entry.seq}#{entry.id}#{entry.wallet}#{entry.at}", entry) for entry in entries)
    page, following = cursor.take_page(places, query.limit, _MAX_SCANNED)
    names = merchant_names(call, (entry.merchant for entry in page))
    rewards = _reward_titles(call, page)
    lines = [history_line(entry, program, names, rewards.get(entry.id)) for entry in page]
    sealed = cursor.seal_cursor(caller.tenant.id, bound, following) if following else None
    return Reply(lines, meta={"next_cursor": sealed, "limit": query.limit})


def history_line(entry: Entry, program: Program, names: dict[str, str], reward: str | None = None) -> HistoryLine:
    moved = 0 if entry.kind == "capture" else abs(entry.amount)  # taken already as they were held
    return HistoryLine(
        transaction_id=entry.id,
        type=entry.kind,
        coins=counter.coins_wire(-moved if entry.kind in _TAKING else moved, program),
        balance=counter.coins_wire(entry.after - entry.held, program),
        bill_amount=counter.rupees_wire(entry.bill),
        expired=counter.coins_wire(sum(entry.expired.values()), program),
        merchant_id=entry.merchant,
        merchant_name=names.get(entry.merchant),
        reward=reward,
        reversed_transaction_id=entry.original,
        created_at=entry.created_at,
    )


def _reward_titles(call: Call[Any], entries: Iterable[Entry]) -> dict[str, str]:
    """The title of the reward or gift card that an entry holds coins for, or takes them for."""
    scope, owner = call.caller.scope, call.caller.id
    candidates = [entry for entry in entries if entry.kind in _FOR_REWARDS]
    if not candidates:
        return {}
    from ..marketplace.order import order_id_of
    from ..rewards.redemption import redemption_id
    from ..store import market_keys, reward_keys

    wanted: dict[str, tuple[Key, Key]] = {}
    for entry in candidates:
        opened = entry.hold or entry.id
        redemption = reward_keys.redemption_key(scope, redemption_id(opened))
        wanted[entry.id] = redemption, market_keys.market_order_key(scope, order_id_of(opened))
    found = call.store.read((key for pair in wanted.values() for key in pair), consistent=False)
    records = {id: record for id, pair in wanted.items() for key in pair if (record := found[key])}
    return {
        id: record["title"] for id, record in records.items() if owner in (record.get("cust"), record.get("customer"))
    }


def merchant_names(call: Call[Any], merchants: Iterable[str]) -> dict[str, str]:
    wanted = {merchant: keys.tenant_key(merchant) for merchant in merchants if ids.is_id(merchant, "ten")}
    found = call.store.read(wanted.values(), consistent=False) if wanted else {}
    return {merchant: record["name"] for merchant, key in wanted.items() if (record := found[key])}


def _requested_program(call: Call[HistoryQuery]) -> Program:
    named, own = call.input.program_id, counter.program_of(call.caller)
    if named is None or named == own.id:
        return own
    if not ids.is_id(named, "prg", "waty"):
        raise errors.invalid("program_id", "must be the id of a program, such as prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA")
    key = keys.program_key(own.owner, named)
    record = call.store.read([key])[key]
    if record is None:
        raise errors.PROGRAM_NOT_FOUND()
    return read_program(record)
