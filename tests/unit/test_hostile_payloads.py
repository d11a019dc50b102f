"""Whatever a shop signs is read or refused as unreadable: a fault would come again and again, and wake the operator."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from batua.integrations.amounts import PayloadError
from batua.integrations.model import Connection, ConnectionDelivery, System
from batua.integrations.process import read_updates
from local.host import ROOT

REFUND: dict[str, Any] = {
    "id": 890088186047,
    "order_id": 5300000000001,
    "created_at": "2026-11-20T14:30:00+05:30",
    "refund_line_items": [
        {
            "line_item_id": 2,
            "quantity": 1,
            "subtotal": "10.00",
            "subtotal_set": {"shop_money": {"amount": "10.00", "currency_code": "INR"}},
            "total_tax": "0.00",
            "line_item": {"id": 2, "price": "10.00", "gift_card": False},
        }
    ],
    "transactions": [{"id": 3, "kind": "refund", "status": "success", "amount": "10.00", "currency": "INR"}],
    "order_adjustments": [{"id": 4, "kind": "shipping_refund", "amount": "-5.00", "tax_amount": "0.00"}],
    "refund_shipping_lines": [{"subtotal_amount": "5.00", "tax_amount": "0.00"}],
}
EDIT: dict[str, Any] = {"order_edit": {"id": 1, "order_id": 5300000000001, "line_items": {"additions": [{"id": 5}]}}}
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2.5, 10**40, -(10**40), 1e-9, 1e308),
    *("", "x", "x" * 300, "-1", "1e9999", "NaN", "١", "\ud800", "\x00", "2026-02-30T25:61:00Z", "9999-12-31"),
    *([], [[]], [None], [{}], ["x"] * 50, {}, {"a": {"a": []}}, {"0": {}, "2": {}}, {"id": None}),
)


def sample(name: str) -> Any:
    """The content of a sample event; of an order with lines as they are after an edit, and with a refund."""
    content = json.loads(json.loads((ROOT / f"events/integrations/{name}.json").read_text())["body"])
    if name == "receive_shopify":
        for line in content["line_items"]:
            line.setdefault("current_quantity", 1)
        content["refunds"] = [REFUND]
    return content


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield (*above, name)
        yield from places(child, (*above, name))


def with_value(content: Any, place: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(content)
    target = changed
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("system", "topic", "content"),
    [
        ("shopify", "orders/paid", sample("receive_shopify")),
        ("shopify", "refunds/create", REFUND),
        ("shopify", "orders/edited", EDIT),
        ("woocommerce", "order.updated", sample("receive_woocommerce")),
        ("pos", "sale", sample("receive_pos")),
    ],
    ids=["order", "refund", "edit", "woocommerce", "pos"],
)
def test_no_value_at_any_place_of_a_signed_payload_is_a_fault(system: System, topic: str, content: Any) -> None:
    connection = Connection("con_1", "ten_1", "live", system, "Shop", b"", 0)
    delivery = ConnectionDelivery("dlv_1", "con_1", "ten_1", "x", topic, 1_796_000_000_000, None)
    assert read_updates(connection, delivery, json.dumps(content).encode())
    places_of_numbers = [each for each in places(content) if not isinstance(each[-1], int)]
    for place in places_of_numbers:
        for number in ("1e99999999999999999999", "1e999999999", "-1e999999999", "1e-999999999", "0e999999999"):
            body = json.dumps(with_value(content, place, "@")).replace('"@"', number).encode()
            with pytest.raises(PayloadError, match="not valid JSON"):
                read_updates(connection, delivery, body)
    refused = 0
    for place in places(content):
        for value in VALUES:
            body = json.dumps(with_value(content, place, value)).encode()
            try:
                read_updates(connection, delivery, body)
            except PayloadError:
                refused += 1
            except Exception as fault:
                raise AssertionError(f"{value!r} at {place}") from fault
    assert refused
