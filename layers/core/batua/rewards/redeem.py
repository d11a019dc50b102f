"""Redeeming a reward: coins, stock, limits, code and redemption in one transaction on the posting path."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..coins import counter
from ..coins.posting_as_read import post_as_read
from ..coins.tiers import wallet_tiers
from ..errors import Problem
from ..identity import sealing
from ..identity.credentials import Claims
from ..ledger.decisions import customer_coins
from ..ledger.errors import PostingRefused
from ..ledger.model import CoinDecision, Program, Wallet
from ..ledger.posting.request import PostingRequest, PostingState
from ..money import to_text, to_wire
from ..store import keys, reward_keys
from ..store.keys import Key
from ..store.store import Record, Store
from ..store.writes import Write
from . import reward_codes
from .redemption import Redemption, as_opened, fulfilled_at_once, opened_redemption, redemption_id
from .redemption_lookup import redemption_of
from .redemption_models import RedeemReward
from .redemption_rules import RewardRefusal, limit_periods, reward_obstacle
from .redemption_views import redemption_out
from .redemption_writes import taking_writes
from .reward import Reward, read_reward_record, read_stock
from .reward_codes import seal_for
from .reward_lookup import offered_reward, reward_in_path
from .reward_tags import tags_for_rewards

REDEEM_REWARD_ERRORS: Final = (
    errors.REWARD_NOT_FOUND,
    errors.CUSTOMER_NOT_FOUND,
    errors.INSUFFICIENT_BALANCE,
    errors.MIR_LIMIT_REACHED,
    errors.WALLET_NOT_ACTIVE,
    errors.REWARD_NOT_ACTIVE,
    errors.REWARD_SOLD_OUT,
    errors.REWARD_LIMIT_REACHED,
    errors.REWARD_TIER_REQUIRED,
    errors.REWARD_TAG_REQUIRED,
    errors.REWARD_CREDIT_REFUSED,
    errors.REWARD_PRICE_CHANGED,
    errors.PROGRAM_PAUSED,
    errors.PROGRAM_NOT_STARTED,
)
_PROBLEMS: Final = {
    kind.code: kind
    for kind in (
        errors.REWARD_NOT_ACTIVE,
        errors.REWARD_SOLD_OUT,
        errors.REWARD_LIMIT_REACHED,
        errors.REWARD_TIER_REQUIRED,
        errors.REWARD_TAG_REQUIRED,
    )
}


@dataclass(frozen=True, slots=True)
class RedeemLookup:
    """The reward, its stock, and the customer's wallet."""

    subject: counter.CustomerLookup
    reward: str

    @property
    def scope(self) -> str:
        return self.subject.scope

    @property
    def keys(self) -> list[Key]:
        reward, stock = reward_keys.reward_key, reward_keys.reward_stock_key
        return [*self.subject.keys, reward(self.scope, self.reward), stock(self.scope, self.reward)]


def prefetch_redemption_of(claims: Claims, body: RedeemReward, request: Request) -> RedeemLookup:
    return RedeemLookup(counter.prefetch_customer(claims, body, request), reward_in_path(request))


def redeem_reward(call: Call[RedeemReward]) -> Reply:
    """Redeems a reward for a customer. An instant one takes the coins; else they are held until it is fulfilled."""
    program, body = counter.program_of(call.caller), call.input
    wallet = counter.existing_wallet(call, call.lookup.subject)
    reward = offered_reward(call)
    address = body.address.model_dump(exclude_none=True) if body.address else None
    expected = (
        None if body.expected_points is None else minor_units(body.expected_points, program.scale, "expected_points")
    )
    content = {"reward": reward.id, "wallet": wallet.id, "address": address, "note": body.note, "expected": expected}
    request = counter.coin_request(call, "rewards.redeem", content, note=reward.title[:128])
    stock = call.loaded[reward_keys.reward_stock_key(call.caller.scope, reward.id)]
    attempt = _RedeemAttempt(call, program, request, wallet, reward, stock, address, expected)
    redemption, replayed = post_as_read(call.store, attempt)
    data = redemption_out(redemption, program)
    return Reply(data, "Reward redeemed", headers=replay_headers(replayed))


