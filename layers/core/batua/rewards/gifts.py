"""Coins that a campaign gives apart from a bill, by a job: for a birthday, and for a referral.

They are an issue by a merchant of the program, which is given room to redeem where there is an issuance ratio. Where
the program is prefunded its owner pays, who announced the campaign; the merchant did nothing for the gift, and would
have no say in it. A gift can be spent at once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..identity.tenant import Tenant, read_tenant
from ..ledger.decisions import customer_coins
from ..ledger.decisions.customer_coins import Merchant
from ..ledger.errors import PostingRefused
from ..ledger.model import AppliedGrant, CoinDecision, Origin, Posting, Program, Refusal, Wallet
from ..ledger.posting.customer_coins import PostingService
from ..ledger.posting.request import CoinPostingResult, ExtraWrite, PostingRequest, PostingState
from ..store import keys
from ..store.keys import Scope
from ..store.store import Store
from ..store.writes import Write

PASSING: Final = frozenset(
    {"insufficient_float", "program_paused", "program_not_started", "wallet_not_active", "balance_limit_exceeded"}
)
"""Refusals that may be over tomorrow."""

BUDGET_SPENT: Final = "budget_spent"


@dataclass(frozen=True, slots=True)
class Gift:
    """Coins for a customer, by a campaign. `key` identifies the occasion."""

    program: Program
    scope: Scope
    wallet: Wallet
    grant: AppliedGrant
    key: str


def give(
    store: Store, gift: Gift, merchant: Tenant, now: int, extra: Sequence[ExtraWrite | Write]
) -> CoinPostingResult | Refusal:
    """Posts a gift with the writes that go along. Raises PreconditionFailed where one of these fails, and LedgerBusy.

    A run that comes second gets the first one's result, `replayed`. The budget is taken in the same
    transaction; where it is too small nothing is given.
    """
    terms = Merchant(merchant.id, merchant.program_since, merchant.rules)

    def decision(state: PostingState) -> CoinDecision:
        return decide_gift(state.wallet, gift, terms, state.now, shard=state.shard, exhausted=state.exhausted)

    request = PostingRequest(
        operation="gift",
        mode=gift.scope.mode,
        scope=gift.scope,
        source=Origin(gift.grant.id, "internal", merchant.id, note=gift.grant.how),
        key=gift.key,
        content={"wallet": gift.wallet.id, "coins": gift.grant.coins},
    )
    service = PostingService(
        store, gift.program, merchant.shards, extra_writes=extra, keep_refusal=False, scaling=merchant.scaling
    )
    try:
        return service.post(request, PostingState(gift.wallet, now), decision)
    except PostingRefused as refused:
        return refused.refusal


def decide_gift(
    wallet: Wallet, gift: Gift, merchant: Merchant, now: int, *, shard: int = 0, exhausted: Collection[str] = ()
) -> CoinDecision:
    """An issue of the gift's coins that is no visit: it counts towards no cap per day, and is never pending. Pure."""
    if gift.grant.id in exhausted:
        return Refusal(BUDGET_SPENT, {})
    program = replace(gift.program, pending_days=0)
    posting = customer_coins.decide_issue(
        wallet, program, merchant, now, coins=gift.grant.coins, bill=None, shard=shard
    )
    if not isinstance(posting, Posting):
        return posting
    after = replace(posting.after, earned=wallet.earned, earned_on=wallet.earned_on)
    return replace(posting, campaign=gift.grant, after=after, earned_before=None)


def load_merchant(store: Store, program: Program, id: str) -> Tenant | None:
    """The merchant that gives, where it is active and still takes part in the program."""
    tenant = load_member(store, program, id)
    return tenant if tenant is not None and tenant.active else None


def load_member(store: Store, program: Program, id: str) -> Tenant | None:
    """A merchant that takes part in the program, suspended or not; None where it has left or closed."""
    key = keys.tenant_key(id)
    record: Any = store.read([key])[key]
    tenant = read_tenant(record) if record else None
    if tenant is None or tenant.status == "closed" or tenant.program is None or tenant.program.id != program.id:
        return None
    return tenant
