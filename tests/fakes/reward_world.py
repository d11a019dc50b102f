"""A merchant with rewards and customers over tables in memory; people redeem, decide, return and look at codes."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

from batua import clock, ids
from batua.api.endpoint import Call
from batua.api.models import validated
from batua.api.request import Request
from batua.coins import reverse
from batua.coins.models import ReverseCoins
from batua.customers import model as customers
from batua.errors import Problem
from batua.identity.caller import Caller
from batua.identity.credentials import Claims
from batua.identity.roles import ROLES
from batua.identity.tenant import program_item
from batua.ledger.decisions import customer_coins
from batua.ledger.errors import LedgerError
from batua.ledger.model import Origin, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.records.customer_coins import read_wallet
from batua.operations import hold_expiry
from batua.rewards import advance, catalogue, redeem, redemption_lookup, redemption_read
from batua.rewards.redemption import Redemption, read_redemption_record
from batua.rewards.redemption_ends import reward_reversal
from batua.rewards.redemption_models import (
    ApproveRedemption,
    EndRedemption,
    FulfilRedemption,
    RedeemReward,
    RedemptionQuery,
)
from batua.rewards.reward_models import CreateReward
from batua.store import keys, reward_keys
from batua.store.store import Contended, Store
from batua.store.writes import Put
from tests.fakes.faults import FAULTS, FaultyClient
from tests.fakes.settling import MERCHANT, OWNER, SCOPE, World, world

START = clock.parse_iso("2026-11-21T09:30:00Z")
PHONES = ("+919876543210", "+919876543211", "+919876543212")
GIVEN = 200
USER = ids.derived_id("usr", "asha")


class RewardWorld:
    """`chance` decides what goes wrong: a fault at `share` of the calls, and another's act in the midst of one."""

    def __init__(self, chance: random.Random, share: float = 0.2) -> None:
        self.there: World = world()
        self.chance, self.now = chance, START
        program = self.there.program
        self.there.store.write(Put(keys.program_key(OWNER, program.id), program_item(program)))
        self.client = FaultyClient(self.there.store._dynamodb)
        others = FAULTS[1:]
        self.share = share
        self.client.plan = iter(
            lambda: self.chance.choice(others) if self.chance.random() < self.share else "none", None
        )
        self.client.other = self._other
        self.store = Store(self.client, "ledger", "directory", sleep=lambda _: None)  # type: ignore[arg-type]
        self.busy = False
        for phone in PHONES:
            self._issue(phone)
        claims = Claims("user", USER, MERCHANT, "live", OWNER, "IN", program.id)
        self.caller = Caller(claims, replace(self.there.tenant, program=program), ROLES["tenant_admin"], "192.0.2.1")
        self.stock = self._reward(points=7, stock=4, limits={"ever": 3})
        self.pool = self._reward(
            points=5, code={"source": "pool"}, codes=["A-1", "A-2", "A-3", "A-4"], limits={"day": 2}
        )
        self.asked = self._reward(
            points=3, code={"source": "pool"}, codes=["B-1", "B-2"], approval_required=True, delivery="manual"
        )

    def _issue(self, phone: str) -> None:
        key = self.there.wallet_key(phone)
        customer = customers.customer_id_by_phone(SCOPE, OWNER, phone)
        request = PostingRequest("issue", "live", SCOPE, Origin("key", "::1", MERCHANT), phone, {})
        merchant = customer_coins.Merchant(MERCHANT, 0)
        PostingService(self.there.store, self.there.program).post(
            request,
            PostingState(Wallet(key.pk.rpartition("#")[2], customer), START),
            lambda state: customer_coins.decide_issue(
                state.wallet, self.there.program, merchant, state.now, coins=GIVEN, bill=None
            ),
        )

    def _reward(self, **fields: Any) -> str:
        body = validated(CreateReward, {"title": "Mug", "type": "voucher", **fields})
        reply = catalogue.create_reward(self._call(self.there.store, body, {}))
        return str(reply.data.id)

    def _call(self, store: Store, body: Any, path: dict[str, str], prefetch: Any = None, key: str | None = None) -> Any:
        headers = {"idempotency-key": key} if key else {}
        event = {"headers": headers, "pathParameters": path, "requestContext": {"http": {"method": "POST"}}}
        request = Request(event)
        lookup = prefetch(self.caller.claims, body, request) if prefetch else None
        found = store.read(lookup.keys) if lookup else {}
        return Call(body, request, store, self.now, found, lookup, self.caller)

    def step(self) -> None:
        """One act of somebody, sent again under its key until there is an answer."""
        acts = (self.redeem, self.redeem, self.redeem, self.decide, self.decide, self.undo, self.reveal, self.expire)
        act, key = self.chance.choice(acts), f"key-{self.chance.random()}"
        seed = self.chance.random()
        for _ in range(40):
            try:
                act(self.store, random.Random(seed), key)
                return
            except (Contended, LedgerError):
                continue
            except Problem as problem:
                if problem.kind.status != 503:
                    return
        raise AssertionError(f"{act.__name__} never came through")

    def _other(self) -> None:
        if not self.busy:
            self.busy, share, self.share = True, self.share, 0.0
            self.step()
            self.busy, self.share = False, share

    def redeem(self, store: Store, chance: random.Random, key: str) -> None:
        reward = chance.choice((self.stock, self.pool, self.pool, self.asked))
        body = validated(RedeemReward, {"phone": chance.choice(PHONES)})
        redeem.redeem_reward(self._call(store, body, {"id": reward}, redeem.prefetch_redemption_of, key))

    def decide(self, store: Store, chance: random.Random, key: str) -> None:
        models = {"approve": ApproveRedemption, "fulfil": FulfilRedemption}
        act = chance.choice(("approve", "fulfil", "reject", "cancel"))
        if one := self._some(chance, "pending", "approved"):
            body = validated(models.get(act, EndRedemption), {})
            call = self._call(store, body, {"id": one.id}, redemption_lookup.prefetch_redemption, key)
            getattr(advance, f"{act}_redemption")(call)

    def undo(self, store: Store, chance: random.Random, key: str) -> None:
        if one := self._some(chance, "fulfilled"):
            body = validated(ReverseCoins, {} if chance.random() < 0.7 else {"coins": 1})
            path = {"id": one.settlement or one.transaction}
            reverse.reverse_coins(self._call(store, body, path, reverse.prefetch_reversal, key), reward_reversal)

    def reveal(self, store: Store, chance: random.Random, key: str) -> None:
        if one := self._some(chance, "fulfilled"):
            body = validated(RedemptionQuery, {"reveal": True})
            redemption_read.read_redemption(
                self._call(store, body, {"id": one.id}, redemption_lookup.prefetch_redemption)
            )

    def expire(self, store: Store, chance: random.Random, key: str) -> None:
        if chance.random() < 0.5:
            self.now += chance.randrange(1, 16) * clock.DAY_MS
        if one := self._some(chance, "pending", "approved"):
            hold_expiry._expire(store, keys.hold_key(SCOPE, one.hold), self.now)

    def redemptions(self) -> list[Redemption]:
        items = self.there.store.scan_all("directory", beginning="REDEMPTION#")
        return [read_redemption_record(item) for item in items]

    def _some(self, chance: random.Random, *states: str) -> Redemption | None:
        fit = sorted((one for one in self.redemptions() if one.state in states), key=lambda one: one.id)
        return chance.choice(fit) if fit else None

    def check(self) -> None:
        """What has to be true whatever happened."""
        done = self.redemptions()
        self._check_coins(done)
        for reward, total in ((self.stock, 4), (self.pool, 4), (self.asked, 2)):
            of = [one for one in done if one.reward == reward]
            kept = [one for one in of if one.is_open or one.state == "fulfilled"]
            burnt = [one for one in of if one.state == "reversed" and one.pool_code and one.shown_at]
            key = reward_keys.reward_stock_key(SCOPE, reward)
            assert (self.there.store.read([key])[key] or {})["left"] == total - len(kept) - len(burnt)
            self._check_codes(reward, [*kept, *burnt], total)
            self._check_usage(reward, kept, burnt)
        assert self.there.findings() == []

    def _check_coins(self, done: list[Redemption]) -> None:
        for phone in PHONES:
            key = self.there.wallet_key(phone)
            wallet = read_wallet(self.there.store.read([key])[key] or {})
            own = [one for one in done if one.wallet == wallet.id]
            assert wallet.held == sum(one.points for one in own if one.is_open)
            spent = sum(one.points - self._given_back(one) for one in own if one.state in ("fulfilled", "reversed"))
            assert wallet.available == GIVEN - wallet.held - spent

    def _given_back(self, one: Redemption) -> int:
        total = 0
        for transaction in {one.transaction, *self._captures(one)}:
            key = keys.reversed_sum_key(SCOPE, transaction)
            total += (self.there.store.read([key])[key] or {}).get("sum", 0)
        assert (total == one.points) == (one.state == "reversed")
        return total

    def _captures(self, one: Redemption) -> list[str]:
        entries = self.there.store.scan_all("ledger", beginning=f"{SCOPE}#K#")
        return [
            str(each["pk"]).rpartition("#")[2]
            for each in entries
            if each["sk"] == "TX" and each["kind"] == "capture" and each["hold"] == one.hold
        ]

    def _check_codes(self, reward: str, given: list[Redemption], total: int) -> None:
        if reward == self.stock:
            return
        partition = reward_keys.reward_codes_partition(SCOPE, reward)
        free = [str(item["sk"])[5:] for item in self.there.store.query_all("directory", partition, beginning="FREE#")]
        codes = Counter([*free, *(str(one.pool_code) for one in given)])
        assert set(codes.values()) == {1}
        assert len(codes) == total

    def _check_usage(self, reward: str, kept: list[Redemption], burnt: list[Redemption]) -> None:
        counted = Counter((one.customer, period) for one in kept for period in one.periods)
        partition = reward_keys.reward_partition(SCOPE, reward)
        stored = {
            (str(item["sk"]).split("#")[1], str(item["sk"]).split("#")[2]): item["n"]
            for item in self.there.store.query_all("directory", partition, beginning="USED#")
        }
        assert {use: count for use, count in stored.items() if count} == dict(counted)
        assert all(count <= 3 for count in stored.values())