@dataclass(slots=True)
class _RedeemAttempt:
    """One request, with the reward and its stock as last read."""

    call: Call[RedeemReward]
    program: Program
    request: PostingRequest
    wallet: Wallet
    reward: Reward
    stock: Record | None
    address: Mapping[str, Any] | None
    expected: int | None

    @property
    def store(self) -> Store:
        return self.call.store

    @property
    def scope(self) -> str:
        return self.call.caller.scope

    def post(self, seconds: float) -> tuple[Redemption, bool]:
        call, reward, program = self.call, self.reward, self.program
        used = self._check()
        redemption = self._redemption(used)
        service = counter.posting_service(call)
        service.deadline = seconds
        merchant = counter.merchant_of(call.caller)
        service.extra_writes = [
            *taking_writes(self.scope, reward, redemption, used),
            *self._credit(redemption, merchant),
        ]

        def decision(state: PostingState) -> CoinDecision:
            if redemption.is_open:
                return customer_coins.decide_hold(
                    state.wallet,
                    program,
                    merchant,
                    state.now,
                    id=redemption.hold,
                    coins=reward.points,
                    expires_at=redemption.due_at or state.now,
                )
            return customer_coins.decide_redemption(
                state.wallet,
                program,
                merchant,
                state.now,
                coins=reward.points,
                shard=state.shard,
                shards=state.shards,
            )

        try:
            posted = service.post(self.request, PostingState(self.wallet, call.now), decision)
        except PostingRefused as refusal:
            raise counter.coin_problem(refusal, program) from None
        if posted.replayed:
            return as_opened(redemption_of(self.store, self.scope, redemption.id)), True
        return redemption, False

    def _credit(self, redemption: Redemption, merchant: customer_coins.Merchant) -> Sequence[Write]:
        """What credits a wallet with an instant reward; of one that waits, it is seen now whether it could be given."""
        if not redemption.credit:
            return ()
        from .wallet_credit import wallet_credit_writes  # few rewards are one

        writes = wallet_credit_writes(self.store, self.request, redemption, merchant, self.call.now)
        return () if redemption.is_open else writes

    def _check(self) -> dict[str, int]:
        """Raises the problem that keeps the customer from the reward. Returns what the customer has had of it."""
        call, reward = self.call, self.reward
        if self.expected is not None and self.expected != reward.points:
            raise _price_problem(reward.points, self.expected, self.program)
        if reward.type == "physical" and self.address is None:
            raise errors.invalid("address", "is required for a physical reward")
        if not reward.visible.contains(call.now):
            raise errors.REWARD_NOT_ACTIVE()
        used = self._used()
        left, zone = read_stock(self.stock, reward), self.program.time_zone
        tiers = wallet_tiers(self.program, self.wallet, call.now)
        tags = tags_for_rewards(call, [reward], self.wallet.customer)[reward.tenant]
        obstacle = reward_obstacle(reward, left, used, call.now, zone, tiers, tags)
        if obstacle:
            raise obstacle_problem(obstacle)
        return used

    def _used(self) -> dict[str, int]:
        periods = limit_periods(self.reward, self.call.now, self.program.time_zone)
        usage = {
            period: reward_keys.reward_usage_key(self.scope, self.reward.id, self.wallet.customer, period)
            for period in periods
        }
        found = self.store.read(usage.values()) if usage else {}
        return {period: record["n"] for period, key in usage.items() if (record := found[key])}

    def _redemption(self, used: Mapping[str, int]) -> Redemption:
        call, reward, now = self.call, self.reward, self.call.now
        opened = opened_redemption(
            reward,
            id=redemption_id(self.request.id),
            tenant=call.caller.tenant.id,
            by=call.caller.id,
            customer=self.wallet.customer,
            wallet=self.wallet.id,
            state="pending" if reward.approval else "approved",
            created_at=now,
            updated_at=now,
            due_at=now + reward.deadline_days * clock.DAY_MS,
            reference=call.input.reference,
            note=call.input.note,
            periods=tuple(limit_periods(reward, now, self.program.time_zone)),
        )
        opened = self._with_code(opened)
        if self.address is not None:
            opened = replace(opened, address=seal_for(opened, json.dumps(self.address)))
        if reward.delivery == "instant" and not reward.approval:
            return fulfilled_at_once(opened)
        return opened

    def _with_code(self, redemption: Redemption) -> Redemption:
        reward, codes = self.reward, self.reward.codes
        if codes.source == "generated":
            code = reward_codes.generated_code(codes.prefix, codes.length)
            return replace(redemption, code=seal_for(redemption, code))
        if codes.source == "static" and codes.sealed:
            static = sealing.open_tenant_secret(reward.tenant, reward.id, codes.sealed)
            return replace(redemption, code=seal_for(redemption, static.decode()))
        if codes.source != "pool":
            return redemption
        free = reward_codes.free_code(self.store, self.scope, reward.id)
        if free is None:
            raise errors.REWARD_SOLD_OUT()
        id = str(free["sk"]).removeprefix(reward_keys.FREE_CODES)
        plain = sealing.open_tenant_secret(reward.tenant, reward_codes.pool_context(reward.id, id), free["seal"])
        return replace(redemption, code=seal_for(redemption, plain.decode()), pool_code=id, pool_seal=free["seal"])

    def reload(self) -> None:
        wallet, reward = keys.wallet_key(self.scope, self.wallet.id), reward_keys.reward_key(self.scope, self.reward.id)
        stock = reward_keys.reward_stock_key(self.scope, self.reward.id)
        found = self.store.read([wallet, reward, stock])
        from ..ledger.records.customer_coins import read_wallet

        if record := found[wallet]:
            self.wallet = read_wallet(record)
        if record := found[reward]:
            self.reward = read_reward_record(record)
        self.stock = found[stock]

    def stored(self) -> tuple[Redemption, bool] | None:
        """The answer that this request's key was given before, if it opened a redemption."""
        if not counter.is_made(self.call, self.request):
            return None
        return as_opened(redemption_of(self.store, self.scope, redemption_id(self.request.id))), True


def obstacle_problem(obstacle: RewardRefusal) -> Problem:
    kind = _PROBLEMS[obstacle.code]
    words = {name: str(figure) for name, figure in obstacle.figures.items()}
    return kind(kind.describe(words) if words else None, figures=obstacle.figures)


def _price_problem(points: int, expected: int, program: Program) -> Problem:
    figures = {"points": points, "expected": expected}
    message = errors.REWARD_PRICE_CHANGED.describe({n: to_text(f, program.scale) for n, f in figures.items()})
    wire = {name: to_wire(figure, program.scale) for name, figure in figures.items()}
    return errors.REWARD_PRICE_CHANGED(message, figures=wire)
