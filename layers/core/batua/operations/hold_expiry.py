"""Holds whose time is over: their value goes back. Run by a schedule; done again, it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from .. import clock
from ..identity.tenant import read_program, read_tenant
from ..ledger.decisions import customer_coins, tenant_money
from ..ledger.errors import PostingRefused
from ..ledger.model import Hold, Origin, Program
from ..ledger.posting.customer_coins import PostingService
from ..ledger.posting.request import PostingRequest, PostingState
from ..ledger.posting.tenant_money import TenantLedger, funds_request
from ..ledger.queries.coin_entries import wallet_statement
from ..ledger.records.customer_coins import read_hold, read_wallet
from ..ledger.records.tenant_money import read_funds_hold
from ..rewards.redemption_ends import expiry_writes, redemption_key_of_hold
from ..store import keys
from ..store.keys import Key, Mode
from ..store.store import Contended, Record, Store

_BATCH_SIZE: Final = 100
_CALLER: Final = "schedule:expire_holds"


TimeLeft = Callable[[], bool]
"""Whether the function has time for another hold."""


@dataclass(slots=True)
class ExpiryReport:
    """What a run has done. `failed` holds stay due and are met again by the next run."""

    expired: int = 0
    ended_before: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """Hold -> why."""


def expire_due_holds(store: Store, now: int, *, most: int = 1_000, time_left: TimeLeft = lambda: True) -> ExpiryReport:
    """Gives back what is held under every open hold whose time is over, `most` of them in one run.

    A hold that can't be expired fails alone: any exception of its own is reported, and the next hold is tried. Failed
    holds don't count towards `most`, and within a partition the latest come first, so that however many fail run after
    run, they don't keep others waiting. Only Contended and the end of the time end a run early.
    """
    done = ExpiryReport()
    for key in _due(store, now):
        if done.expired + done.ended_before >= most or not time_left():
            break
        try:
            expired = _expire(store, key, now)
        except Contended:
            raise
        except Exception as fault:
            done.failed[key.pk.rpartition("#")[2]] = f"{type(fault).__name__}: {fault}"
            continue
        done.expired += expired
        done.ended_before += not expired
    return done


def _expire(store: Store, key: Key, now: int) -> bool:
    """Whether the hold was still open."""
    record = store.read([key])[key]
    if record is None or record["st"] != "open":
        return False
    try:
        (_expire_funds if key.sk == "FUNDS" else _expire_coins)(store, record, now)
    except PostingRefused:
        return False
    return True


def _due(store: Store, now: int) -> Iterator[Key]:
    """Open holds whose time is over, in each partition the latest first: what fails is tried again, but after them."""
    for number in range(keys.DUE_HOLD_PARTITIONS):
        partition, until = keys.due_holds_partition(number), f"{clock.iso(now)}$"
        for row in store.query_all("ledger", partition, index="due", until=until, limit=_BATCH_SIZE, descending=True):
            yield Key("ledger", row["pk"], row["sk"])


def _expire_funds(store: Store, record: Record, now: int) -> None:
    hold = read_funds_hold(record)
    wallet = hold.wallet
    order = funds_request(
        "holds.expire", _mode(wallet.scope), wallet.tenant, _origin(wallet.tenant, hold.id), hold.id, {}
    )
    tenant_ledger = TenantLedger(store, _zone(store, wallet.tenant), now)
    tenant_ledger.post(
        order, lambda known: tenant_money.decide_funds_void(known, hold, now, why="expired"), keep_refusal=False
    )


def _origin(tenant: str, hold: str) -> Origin:
    """Only the maker of a hold requests its end: the hold's id is the key of the request."""
    return Origin(_CALLER, "", tenant, request_id=hold)


def _expire_coins(store: Store, record: Record, now: int) -> None:
    hold = read_hold(record)
    scope = str(record["pk"]).rpartition("#H#")[0]
    program = _program_of_hold(store, scope, hold)
    key, redemption = keys.wallet_key(scope, hold.wallet), redemption_key_of_hold(scope, hold.id)
    found = store.read([key, redemption])
    stored = found[key]
    if program is None or stored is None:
        raise LookupError(f"the wallet or the program of {hold.id} is gone")
    order = PostingRequest("holds.expire", _mode(scope), scope, _origin(hold.merchant, hold.id), hold.id, {})
    service = PostingService(store, program, keep_refusal=False)
    service.extra_writes = expiry_writes(scope, found[redemption], order.id, now)
    service.post(
        order,
        PostingState(read_wallet(stored), now, hold=hold),
        lambda state: customer_coins.decide_void(state.wallet, program, state.hold or hold, state.now, why="expired"),
    )


def _program_of_hold(store: Store, scope: str, hold: Hold) -> Program | None:
    """A hold does not name its program; the wallet's last entry does."""
    last = wallet_statement(store, scope, hold.wallet, limit=1).items
    if not last:
        return None
    key = keys.program_key(keys.Scope.of(scope).tenant, last[0]["asset"])
    record = store.read([key])[key]
    return read_program(record) if record else None


def _zone(store: Store, tenant: str) -> str:
    key = keys.tenant_key(tenant)
    record = store.read([key])[key]
    return read_tenant(record).time_zone if record else "UTC"


def _mode(scope: str) -> Mode:
    return keys.Scope.of(scope).mode
