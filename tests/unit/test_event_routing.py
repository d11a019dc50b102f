"""Which endpoints receive an event, and that an event that comes twice is one delivery."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import pytest

from batua.events import route
from batua.events.event import Event
from batua.events.model import WebhookEndpoint, endpoint_item, pattern_matches
from batua.store import event_keys
from batua.store.store import Store
from batua.store.writes import Put, Update
from tests.unit.delivery_fixtures import OPERATOR, PARENT, SHOP, STRANGER, Aws, aws, endpoint, event, routed, store  # noqa: F401 - fixtures


def notified(store: Store, published: Event, *endpoints: WebhookEndpoint) -> list[str]:
    for each in endpoints:
        store.write(Put(each.key, endpoint_item(each)))
    return [each.tenant for each in route.subscribers(route.SubscriberCache(store), published)]


def test_whom_it_concerns_hears_of_it_and_nobody_else(store: Store) -> None:
    everywhere = [endpoint(each) for each in (OPERATOR, PARENT, SHOP, STRANGER)]
    assert notified(store, event(), *everywhere) == [SHOP]
    assert notified(store, event(parties=(PARENT,))) == [SHOP, PARENT]


def test_those_above_hear_of_it_where_they_ask_to(store: Store) -> None:
    asking = [endpoint(each, children=True) for each in (OPERATOR, PARENT, STRANGER)]
    assert notified(store, event(), *asking) == [PARENT], "the operator has the bus, a stranger nothing"
    assert notified(store, event(tenant=PARENT)) == [PARENT]
    assert notified(store, event(tenant=OPERATOR)) == [OPERATOR]


def test_a_tenant_hears_nothing_of_those_above(store: Store) -> None:
    assert notified(store, event(tenant=PARENT), endpoint(SHOP, children=True)) == []


def test_modes_do_not_meet(store: Store) -> None:
    both = [endpoint(mode="live", name="l"), endpoint(mode="test", name="t")]
    assert len(notified(store, event(mode="test"), *both)) == 1
    (one,) = route.subscribers(route.SubscriberCache(store), event(mode="test"))
    assert one.mode == "test"


@pytest.mark.parametrize(
    ("pattern", "through"),
    [
        ("*", True),
        ("coins.issued", True),
        ("coins.*", True),
        ("coins.issue", False),
        ("coin.*", False),
        ("wallet.*", False),
        ("coins", False),
    ],
)
def test_a_filter_lets_through_what_it_names(pattern: str, through: bool) -> None:
    assert pattern_matches([pattern], "coins.issued") is through


def test_an_event_that_comes_twice_is_one_delivery_and_an_untaken_nudge_is_sent_again(store: Store, aws: Aws) -> None:
    routed(store, event(), endpoint())
    routed(store, event())
    assert len(aws.sent) == 2, "nobody can know whether the first one was queued"
    assert len(set(aws.sent)) == 1
    place = event_keys.webhook_delivery_key(endpoint().id, event().id)
    store.write(Update(place, set={"status": "delivered", "tries": 1}))
    routed(store, event())
    assert len(aws.sent) == 2


def test_an_event_whose_attempts_are_not_queued_comes_again(
    store: Store, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = {"Failed": [{"Id": "0"}]}
    monkeypatch.setattr(aws, "send_message_batch", lambda **_: fails)
    assert routed(store, event(), endpoint()) == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    assert routed(store, event(tenant=STRANGER)) == {"batchItemFailures": []}
