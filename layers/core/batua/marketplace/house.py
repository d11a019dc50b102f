"""The house as a vendor: codes from the pool of a reward, without any other party.

A claim is written once for an order, together with the codes that leave the pool and the stock. It says as well that
there are none, so that two executions that ask at the same moment hear the same.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from ..identity import sealing
from ..rewards.reward import Reward, read_reward_record
from ..rewards.reward_codes import free_codes, pool_context
from ..store import market_keys, reward_keys
from ..store.store import Cancelled, ConditionFailed, Record, Store
from ..store.writes import ABSENT, Condition, Delete, Put, Update, Write
from .vendor import Card, VendorAnswer, VendorOrder

_MAX_ATTEMPTS: Final = 12


@dataclass(frozen=True, slots=True)
class HouseVendor:
    """`owner` is the tenant whose rewards they are."""

    store: Store
    owner: str
    now: int

    def may_place(self, order: VendorOrder, now: int) -> bool:
        return True

    def place(self, order: VendorOrder) -> VendorAnswer:
        """Hands out as many codes as there are, at most those ordered."""
        key = market_keys.house_claim_key(order.scope, order.id)
        for _ in range(_MAX_ATTEMPTS):
            if claim := self.store.read([key])[key]:
                return self._answer(order, claim)
            reward = self._reward(order)
            free = free_codes(self.store, order.scope, reward.id, order.quantity) if reward else []
            if reward is None or not free:
                try:
                    self.store.write(Put(key, {"none": "sold_out", "at": self.now}, when=ABSENT))
                except ConditionFailed:
                    continue
                return VendorAnswer("refused", reason="sold_out")
            try:
                self.store.commit(self._claim(order, reward, free))
            except Cancelled:
                continue
        return VendorAnswer("unknown", reason="busy")

    def status(self, order: VendorOrder, now: int) -> VendorAnswer:
        key = market_keys.house_claim_key(order.scope, order.id)
        claim = self.store.read([key])[key]
        return self._answer(order, claim) if claim else VendorAnswer("denied", reason="not_placed")

    def _reward(self, order: VendorOrder) -> Reward | None:
        key = reward_keys.reward_key(order.scope, order.sku)
        record = self.store.read([key])[key]
        return read_reward_record(record) if record else None

    def _claim(self, order: VendorOrder, reward: Reward, free: list[Record]) -> list[Write]:
        cards = []
        writes: list[Write] = []
        for record in free:
            id = str(record["sk"]).removeprefix(reward_keys.FREE_CODES)
            plain = sealing.open_tenant_secret(self.owner, pool_context(reward.id, id), record["seal"]).decode()
            cards.append(Card(code=plain))
            writes.append(
                Delete(reward_keys.free_code_key(order.scope, reward.id, id), when=Condition(present=("pk",)))
            )
        claim = {"seal": seal_cards(self.owner, order.id, tuple(cards)), "at": self.now}
        return [
            Put(market_keys.house_claim_key(order.scope, order.id), claim, when=ABSENT),
            Update(
                reward_keys.reward_stock_key(order.scope, reward.id),
                add={"left": -len(free), "seq": 1},
                set={"at": self.now},
                when=Condition(equal={"epoch": reward.stock_epoch}, at_least={"left": len(free)}),
            ),
            *writes,
        ]

    def _answer(self, order: VendorOrder, claim: Record) -> VendorAnswer:
        if "none" in claim:
            return VendorAnswer("refused", reason=claim["none"])
        cards = open_cards(self.owner, order.id, claim["seal"])
        return VendorAnswer("delivered", order.id, cards, None if len(cards) == order.quantity else "sold_out")


def seal_cards(tenant: str, order_id: str, cards: tuple[Card, ...]) -> bytes:
    """Encrypted with the tenant's key for this order: they can't be decrypted for another."""
    content = json.dumps([{name: value for name, value in asdict(card).items() if value} for card in cards])
    return sealing.seal_tenant_secret(tenant, order_id, content)


def open_cards(tenant: str, order_id: str, sealed: bytes) -> tuple[Card, ...]:
    cards: list[dict[str, Any]] = json.loads(sealing.open_tenant_secret(tenant, order_id, sealed))
    return tuple(Card(**card) for card in cards)
