"""The archive's reading and writing on both engines: strong scans in pages, and tombstones that leave the indexes."""

from __future__ import annotations

from typing import Any

from batua import ids
from batua.archive import collect, months, purge
from batua.archive.bucket import ArchiveBucket
from batua.archive.seal import SealingRun
from batua.ledger.decisions import customer_coins
from batua.ledger.model import Origin, Program, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import CoinPostingResult, PostingRequest, PostingState
from batua.ledger.records.customer_coins import read_wallet
from batua.ledger.records.tombstones import is_tombstone
from batua.store import keys
from batua.store.store import Store
from tests.engines.conftest import STORE
from tests.fakes.s3 import FakeS3

OWNER, SHOP = ids.derived_id("ten", "archived"), ids.derived_id("ten", "shop")
SCOPE = keys.scope("live", OWNER)
WALLET = ids.derived_id("wal", "asha")
PROGRAM = Program("prg_archive", OWNER, "Coins", "closed", "UTC")
BEGIN = 1_735_689_600_000  # 2025-01-01
MONTH = 31 * 86_400_000


def issue(store: Store, number: int) -> CoinPostingResult:
    order = PostingRequest("issue", "live", SCOPE, Origin("key", "::1", SHOP), f"k{number}", {})
    record = store.read([keys.wallet_key(SCOPE, WALLET)])[keys.wallet_key(SCOPE, WALLET)]
    wallet = read_wallet(record) if record else Wallet(WALLET, ids.derived_id("cust", "asha"))
    merchant = customer_coins.Merchant(SHOP, 0)
    state = PostingState(wallet, BEGIN + number * MONTH)
    return PostingService(store, PROGRAM).post(
        order, state, lambda s: customer_coins.decide_issue(s.wallet, PROGRAM, merchant, s.now, coins=5, bill=None)
    )


def test_months_are_sealed_and_purged_and_keys_still_answered(engine: Any, monkeypatch: Any) -> None:
    store, vault = Store(engine.client("dynamodb"), STORE, STORE), ArchiveBucket(FakeS3(), "archive")
    posted = [issue(store, number) for number in range(4)]
    monkeypatch.setattr(collect, "CHUNK", 2)
    before, cursor = "2025-04-01T00:00:00.000Z", dict[str, Any]()
    while (done := collect.collect_entries(store, vault, "run", before, cursor, lambda: False))["state"] == "more":
        cursor = done["cursor"]
    assert SealingRun(store, vault, "run", before).go_on({}, lambda: True)["state"] == "done"
    assert purge.purge_sealed(store, vault, 202502, {}, lambda: True)["state"] == "done"
    records = {record["pk"]: record for record in store.scan_all("ledger", beginning=SCOPE) if months.is_entry(record)}
    assert sorted(is_tombstone(record) for record in records.values()) == [False, False, True, True]
    for partition, index in (
        (keys.wallet_partition(SCOPE, WALLET), "statement"),
        (keys.activity_partition(SCOPE, SHOP), "activity"),
    ):
        assert len(list(store.query_all("ledger", partition, index=index))) == 2
    again = [issue(store, number) for number in range(4)]
    assert [each.replayed for each in again] == [True] * 4
    assert [each.entry.after for each in again] == [each.entry.after for each in posted]
