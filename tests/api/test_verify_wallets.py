"""VerifyWallets, as its schedule runs it: nothing to find in what the platform posted, and what is broken is told."""

from __future__ import annotations

import json

import pytest

from batua import ids
from batua.operations import verification_sample
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Update
from local.host import ROOT, LocalPlatform

EVENT = json.loads((ROOT / "events/operations/verify_wallets.json").read_text())


def test_the_hourly_watch_replays_wallets_of_the_platform(
    platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMPLE_WALLETS", "5")
    done = platform.runner.invoke("VerifyWallets", EVENT)
    assert done["verified"] + done["skipped"] == 5


def test_the_hourly_watch_tells_of_a_wallet_that_no_entries_explain(
    platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope, wallet = keys.scope("live", ids.new_id("ten")), ids.new_id("wal")
    place = keys.wallet_key(scope, wallet)
    monkeypatch.setattr(verification_sample, "_some_wallets", lambda *_: [(scope, wallet)])
    store().write(Update(place, add={"bal": 1, "held": 0, "seq": 1}))
    try:
        done = platform.runner.invoke("VerifyWallets", EVENT)
    finally:
        client = platform.embedded_aws.client("dynamodb")
        table = platform.platform.resources["LedgerTable"].name
        client.delete_item(TableName=table, Key={"pk": {"S": place.pk}, "sk": {"S": place.sk}})
    assert done["verified"] == 1
    assert done["findings"] >= 1
