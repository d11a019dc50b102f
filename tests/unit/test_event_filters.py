"""Which changes of the tables reach PublishEvents: the filters on its streams, against what makes an event."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from batua import ids
from batua.events.schemas import families
from batua.store import (
    event_keys,
    gateway_keys,
    keys,
    market_keys,
    prefund_keys,
    reward_keys,
    support_keys,
    wallet_keys,
)
from local import templates
from local.aws.mappings import MappingSettings
from local.host import PARAMETERS

SHOP: Final = ids.derived_id("ten", "shop")
SCOPE: Final = keys.scope("live", ids.derived_id("ten", "network"))
TRANSACTION: Final = ids.derived_id("txn", "this")
WALLET: Final = ids.derived_id("wal", "asha")

ENTRIES: Final = (
    keys.transaction_key(SCOPE, TRANSACTION),
    *(keys.funds_line_key(SCOPE, TRANSACTION, n) for n in (0, 1)),
)
"""Entries of the ledger, which are only ever written once."""
STOCK: Final = reward_keys.reward_stock_key(SCOPE, ids.derived_id("rew", "one"))
CHANGED: Final[dict[str, tuple[keys.Key, ...]]] = {
    "coins": (),
    "wallet": (wallet_keys.wallet_change_key(SCOPE, WALLET, 1),),
    "balance_request": (gateway_keys.balance_request_key(SCOPE, ids.derived_id("breq", "one")),),
    "prefund": (prefund_keys.prefund_request_key(ids.derived_id("pfr", "one")),),
    "dispute": (keys.dispute_key("live", TRANSACTION, ids.derived_id("dsp", "one")),),
    "redemption": (reward_keys.redemption_key(SCOPE, ids.derived_id("rdm", "one")),),
    "reward": (),
    "market_order": (market_keys.market_order_key(SCOPE, ids.derived_id("mor", "one")),),
    "ticket": (support_keys.ticket_key(ids.derived_id("tkt", "one")),),
    "webhook_endpoint": (event_keys.webhook_endpoint_key(SHOP, ids.derived_id("wep", "one")),),
    "webhook": (),
}
"""Family of events -> the records whose changes make them. Coins come from entries, `webhook.test` from a request,
and what is left of a reward's codes is let through on a condition (see below)."""
SILENT: Final = (
    keys.session_key(ids.derived_id("ses", "s")),
    keys.tenant_key(SHOP),
    event_keys.webhook_health_key(ids.derived_id("wep", "one")),
)


def test_every_family_of_events_names_its_records() -> None:
    assert set(CHANGED) == set(families())


def test_the_streams_filters_let_through_every_change_that_is_an_event_and_no_session() -> None:
    assert all(passes("Entries", "INSERT", key) for key in ENTRIES)
    assert not any(passes("Entries", event, ENTRIES[0]) for event in ("MODIFY", "REMOVE"))
    assert not passes("Entries", "INSERT", keys.wallet_key(SCOPE, WALLET))
    records = [key for changed in CHANGED.values() for key in changed]
    unheard = [key for key in records for event in ("INSERT", "MODIFY") if not passes("Records", event, key)]
    assert unheard == [], "the filter of PublishEvents (functions/events/template.yaml) lacks these keys"
    assert not any(passes("Records", "REMOVE", key) for key in records)
    assert not any(passes("Records", event, key) for key in SILENT for event in ("INSERT", "MODIFY"))


def test_of_rewards_that_warn_of_few_codes_the_stock_is_let_through_as_it_changes() -> None:
    assert passes("Records", "MODIFY", STOCK, {"low": {"N": "10"}})
    assert not passes("Records", "MODIFY", STOCK)
    assert not passes("Records", "INSERT", STOCK, {"low": {"N": "10"}})


def passes(source: str, event: str, key: keys.Key, image: dict[str, Any] | None = None) -> bool:
    images = {"Keys": {"pk": {"S": key.pk}, "sk": {"S": key.sk}}, **({"NewImage": image} if image else {})}
    return _sources()[source].wants({"eventName": event, "dynamodb": images})


@cache
def _sources() -> dict[str, MappingSettings]:
    publisher = templates.load(Path(__file__).resolve().parents[2], PARAMETERS).functions["PublishEvents"]
    return {each.name: MappingSettings.of(each.properties, 100) for each in publisher.events}
