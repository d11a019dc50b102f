"""Staff that moves coins to another customer, over the tables in memory: the postings of merge and reassignment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from batua import clock, ids
from batua.customers import model as customers
from batua.ledger.decisions import transfers
from batua.ledger.model import Origin, Posting, Wallet
from batua.ledger.posting.customer_coins import PostingService, entry_writes
from batua.ledger.posting.request import ExtraWrite, PostingRequest, PostingState
from batua.ledger.queries import coin_entries
from batua.ledger.records import moved_coins
from batua.ledger.records.customer_coins import read_wallet
from batua.store import keys
from batua.store.writes import Write
from tests.fakes.settling import MERCHANT, OWNER, SCOPE, World


def merge(there: World, phone: str, into: str) -> None:
    """All coins of one customer, for another; nothing where there are none."""
    source, target = _wallet(there, phone), _wallet(there, into)
    if source.available <= 0:
        return

    def extras(out: Posting, received: Posting, _: str) -> list[Write]:
        return [moved_coins.merge_put(SCOPE, out, received.after.customer)]

    _move(
        there,
        PostingState(source, clock.system()),
        target,
        lambda state: transfers.decide_merge(state.wallet, target, there.program, state.now),
        transfers.merged_into,
        extras,
    )


def reassign(there: World, phone: str, into: str) -> None:
    """What is left of every issue of one customer that has not been moved or reversed, for another."""
    for entry in there.entries(phone):
        record = there.store.read([key := keys.reversed_sum_key(SCOPE, entry.id)])[key]
        original = coin_entries.original_from(entry, (record or {}).get("sum", 0))
        if entry.kind != "issue" or original.reversed >= original.amount:
            continue
        target = _wallet(there, into)

        def extras(_: Posting, __: Posting, replacement: str, issue: str = entry.id) -> list[Write]:
            return [moved_coins.reassignment_put(SCOPE, issue, replacement)]

        _move(
            there,
            PostingState(_wallet(there, phone), clock.system(), original=original),
            target,
            lambda state, to=target: transfers.decide_reassignment(
                state.wallet, to, there.program, state.original, state.now
            ),
            transfers.reassigned_to,
            extras,
        )


def _wallet(there: World, phone: str) -> Wallet:
    key = there.wallet_key(phone)
    record = there.store.read([key])[key]
    customer = customers.customer_id_by_phone(SCOPE, OWNER, phone)
    return read_wallet(record) if record else Wallet(key.pk.rpartition("#")[2], customer)


def _move(
    there: World,
    state: PostingState,
    target: Wallet,
    decide: Callable[..., object],
    receive: Callable[..., Posting],
    extras: Callable[[Posting, Posting, str], list[Write]],
) -> None:
    request = PostingRequest("move", "live", SCOPE, Origin("staff", "::1", MERCHANT), None, {})
    other = ids.derived_id("txn", request.id, "target")

    def also(out: Posting) -> list[ExtraWrite | Write]:
        received = receive(target, there.program, out, state.now)
        return [*entry_writes(request, other, received, there.program.time_zone), *extras(out, received, other)]

    service = PostingService(there.store, replace(there.program, funding="none"), extra_writes=also)
    service.post(request, state, decide)  # type: ignore[arg-type]
