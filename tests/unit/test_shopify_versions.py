"""What the tests' shop sends has the fields that are published for its version, and earns the same with all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.fakes.settling import pepper, world
from tests.fakes.shops import SHOPIFY_VERSIONS, ShopifyShop, ShopWebhook
from tests.vendors.shopify_shapes import Shape, contents, filled, shape_of

PHONE = "+919876543210"
EMPTY_IN_SAMPLES = ("transactions[]", "refund_shipping_lines[]", "return", "refund_duties", "order_adjustments[]")
"""Parts of a refund of which the published samples show none."""


@pytest.fixture(scope="module", autouse=True)
def _pepper() -> Iterator[None]:
    with pepper():
        yield


def life(version: str) -> ShopifyShop:
    shop = ShopifyShop(PHONE, version=version)
    return shop.place(100_000, 50_000, 260_000).pay().refund(0).goodwill(1_000).refund_shipping().exchange(2, 250_000)


@pytest.mark.parametrize("version", SHOPIFY_VERSIONS)
def test_every_field_that_the_tests_send_is_one_of_its_version(version: str) -> None:
    checked = 0
    for webhook in life(version).webhooks:
        if webhook.topic == "orders/edited":
            continue
        if webhook.topic == "refunds/create":
            checked += _check(webhook.content, shape_of(version, "refunds/create"))
            continue
        order = {**webhook.content, "refunds": []}
        checked += _check(order, shape_of(version, "orders/create"))
        for refund in webhook.content["refunds"]:
            checked += _check(refund, shape_of(version, "refunds/create"))
    assert checked > 500


def _check(payload: Mapping[str, Any], shape: Shape) -> int:
    checked = 0
    for path, kind in contents(payload):
        if path.startswith(EMPTY_IN_SAMPLES) and path not in shape:
            continue
        assert path in shape, f"{path} is in no published payload of this version"
        allowed = shape[path]
        # Amounts of whole rupees are integers in the samples. Any text may be missing: samples show every field in use.
        unseen = allowed in ([], ["null"])  # the samples show no value of this field
        same = unseen or kind in ("null", *allowed) or {kind, *allowed} <= {"integer", "number", "null"}
        assert same, f"{path} is {kind}, published as {allowed}"
        checked += 1
    return checked


@pytest.mark.parametrize("version", SHOPIFY_VERSIONS)
def test_a_payload_with_every_published_field_earns_like_a_short_one(version: str) -> None:
    shop, there = life(version), world()
    connection = there.connect("shopify")
    for webhook in shop.webhooks:
        topic = "refunds/create" if webhook.topic == "refunds/create" else "orders/create"
        content = (
            webhook.content if "order_edit" in webhook.content else filled(webhook.content, shape_of(version, topic))
        )
        assert len(content) >= len(webhook.content)
        there.deliver(connection, ShopWebhook(webhook.topic, webhook.name, content))
    assert there.balance() == shop.deserves
    assert there.findings() == []
