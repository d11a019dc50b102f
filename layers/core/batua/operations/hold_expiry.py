"""Holds whose time is over: their value goes back. Run by a schedule; done again, it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from .. import clock
from ..identity.tenant import read_program, read_tenant
from ..ledger.decisions import customer_coins, tenant_money
from ..ledger.errors import LedgerError, PostingRefused
from ..ledger.model import Hold, Program
from ..ledger.posting.customer_coins import PostingService
from ..ledger.posting.request import PostingRequest, PostingState
from ..ledger.posting.tenant_money import TenantLedger, funds_request
from ..ledger.queries.coin_entries import wallet_statement
from ..ledger.records.customer_coins import Origin, read_hold, read_wallet
from ..ledger.records.tenant_money import read_funds_hold
from ..store import keys
from ..store.keys import Key, Mode
from ..store.store import Record, Store

_AT_ONCE: Final = 100
_CALLER: Final = "schedule:expire_holds"


@dataclass(slots=True)
class ExpiryReport:
    """What a run has done. `failed` holds stay due and are met again by the next run."""

    expired: int = 0
    ended_before: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """Hold -> why."""


def expire_due_holds(store: Store, now: int, *, most: int = 1_000) -> ExpiryReport:
    """Gives back what is held under every open hold whose time is over, `most` of them in one run."""
    done = ExpiryReport()
    for number, key in enumerate(_due(store, now)):
        if number >= most:
            break
        record = store.read([key])[key]
        if record is None or record["st"] != "open":
            done.ended_before += 1
            continue
        try:
            (_expire_funds if key.sk == "FUNDS" else _expire_coins)(store, record, now)
            done.expired += 1
        except PostingRefused:
            done.ended_before += 1
        except (LedgerError, LookupError) as fault:
            done.failed[key.pk.rpartition("#")[2]] = str(fault)
    return done


def _due(store: Store, now: int) -> Iterator[Key]:
    for number in range(keys.DUE_HOLD_PARTITIONS):
        partition = keys.due_holds_partition(number)
        for row in store.query_all("ledger", partition, index="due", until=f"{clock.iso(now)}$", limit=_AT_ONCE):
            yield Key("ledger", row["pk"], row["sk"])


def _expire_funds(store: Store, record: Record, now: int) -> None:
    hold = read_funds_hold(record)
    wallet = hold.wallet
    order = funds_request(
        "holds.expire", _mode(wallet.scope), wallet.tenant, Origin(_CALLER, "", wallet.tenant), hold.id, {}
    )
    treasury = TenantLedger(store, _zone(store, wallet.tenant), now)
    treasury.post(
        order, lambda known: tenant_money.decide_funds_void(known, hold, now, why="expired"), keep_refusal=False
    )


def _expire_coins(store: Store, record: Record, now: int) -> None:
    hold = read_hold(record)
    scope = str(record["pk"]).rpartition("#H#")[0]
    program = _program_of(store, scope, hold)
    key = keys.wallet_key(scope, hold.wallet)
    stands = store.read([key])[key]
    if program is None or stands is None:
        raise LookupError(f"the wallet or the program of {hold.id} is gone")
    order = PostingRequest("holds.expire", _mode(scope), scope, Origin(_CALLER, "", hold.merchant), hold.id, {})
    PostingService(store, program).post(
        order,
        PostingState(read_wallet(stands), now, hold=hold),
        lambda state: customer_coins.decide_void(state.wallet, program, state.hold or hold, state.now, why="expired"),
    )


def _program_of(store: Store, scope: str, hold: Hold) -> Program | None:
    """A hold does not name its program; the wallet's last entry does."""
    last = wallet_statement(store, scope, hold.wallet, limit=1).items
    if not last:
        return None
    key = keys.program_key(scope[2:], last[0]["asset"])
    record = store.read([key])[key]
    return read_program(record) if record else None


def _zone(store: Store, tenant: str) -> str:
    key = keys.tenant_key(tenant)
    record = store.read([key])[key]
    return read_tenant(record).time_zone if record else "UTC"


def _mode(scope: str) -> Mode:
    return "live" if scope.startswith("L#") else "test"
