"""Every route that moves value, again under its key: the same content is answered again, other content is refused.

The routes come from the declarations and their content from the samples, so a new route or a new field is in here by
itself. What wallets hold and which entries were made is compared before and after.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batua.openapi.inventory import endpoint_inventory
from batua.store.codec import decode
from local import templates
from local.host import PARAMETERS, ROOT, LocalPlatform
from local.invoke import fill, sample_event
from tests.local.sample_events import ENDERS

FUNCTIONS = templates.load(ROOT, PARAMETERS).functions
MOVING = sorted(
    (each.function for each in endpoint_inventory(ROOT) if each.declaration.moves_value),
    key=lambda name: ENDERS.index(name) if name in ENDERS else -1,
)

GROWS = {
    "IssueCoins": "coins",
    "PostCustomerTransaction": "coins",
    "CreditWallet": "money",
    "RefundTransaction": "money",
}
"""What may add to the sum of all wallets: the mint of a program, an application's points, the operator's bank account,
and a refund, which gives back what an earlier debit took.

Everything else moves what is there, or takes from it.
"""

ANOTHER: dict[str, Any] = {
    "phone": "+919876543211",
    "type": "debit",
    "decision": "accept",
    "amount": "1.00",
    "bill_amount": "1.00",
    "transactionType": "credit",
    "absorbedBy": "customer",
    "approvedAmount": 999,
    "source": "adjustment",
}
"""Another good value of fields that do not take any text or number."""

KEYS = {"CreateTransaction": {"entityType", "referenceId"}}
"""Fields that are the key of their route: another value is another request."""

EARLIER = {
    ("PlaceMyOrder", "product_id"): "product_not_found",
    ("PlaceMyOrder", "expected_points"): "product_price_changed",
    ("RedeemCoins", "phone"): "customer_not_found",
    ("CreateTransaction", "currency"): "validation_error",
    ("Checkout", "wallet_id"): "validation_error",
    ("Checkout", "product_id"): "product_not_found",
    ("Checkout", "expected_points"): "product_price_changed",
    ("RedeemMyReward", "expected_points"): "reward_price_changed",
    ("RedeemReward", "wallet_id"): "validation_error",
    ("DecideDispute", "decision"): "dispute_decided",
    ("DecideDispute", "reason"): "dispute_decided",
    ("CreditWallet", "tenant_id"): "validation_error",
    ("DebitWallet", "hold"): "validation_error",
    ("Transfer", "from_wallet_id"): "wallet_not_found",
    ("Transfer", "to_wallet_id"): "wallet_not_found",
}
"""Other content that is refused for another reason, before the key is looked at."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    with LocalPlatform(serve=False, credentials=tmp_path_factory.mktemp("same-key") / "credentials.json") as running:
        yield running


class Sender:
    """Sends a function its sample under one key."""

    def __init__(self, platform: LocalPlatform, function: str) -> None:
        self._platform, self.function = platform, function
        credentials = json.loads(Path(platform.credentials).read_text())
        self._event = fill(json.loads(sample_event(ROOT, FUNCTIONS[function]).read_text()), credentials)
        self.name = f"same-{function}"
        self._event["headers"].update({"idempotency-key": self.name, "x-request-id": self.name})
        self._event["requestContext"]["requestId"] = self.name
        self.body: dict[str, Any] = json.loads(self._event.get("body") or "{}")

    def send(self, body: Any) -> tuple[int, dict[str, str], dict[str, Any]]:
        answer = self._platform.runner.invoke(self.function, {**self._event, "body": json.dumps(body)})
        return answer["statusCode"], answer["headers"], json.loads(answer["body"])


def books(platform: LocalPlatform) -> tuple[Counter[str], Counter[str]]:
    """What all wallets hold together, held amounts included; and how many entries each request has made."""
    from batua.aws import client
    from batua.settings import settings

    platform.embedded_aws.drain(120)
    held, entries, begin = Counter[str](), Counter[str](), {}
    while True:
        page = client("dynamodb").scan(TableName=settings().ledger_table, **begin)
        for row in page["Items"]:
            item, sk = decode(row), row["sk"]["S"]
            if "#W#" in row["pk"]["S"] and sk == "BAL":
                held["coins"] += sum(item["lots"].values()) + item["held"]
            elif "#W#" in row["pk"]["S"] and sk == "FUNDS":
                held["money"] += item.get("free", 0) + item.get("held", 0)
            elif "#K#" in row["pk"]["S"] and item.get("kind") != "refused":
                entries[item.get("req", "")] += 1
        if "LastEvaluatedKey" not in page:
            return held, entries
        begin = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def changes(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The content with one of its fields changed, for each; and the name of that field."""
    if isinstance(value, dict):
        for key, child in value.items():
            for field, changed in changes(child, key):
                yield field, {**value, key: changed}
    elif isinstance(value, list):
        for place, child in enumerate(value):
            for field, changed in changes(child, name):
                yield field, [*value[:place], changed, *value[place + 1 :]]
    elif isinstance(value, bool):
        yield name, not value
    elif isinstance(value, int | float):
        yield name, ANOTHER.get(name, value + 1)
    else:
        another = ANOTHER.get(name, f"7{value[1:]}")
        yield name, another


def test_every_route_that_moves_value_is_tried() -> None:
    assert len(MOVING) >= 23
    assert {*KEYS, *GROWS, *(function for function, _ in EARLIER)} <= set(MOVING)


def test_a_key_stands_for_one_content_on_every_route_that_moves_value(platform: LocalPlatform) -> None:
    wrong, grows, moved = [], {}, Counter[str]()
    for function in MOVING:
        sender = Sender(platform, function)
        before, _ = books(platform)
        status, _, first = sender.send(copy.deepcopy(sender.body))
        after, made = books(platform)
        if more := [what for what in ("coins", "money") if after[what] > before[what]]:
            grows[function] = ", ".join(more)
        again, headers, second = sender.send(sender.body)
        if (again, second.get("data"), headers.get("idempotency-replayed")) != (status, first.get("data"), "true"):
            wrong.append((function, "again", again, second))
        for field, body in changes(sender.body):
            if field in KEYS.get(function, ()):
                continue
            status, _, answer = sender.send(body)
            code = answer.get("code") if status != 422 else "idempotency_key_reused"
            if code != EARLIER.get((function, field), "idempotency_key_reused"):
                wrong.append((function, field, status, answer.get("code"), answer.get("message")))
        # What workflows do meanwhile is none of these requests.
        if books(platform)[1][sender.name] != made[sender.name]:
            wrong.append((function, "value moved a second time"))
        moved[function] = made[sender.name]
    assert wrong == []
    assert grows == GROWS
    assert len([function for function in MOVING if moved[function]]) > len(MOVING) / 2, moved
