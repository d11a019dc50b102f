"""Bringing coins of a merge back to the wallet that they were issued to, for a reversal of the issue.

A reversal takes coins from the wallet of its issue: that is what a wallet's history proves. Where the wallet was merged
into another one, its coins are there.
"""

from __future__ import annotations

from ... import ids
from ...store import keys, moved_keys
from ...store.store import Found, Store
from ..decisions import transfers
from ..decisions.coin_posting import wallet_as_of
from ..errors import PostingRefused
from ..model import CoinDecision, Posting, Program, Wallet
from ..records.customer_coins import Entry, read_wallet
from ..records.moved_coins import Merge, read_merge
from .customer_coins import PostingService, entry_writes
from .request import ExtraWrite, ExtraWrites, PostingRequest, PostingState, planned_extras

MAX_MERGES = 5
"""So many merges in a row are followed."""


def follow_merges(store: Store, scope: str, issue: Entry, read: Found | None = None) -> list[Merge]:
    """Where the coins of an issue went by merges, one after the other; empty while they are where they were issued.

    `read`: what the caller has read already.
    """
    found: list[Merge] = []
    wallet, seq, at = issue.wallet, issue.seq, 0
    while len(found) < MAX_MERGES:
        key = moved_keys.merged_wallet_key(scope, wallet)
        merge = read_merge(read[key] if read and key in read else store.read([key])[key])
        if merge is None or merge.seq < seq or merge.at < at:
            break
        if merge.wallet == issue.wallet:
            return []  # merged back
        found.append(merge)
        wallet, seq, at = merge.wallet, 0, merge.at
    return found


def recall_merged_coins(
    store: Store,
    program: Program,
    request: PostingRequest,
    issue: Entry,
    wallet: Wallet,
    coins: int,
    now: int,
    extra_writes: ExtraWrites[Posting] = (),
) -> bool:
    """Moves back what `wallet` lacks for a reversal of `coins` of its issue, as far as one merged wallet has it.

    One transaction; False where nothing is to be moved. Raises PreconditionFailed where a wallet has changed meanwhile,
    and what `PostingService.post` raises.
    """
    lacking = coins - max(0, wallet_as_of(wallet, program, now).owned)
    if lacking <= 0:
        return False
    for merge in reversed(follow_merges(store, request.scope, issue)):
        key = keys.wallet_key(request.scope, merge.wallet)
        record = store.read([key])[key]
        if record is None:
            continue
        if _recalled(store, program, request, issue, wallet, read_wallet(record), lacking, now, extra_writes):
            return True
    return False


def _recalled(
    store: Store,
    program: Program,
    request: PostingRequest,
    issue: Entry,
    wallet: Wallet,
    source: Wallet,
    lacking: int,
    now: int,
    extra_writes: ExtraWrites[Posting],
) -> bool:
    month = next(iter(issue.lots), 0)

    def decision(state: PostingState) -> CoinDecision:
        return transfers.decide_recall(
            state.wallet,
            wallet,
            program,
            state.now,
            coins=lacking,
            month=month,
            issued_in=issue.day // 100,
            issued=issue.pending,
        )

    def both_sides(out: Posting) -> list[ExtraWrite]:
        into = transfers.merged_into(wallet, program, out, now)
        other = ids.derived_id("txn", request.id, "target")
        sides = [ExtraWrite(put) for put in entry_writes(request, other, into, program.time_zone)]
        more = [ExtraWrite(extra.write, extra.kind == "optional") for extra in planned_extras(extra_writes, out)]
        return [*sides, *more]

    service = PostingService(store, program, extra_writes=both_sides, keep_refusal=False)
    try:
        service.post(request, PostingState(source, now), decision)
    except PostingRefused:
        return False
    return True
