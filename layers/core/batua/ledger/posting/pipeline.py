"""The one path by which value is written. Read `_post` from top to bottom; it is all there is.

    load      The caller has read what the decision needs, in the request's own first round trip.
    decide    A pure function of that state: a posting or a refusal.
    write     Entry, balances, holds and extra writes become one transaction, each under its condition.
    commit    All of it or nothing.
    refresh   Where it failed, the state is brought up to date, and it is decided again.

What can go wrong, and what is done about it:

- The request was made before. The first write puts the entry under the digest of its idempotency key, so the
  transaction is cancelled and the stored entry comes back in the reasons: no read, same answer.
- Another posting changed the wallet, or took the room of the merchant's month. The condition fails and returns what is
  stored now; that is what is decided from next.
- Conflict, throttling, a lost reply. It is tried again until the deadline. After a lost reply the same token is used,
  so that the same writes are applied once; after any answer a new one, as a cancelled token can't be used again.
- The decision is a refusal. It must be right about one moment, as a posting is by its conditions
  (`PostingAttempt.is_consistent`). It is stored under the key as well; where the key is taken, what is stored there
  wins: a redemption that emptied the wallet is then answered as the success that it was.
- The deadline passes. `LedgerBusy` says whether a commit may still take effect.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol

from ... import ids
from ...store.keys import Key
from ...store.store import Cancelled, ConditionFailed, Contended, Reason, Record, Store
from ...store.writes import ABSENT, Put
from ..errors import EntryUnreadable, IdempotencyKeyConflict, LedgerBusy, PostingRefused, PreconditionFailed
from ..model import InvariantBroken, Refusal
from .contention import ContentionMetrics, contention_metrics
from .request import Decided, PlannedWrite, PostingRequest

DEADLINE_SECONDS: Final = 24.0
"""How long a posting keeps trying against others: inside the functions' timeout and the gateway's 30 seconds."""

_MAX_PARTIAL_READS: Final = 3


class PostingAttempt(Protocol[Decided]):
    """What a class of accounts brings to the posting path for one request. It keeps the state that was loaded."""

    def decide(self) -> Decided | Refusal:
        """The decision by the state as it is known now."""

    def writes(self, decision: Decided) -> Sequence[PlannedWrite]:
        """All writes of the decision. The first puts the entry at the request's key if it is absent."""

    def on_cancelled(self, planned: PlannedWrite, item: Record | None) -> bool:
        """Updates the state by one write whose condition failed; `item` is what is stored there, if it came back.

        Returns whether that calls for another try at once. Raises InvariantBroken for a kind that it does not know.
        """

    def on_contention(self, writes: Sequence[PlannedWrite], reasons: Sequence[Reason]) -> bool:
        """Takes note of a try that did not get through; without reasons, no reply came or capacity was short.

        Returns whether it conflicted at a shard of a merchant's month.
        """

    def refresh(self) -> None:
        """Reads again what may have changed during a pause. Where nothing has, the next decision is the same."""

    def is_consistent(self) -> bool:
        """Whether the state that a refusal rests on was true at one moment. If not, it has been read again."""

    def refusal_index(self, id: str) -> Mapping[str, Any]:
        """What the record of a refusal, stored as transaction `id`, says so that lists of refusals find it."""


@dataclass(frozen=True, slots=True)
class StoredOutcome:
    """What is stored at a request's key."""

    record: Record
    replayed: bool


def execute(
    store: Store,
    request: PostingRequest,
    attempt: PostingAttempt[Decided],
    deadline: float = DEADLINE_SECONDS,
    *,
    keep_refusal: bool = True,
) -> StoredOutcome:
    """Decides and commits until the request is posted, refused, or found to have been made before.

    Raises PostingRefused (stored under the key unless `keep_refusal` is off, for callers that ask again until it is
    granted), PreconditionFailed, LedgerBusy, IdempotencyKeyConflict or EntryUnreadable.
    """
    run = _Run(store, request, attempt, deadline, keep_refusal)
    with contention_metrics() as run.metrics:
        try:
            try:
                return run.post()
            except PreconditionFailed as failed:
                return run.replay_or_raise(failed)
        except Contended as contended:
            raise LedgerBusy(outcome_unknown=run.outcome_unknown) from contended


