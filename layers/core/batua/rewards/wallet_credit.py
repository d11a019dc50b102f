"""Rewards that credit a wallet: coins of a shop's program buy points of a wallet type of the same tenant.

The credit is an issue of the tenant's own points, so what it costs is the tenant's, who has said so by making the
reward; the customer's consent is the redemption. It is posted in the transaction that takes the coins, as an entry of
its own, and reversed in the transaction that gives coins back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from .. import errors, ids
from ..api.endpoint import Call
from ..api.models import minor_units
from ..customers.model import customer_wallet_id
from ..identity.tenant import read_program
from ..ledger.decisions import customer_coins
from ..ledger.model import Original, Posting, Program, Refusal, Wallet
from ..ledger.posting.customer_coins import entry_writes
from ..ledger.posting.request import PostingRequest
from ..ledger.queries.coin_entries import original_from
from ..ledger.records.customer_coins import read_entry, read_wallet
from ..ledger.records.shared import reversal_put
from ..store import keys
from ..store.store import Store
from ..store.writes import Put
from .redemption import Redemption
from .reward_models import RewardIn

_WHY: Final = {
    "program_paused": "it is paused",
    "program_not_started": "it has not started",
    "program_ended": "it has ended",
    "wallet_not_active": "the customer's wallet is frozen",
    "balance_limit_exceeded": "the customer's wallet is full",
}


def credit_benefit(body: RewardIn, call: Call[Any], program: Program) -> dict[str, Any]:
    """What a wallet credit gives, checked. Raises a 400 that names the field."""
    tenant, given = call.caller.tenant.id, body.benefit
    if program.owner != tenant:
        raise errors.invalid(
            "type", "must not be wallet_credit in a network: its customers are in the network's books, not in yours"
        )
    if given is None or given.wallet_type is None:
        raise errors.invalid("benefit.wallet_type", "is required for a reward of type wallet_credit")
    if given.credit is None:
        raise errors.invalid("benefit.credit", "is required for a reward of type wallet_credit")
    if body.code is not None and body.code.source != "none":
        raise errors.invalid("code.source", "must be none: a wallet credit has no code")
    wallet_type = _program(call.store, tenant, given.wallet_type) if ids.is_id(given.wallet_type, "waty") else None
    if wallet_type is None:
        raise errors.invalid("benefit.wallet_type", "must be the id of one of your wallet types, `waty_…`")
    return {
        "wallet_type": wallet_type.id,
        "wallet_name": wallet_type.name,
        "credit": minor_units(given.credit, wallet_type.scale, "benefit.credit"),
        "decimals": wallet_type.scale,
    }


def wallet_credit_writes(
    store: Store, request: PostingRequest, redemption: Redemption, merchant: customer_coins.Merchant, now: int
) -> Sequence[Put]:
    """The entry that credits the customer, and its wallet, for the transaction that takes the coins.

    Each is a condition: the credit was not given before, and the wallet is as it was read. Raises
    `reward_credit_refused`. Of a redemption without a credit: nothing.
    """
    if not redemption.credit:
        return ()
    scope, wallet_type = request.scope, _program(store, redemption.tenant, redemption.credit["wallet_type"])
    amount = _credit_amount(redemption, wallet_type) if wallet_type else None
    if wallet_type is None or amount is None:
        raise _credit_refused(redemption, "its decimals have changed")
    key = keys.wallet_key(scope, customer_wallet_id(scope, wallet_type.id, redemption.customer))
    record = store.read([key])[key]
    wallet = read_wallet(record) if record else Wallet(key.pk.rpartition("#")[2], redemption.customer)
    decided = customer_coins.decide_issue(wallet, wallet_type, merchant, now, coins=amount, bill=None)
    if isinstance(decided, Refusal):
        raise _credit_refused(redemption, _WHY.get(decided.code, decided.code))
    named = replace(request, source=replace(request.source, reference=redemption.id, note=redemption.title))
    return entry_writes(named, redemption.credit_transaction, decided, wallet_type.time_zone)


@dataclass(frozen=True, slots=True)
class CreditReversal:
    """What a redemption's credit and its wallet are as its coins are reversed."""

    request: PostingRequest
    program: Program
    wallet: Wallet
    original: Original
    now: int

    def refusal(self, coins: Posting) -> Refusal | None:
        """Why the credit can't be taken back with these coins: a customer can't keep both."""
        decided = self._decided(coins)
        return Refusal(errors.REWARD_CREDIT_SPENT.code, {}) if isinstance(decided, Refusal) else None

    def writes(self, coins: Posting) -> Sequence[Put]:
        decided = self._decided(coins)
        if not isinstance(decided, Posting) or decided.original is None:
            return ()
        scope, back = self.request.scope, decided.original
        id = ids.derived_id("txn", self.request.id, "credit")
        return (
            *entry_writes(self.request, id, decided, self.program.time_zone, month=self.original.month),
            reversal_put(keys.reversed_sum_key(scope, back.id), back.reversed_before, back.reversed),
        )

    def _decided(self, coins: Posting) -> Posting | Refusal | None:
        """As much of the credit as of the coins is reversed by then, rounded down; with the last coin, all of it."""
        if coins.original is None:
            return None
        wanted = self.original.amount * coins.original.reversed // coins.original.amount - self.original.reversed
        if wanted <= 0:
            return None
        whole = replace(self.program, reversal="reject")
        return customer_coins.decide_reversal(self.wallet, whole, self.original, self.now, coins=wanted)


def credit_reversal(store: Store, request: PostingRequest, redemption: Redemption, now: int) -> CreditReversal | None:
    """The credit of a fulfilled redemption, ready to be reversed with its coins."""
    if not redemption.credit:
        return None
    scope, id = request.scope, redemption.credit_transaction
    wallet_type = redemption.credit["wallet_type"]
    program_at = keys.program_key(redemption.tenant, wallet_type)
    wallet_at = keys.wallet_key(scope, customer_wallet_id(scope, wallet_type, redemption.customer))
    entry_at, sum_at = keys.transaction_key(scope, id), keys.reversed_sum_key(scope, id)
    found = store.read([program_at, wallet_at, entry_at, sum_at])
    program, wallet, entry = found[program_at], found[wallet_at], found[entry_at]
    if program is None or wallet is None or entry is None:
        raise LookupError(f"the credit of {redemption.id} is gone")
    original = original_from(read_entry(entry), (found[sum_at] or {}).get("sum", 0))
    named = replace(request, source=replace(request.source, reference=redemption.id))
    return CreditReversal(named, read_program(program), read_wallet(wallet), original, now)


def _program(store: Store, tenant: str, wallet_type: str) -> Program | None:
    key = keys.program_key(tenant, wallet_type)
    record = store.read([key])[key]
    return read_program(record) if record else None


def _credit_amount(redemption: Redemption, wallet_type: Program) -> int | None:
    """The credit in the wallet type's minor units; None where it does not fit into its decimals any more."""
    amount, more = redemption.credit["credit"], wallet_type.scale - redemption.credit["decimals"]
    whole, rest = divmod(amount * 10 ** max(more, 0), 10 ** max(-more, 0))
    return None if rest else int(whole)


def _credit_refused(redemption: Redemption, why: str) -> errors.Problem:
    words = {"wallet": str(redemption.credit["wallet_name"]), "why": why}
    return errors.REWARD_CREDIT_REFUSED(errors.REWARD_CREDIT_REFUSED.describe(words), figures=words)
