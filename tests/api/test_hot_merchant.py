"""A merchant whose shards change while it redeems, through the gateway: its ceiling holds to the coin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest

from batua import clock
from batua.audit.verify import verify_scope
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Update
from batua.tenants import tree
from tests.api.counter import ISSUE, REDEEM, STATS, data

CUSTOMERS = 8


@pytest.fixture
def merchant(credentials: dict[str, Any]) -> Iterator[str]:
    id = str(jwt.decode(credentials["merchant_live_key"], options={"verify_signature": False})["tid"])
    yield id
    back = Update(keys.tenant_key(id), add={"version": 1}, set={"shards": 1}, remove=("shards_least", "spread_at"))
    store().write(back)


def at_once(shop: Any, requests: list[tuple[str, dict[str, Any]]]) -> Counter[str]:
    """The codes of the answers; what is busy is asked again, as a client does."""

    def ask(request: tuple[str, dict[str, Any]]) -> str:
        path, body = request
        answer = shop.post(path, body)
        while answer.status_code == 503:
            answer = shop.post(path, body)
        return str(answer.json()["code"])

    with ThreadPoolExecutor(16) as pool:
        return Counter(pool.map(ask, requests))


def test_while_the_operator_changes_the_shards_a_merchant_redeems_to_its_ceiling_and_not_a_coin_more(
    sandbox: Any, keyed: Any, merchant: str, phone: str
) -> None:
    moment = "2028-03-03T06:00:00Z"
    phones = [f"{phone[:-2]}{number:02d}" for number in range(10, 10 + CUSTOMERS)]
    donor, shop = keyed("second_merchant_test_key").at(moment), sandbox.at(moment)
    for each in phones:
        data(donor.post(ISSUE, {"phone": each, "coins": 100}))
        data(shop.post(ISSUE, {"phone": each, "coins": 5}))
    asked = [(REDEEM, {"phone": phones[number % CUSTOMERS], "coins": 1}) for number in range(80)]
    codes = Counter[str]()
    for least in (4, 16, 2):
        tree.set_capacity(store(), merchant, clock.system(), least_shards=least)
        codes += at_once(shop, asked)
        if least == 16:
            codes += at_once(shop, [(ISSUE, {"phone": each, "coins": 1}) for each in phones])
    # 40 coins and then 8 more were issued: three times as many are redeemed, over whichever shards.
    assert codes == {"success": 8 + 3 * 48, "mir_limit_reached": 3 * 80 - 3 * 48}
    stats = data(shop.get(STATS))
    assert (stats["issued"], stats["redeemed"], stats["remaining"], stats["status"]) == (48, 144, 0, "paused")
    left = shop.post(f"{REDEEM}/calculate", {"phone": phones[0], "coins": 1})
    assert left.json()["meta"] == {"issued": 48, "redeemed": 144, "ceiling": 144, "left": 0}


def test_what_stands_after_it_is_whole(merchant: str) -> None:
    tenant = tree.load_tenant(store(), merchant)
    assert tenant.program is not None
    assert verify_scope(store(), keys.scope("test", tenant.program.owner)).findings == []


def test_a_live_merchant_that_is_quiet_gives_back_half_of_its_shards_after_an_hour(
    live: Any, merchant: str, phone: str
) -> None:
    tree.set_capacity(store(), merchant, clock.system() - 2 * 3_600_000, least_shards=8)
    store().write(Update(keys.tenant_key(merchant), remove=("shards_least",)))
    data(live.post(ISSUE, {"phone": phone, "coins": 10}))
    assert tree.load_tenant(store(), merchant).scaling.count == 4
    data(live.post(REDEEM, {"phone": phone, "coins": 10}))
    assert tree.load_tenant(store(), merchant).scaling.count == 4
