"""The posting path of customers' wallets.

    service = PostingService(call.store, program, tenant.shards)
    posted = service.post(request, PostingState(wallet, call.now), decide)

`decide` makes the decision from a state, and is called again with the state as it has become; it must be pure. Raises
what `pipeline.execute` raises. With coins of a prefunded program the merchant's own wallet changes in the same
transaction (`_funding`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ... import clock
from ...store import keys
from ...store.program_keys import campaign_key
from ...store.store import Reason, Record, Store
from ...store.writes import ABSENT, Condition, Put, Update, Write
from ..decisions.tenant_money import FundsBalance, FundsLine, WalletChange
from ..model import CoinDecision, InvariantBroken, Posting, Program, Refusal
from ..records.customer_coins import entry_item, hold_item, read_entry, read_hold, read_wallet, wallet_item
from ..records.shared import reversal_put
from ..records.tenant_money import TransactionContext, funds_update, line_item, read_funds_balance
from .allowance import AllowanceShards, shard_key_of
from .pipeline import DEADLINE_SECONDS, execute
from .request import CoinPostingResult, ExtraWrites, PlannedWrite, PostingRequest, PostingState, planned_extras
from .shard_scaling import CONTENTION, ContentionTracker, ShardScaling
from .shards import month_update


@dataclass(slots=True)
class PostingService:
    """Posts coins of one program."""

    store: Store
    program: Program
    shard_count: int = 1
    deadline: float = DEADLINE_SECONDS
    extra_writes: ExtraWrites[Posting] = ()
    """Written with every posting; see `request.ExtraWrite`."""
    keep_refusal: bool = True
    scaling: ShardScaling | None = None
    """What the number of shards comes from, where postings may change it; `shard_count` is a part of it."""
    tracker: ContentionTracker = field(default_factory=lambda: CONTENTION)

    def post(
        self, request: PostingRequest, state: PostingState, decide: Callable[[PostingState], CoinDecision]
    ) -> CoinPostingResult:
        """Posts what `decide` makes of the state, or of the state as it has become."""
        # The sandbox uses the merchant's shards as they are: a test key changes nothing that is live.
        scaling = self.scaling if request.mode == "live" else None
        began = time.monotonic()
        now = lambda: state.now + int(1000 * (time.monotonic() - began))  # noqa: E731
        zone = self.program.time_zone
        allowance = AllowanceShards(self.store, request, self.shard_count, scaling, self.tracker, now, zone)
        attempt = _CoinPostingAttempt(self, request, state, decide, allowance)
        outcome = execute(self.store, request, attempt, self.deadline, keep_refusal=self.keep_refusal)
        if not outcome.replayed:
            allowance.on_success()
        return CoinPostingResult(read_entry(outcome.record), outcome.replayed)


def entry_writes(
    request: PostingRequest,
    id: str,
    posting: Posting,
    zone: str,
    *,
    month: int | None = None,
    line: FundsLine | None = None,
) -> tuple[Put, Put]:
    """The entry of a posting, as transaction `id`, and its wallet, each under its condition.

    `month` is that of the merchant's figures in which the entry counts, where it isn't that of the posting. `line` is
    that of the wallet which pays for the coins.
    """
    counted = posting.months[0].month if posting.months else clock.local_month(posting.at, zone)
    item = entry_item(
        request.scope,
        id,
        posting,
        request.source,
        request.fingerprint,
        clock.local_day(posting.at, zone),
        counted if month is None else month,
        line.amount if line else None,
        line.wallet.tenant if line and line.wallet.tenant != request.source.merchant else None,
    )
    scope, after, before = request.scope, replace(posting.after, last_hash=item["hash"]), posting.before
    # The status too: freezing a wallet makes no entry, and must not be overwritten.
    as_read = Condition(equal={"seq": before.seq, "st": before.status}) if before.seq else ABSENT
    return (
        Put(keys.transaction_key(scope, id), item, when=ABSENT),
        Put(keys.wallet_key(scope, after.id), wallet_item(scope, after), when=as_read),
    )


@dataclass(slots=True)
class _CoinPostingAttempt:
    """One request: the state of the customer's wallet and of what changes with it, as far as it is known."""

    service: PostingService
    request: PostingRequest
    state: PostingState
    decision: Callable[[PostingState], CoinDecision]
    allowance: AllowanceShards
    tenant_wallet: list[FundsBalance | None] = field(default_factory=list)
    """The merchant's own wallet, of a prefunded program; empty until it was too low for a posting."""

    def decide(self) -> CoinDecision:
        decision = self.allowance.decide(self.decision, self.state)
        if isinstance(decision, Refusal) or not self.tenant_wallet:
            return decision
        line = self._float_line(decision)
        if line is None:
            return decision
        from ..decisions import prefunding

        return prefunding.float_shortage(line, self.tenant_wallet[-1]) or decision

    def writes(self, decision: Posting) -> list[PlannedWrite]:
        line = self._float_line(decision)
        return [
            *self._entry_and_wallet(decision, line),
            *self._months(decision),
            *self._hold(decision),
            *self._reversed(decision),
            *self._funding(decision, line),
            *self._budget(decision),
            *planned_extras(self.service.extra_writes, decision),
        ]

    def on_cancelled(self, planned: PlannedWrite, item: Record | None) -> bool:
        kind, state = planned.kind, self.state
        if kind == "month":
            return self.allowance.on_cancelled(planned.write.key, item)
        if kind == "budget":
            self.state = replace(state, exhausted=state.exhausted | {planned.write.key.sk})
            return True
        record = item or self._read(planned.write.key)
        if kind == "wallet":
            if record is None:
                raise InvariantBroken("a wallet is gone from the ledger")
            self.state = replace(state, wallet=read_wallet(record))
        elif kind == "tenant_wallet":
            self.tenant_wallet.append(read_funds_balance(record))
        elif kind == "hold":
            self.state = replace(state, hold=read_hold(record) if record else None)
        elif kind == "reversed":
            assert state.original is not None
            reversed = (record or {}).get("sum", 0)
            self.state = replace(state, original=replace(state.original, reversed=reversed))
        else:
            raise InvariantBroken(f"the condition of a write of kind {kind} did not hold")
        return False

    def on_contention(self, writes: Sequence[PlannedWrite], reasons: Sequence[Reason]) -> bool:
        conflict = any(
            planned.kind == "month" and reason.conflict for planned, reason in zip(writes, reasons, strict=False)
        )
        if conflict:
            self.allowance.on_conflict()
        return conflict

    def refresh(self) -> None:
        self._reload()
        self.allowance.refresh()

    def _reload(self) -> None:
        """Reads the wallet again, and the hold or the sum of earlier reversals that the decision rests on."""
        state, scope = self.state, self.request.scope
        wallet, hold = keys.wallet_key(scope, state.wallet.id), state.hold and keys.hold_key(scope, state.hold.id)
        reversed = state.original and keys.reversed_sum_key(scope, state.original.id)
        found = self.service.store.read([key for key in (wallet, hold, reversed) if key])
        if record := found[wallet]:
            state = replace(state, wallet=read_wallet(record))
        if hold and (record := found[hold]):
            state = replace(state, hold=read_hold(record))
        if reversed and state.original:
            state = replace(state, original=replace(state.original, reversed=(found[reversed] or {}).get("sum", 0)))
        self.state = state

    def is_consistent(self) -> bool:
        before, by_shards = self.state, self.allowance.refused
        if not (before.hold or before.original or by_shards):
            return True  # it rests on the wallet alone
        # What was read one after the other, or returned for one item only, is of one moment if nothing has changed
        # when all of it is read again.
        self._reload()
        confirmed = not by_shards or self.allowance.confirm_refusal(self.decision, self.state)
        return confirmed and self.state == before

    def refusal_index(self, id: str) -> Mapping[str, Any]:
        request, state = self.request, self.state
        return {
            "wal": state.wallet.id,
            "cust": state.wallet.customer,
            "asset": self.service.program.asset,
            "g2p": keys.refusals_partition(request.scope, request.source.merchant),
            "g2s": f"{clock.iso(max(state.wallet.last_at, state.now))}#{id}",
        }

    def _entry_and_wallet(self, posting: Posting, line: FundsLine | None) -> list[PlannedWrite]:
        request, zone = self.request, self.service.program.time_zone
        entry, wallet = entry_writes(request, request.id, posting, zone, line=line)
        return [PlannedWrite("entry", entry), PlannedWrite("wallet", wallet)]

    def _months(self, posting: Posting) -> list[PlannedWrite]:
        return [
            PlannedWrite("month", month_update(shard_key_of(self.request, posting, change), change))
            for change in posting.months
        ]

    def _hold(self, posting: Posting) -> list[PlannedWrite]:
        if posting.hold is None:
            return []
        scope, ended = self.request.scope, posting.hold.state != "open"
        when = Condition(equal={"st": "open"}) if ended else ABSENT
        write: Write = Put(keys.hold_key(scope, posting.hold.id), hold_item(posting.hold, scope), when=when)
        return [PlannedWrite("hold", write)]

    def _reversed(self, posting: Posting) -> list[PlannedWrite]:
        original = posting.original
        if original is None:
            return []
        key = keys.reversed_sum_key(self.request.scope, original.id)
        return [PlannedWrite("reversed", reversal_put(key, original.reversed_before, original.reversed))]

    def _funding(self, posting: Posting, line: FundsLine | None) -> list[PlannedWrite]:
        """What a prefunded program's coins take from the payer's wallet, or give back, with its journal line."""
        if line is None:
            return []
        request, wallet = self.request, line.wallet
        day = clock.local_day(posting.at, self.service.program.time_zone)
        item = line_item(line, 1, TransactionContext(request.id, posting.at, request.source, day))
        change = WalletChange(wallet, line.change, 0, needs_active=line.change < 0)
        return [
            PlannedWrite("line", Put(keys.funds_line_key(wallet.scope, request.id, 1), item, when=ABSENT)),
            PlannedWrite("tenant_wallet", funds_update(change)),
        ]

    def _budget(self, posting: Posting) -> list[PlannedWrite]:
        """What a campaign gives leaves its budget in the same transaction, or the campaign gives nothing."""
        applied = posting.campaign
        if applied is None or not applied.limited or self.request.mode != "live":
            return []  # the sandbox has no budget, so that trying out spends nothing of the live one
        key, enough = campaign_key(self.service.program.id, applied.id), Condition(at_least={"left": applied.coins})
        return [PlannedWrite("budget", Update(key, add={"left": -applied.coins}, when=enough))]

    def _float_line(self, posting: Posting) -> FundsLine | None:
        request = self.request
        if self.service.program.funding != "prefunded":
            return None
        from ..decisions import prefunding  # most programs need nothing of it

        return prefunding.float_line(self.service.program, request.source.merchant, request.mode, posting)

    def _read(self, key: keys.Key) -> Record | None:
        return self.service.store.read([key])[key]