@dataclass(slots=True)
class _Run(Generic[Decided]):
    """One request on its way through the posting path."""

    store: Store
    request: PostingRequest
    attempt: PostingAttempt[Decided]
    deadline: float
    keep_refusal: bool
    outcome_unknown: bool = False
    """A commit went without a reply: it may have taken effect, or may do so yet."""
    token: str = field(default_factory=lambda: ids.new_id("req"))
    metrics: ContentionMetrics = field(default_factory=Counter)

    def post(self) -> StoredOutcome:
        store, attempt, started = self.store, self.attempt, time.monotonic()
        tries = partial_reads = 0
        left_out: set[Key] = set()
        while True:
            # Decide.
            try:
                decision = attempt.decide()
            except InvariantBroken:
                # Items that were read together need not be of one moment: the wallet may be older than its hold.
                if (partial_reads := partial_reads + 1) > _MAX_PARTIAL_READS:
                    raise
                attempt.refresh()
                continue
            if isinstance(decision, Refusal):
                if not attempt.is_consistent() and time.monotonic() - started <= self.deadline:
                    continue
                return self._refuse(decision)

            # Write, and commit.
            writes = [each for each in attempt.writes(decision) if each.write.key not in left_out]
            began = time.monotonic()
            tries += 1
            try:
                store.commit([each.write for each in writes], caller=self.token)
                return StoredOutcome(_record_of(writes[0]), replayed=False)
            except Cancelled as cancelled:
                if _made_before(writes, cancelled.reasons):
                    return self._replay(cancelled.reasons[0].item)
                if self._learn(writes, cancelled.reasons, left_out) or tries == 1:
                    continue  # with what has just come back
            except Contended as contended:
                self._note_contention(writes, contended)

            # Pause, and refresh.
            now = time.monotonic()
            if now - started > self.deadline:
                return self._give_up()
            # In proportion to how long the try took: where many share a wallet, tries take long, and fewer are made.
            # A request that has waited longest waits least, so that none starves.
            bound = min(2.0, max(0.01, now - began) * 2 ** min(tries, 6))
            store.sleep(random.uniform(0, bound) * (1 - (now - started) / self.deadline))
            attempt.refresh()

    def _learn(self, writes: Sequence[PlannedWrite], reasons: Sequence[Reason], left_out: set[Key]) -> bool:
        """Takes in what failed conditions say, by the kind of the write. Returns whether to try again at once."""
        self.token = ids.new_id("req")
        self.metrics["PostingsOvertaken"] += 1
        at_once = False
        for planned, reason in zip(writes, reasons, strict=True):
            if not reason.failed:
                continue
            if planned.kind == "extra":
                raise PreconditionFailed(planned.write.key, reason.item)
            if planned.kind == "optional":
                left_out.add(planned.write.key)
            else:
                at_once |= self.attempt.on_cancelled(planned, reason.item)
        return at_once

    def _note_contention(self, writes: Sequence[PlannedWrite], contended: Contended) -> None:
        if contended.outcome_unknown:
            self.outcome_unknown = True
        else:
            self.token = ids.new_id("req")
        self.metrics["PostingsContended"] += 1
        if self.attempt.on_contention(writes, contended.reasons):
            self.metrics["ShardConflicts"] += 1

    def _refuse(self, refusal: Refusal) -> StoredOutcome:
        """Stores the refusal under the key. Where the key is taken, the answer that is stored there is given."""
        if not self.keep_refusal or self.request.by_reference:
            record = self._stored()
            if record is not None:
                return replay_outcome(record, self.request)
            if self.outcome_unknown:
                raise LedgerBusy(outcome_unknown=True)
            if self.keep_refusal:
                # Listed with the merchant's refusals, but not under its reference, which may still be posted.
                with suppress(ConditionFailed):  # its own first coming, after a lost reply: the id is new
                    self.store.write(self._refusal(refusal, ids.new_id("txn")))
            raise PostingRefused(refusal, replayed=False)
        taken = self._close_key(refusal)
        if taken is not None:
            return taken
        raise PostingRefused(refusal, replayed=False)

    def _close_key(self, refusal: Refusal) -> StoredOutcome | None:
        """Stores a refusal under the key, so that nothing can be posted there any more; or what is stored there."""
        try:
            self.store.write(self._refusal(refusal, self.request.id))
        except ConditionFailed as taken:
            return self._replay(taken.item)
        return None

    def _refusal(self, refusal: Refusal, id: str) -> Put:
        """A refusal on record, as the transaction `id`."""
        request = self.request
        item = {
            "kind": "refused",
            "op": request.operation,
            "as": request.asks_for,
            "asset": request.asset,
            "code": refusal.code,
            "fig": dict(refusal.figures),
            "fp": request.fingerprint,
            "ref": request.source.reference,
            "by": request.source.caller,
            "ip": request.source.address,
            "req": request.source.request_id,
            "for": request.source.claimed,
            **self.attempt.refusal_index(id),
        }
        return Put(request.key_of(id), item, when=ABSENT)

    def _give_up(self) -> StoredOutcome:
        """The deadline has passed. The reply to a commit may have been what was lost: then the entry is there."""
        record = self._stored()
        if record is not None:
            return replay_outcome(record, self.request)
        if self.outcome_unknown and self.request.key is None:
            # Nobody can ask again for a request without a key, so it is made certain that nothing is posted.
            taken = self._close_key(Refusal("busy", {}))
            if taken is not None:
                return taken
            self.outcome_unknown = False
        raise LedgerBusy(outcome_unknown=self.outcome_unknown)

    def _replay(self, item: Record | None) -> StoredOutcome:
        """The answer that the key was given before; `item` is what is stored there, if it came back."""
        record = item or self._stored()
        if record is None:
            raise EntryUnreadable(self.request.id)
        return replay_outcome(record, self.request)

    def replay_or_raise(self, failed: PreconditionFailed) -> StoredOutcome:
        """The request's own earlier commit may be what changed the record: then its entry is there."""
        record = self._stored()
        if record is None:
            raise failed
        return replay_outcome(record, self.request)

    def _stored(self) -> Record | None:
        key = self.request.entry_key
        return self.store.read([key])[key]


def _made_before(writes: Sequence[PlannedWrite], reasons: Sequence[Reason]) -> bool:
    """Whether the entry is there already. A conflict may hide that in its own reason, but not in those of its lines."""
    return any(reason.failed and each.kind in ("entry", "line") for each, reason in zip(writes, reasons, strict=False))


def _record_of(entry: PlannedWrite) -> Record:
    put = entry.write
    assert isinstance(put, Put)
    return {"pk": put.key.pk, "sk": put.key.sk, **put.item}


def replay_outcome(record: Record, request: PostingRequest) -> StoredOutcome:
    """The answer that a key was given before: the same, unless the content is another."""
    if record["fp"] != request.fingerprint:
        raise IdempotencyKeyConflict(request.id)
    if record["kind"] == "refused":
        raise PostingRefused(Refusal(record["code"], record["fig"]), replayed=True)
    return StoredOutcome(record, replayed=True)
