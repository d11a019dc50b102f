"""Numbers that no amount can be, and cursors of other lists: each a 400, on every route."""

from __future__ import annotations

import json
from typing import Any

import pytest

from batua.openapi.inventory import EndpointSource, endpoint_inventory
from local.host import ROOT, LocalPlatform
from tests.api.counter import ISSUE, data, refusal
from tests.api.sample_events import event_of
from tests.api.signed_in import signed_in  # noqa: F401 - a fixture

NUMBERS = ("9e999999", "1e400", "-9e999999", '"9e999999"', "1" * 4000, "0.1e-999999")
BODIES = [each for each in endpoint_inventory(ROOT) if each.event and each.event.get("body")]
MARK = "\u0001number\u0001"


def _marked(value: Any) -> list[Any]:
    """Copies of a JSON value, each with one of its numbers (or strings of one) marked."""
    if isinstance(value, dict):
        return [{**value, name: each} for name, part in value.items() for each in _marked(part)]
    if isinstance(value, list):
        return [[*value[:n], each, *value[n + 1 :]] for n, part in enumerate(value) for each in _marked(part)]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return [MARK] if is_number or (isinstance(value, str) and value.replace(".", "", 1).isdigit()) else []


@pytest.mark.parametrize("endpoint", BODIES, ids=lambda endpoint: endpoint.declaration.route)
def test_no_number_in_a_body_is_a_fault(
    endpoint: EndpointSource, platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    event = event_of(endpoint, credentials)
    try:
        body = json.loads(event["body"])
    except ValueError:
        return
    for marked in _marked(body):
        for number in NUMBERS:
            text = json.dumps(marked).replace(json.dumps(MARK), number)
            answer = platform.runner.invoke(endpoint.function, {**event, "body": text})
            assert answer["statusCode"] < 500, (text[:300], answer["body"])


def test_a_cursor_of_one_list_opens_no_other(live: Any, signed_in: Any, phone: str) -> None:  # noqa: F811
    admin = signed_in("merchant_tenant_admin")
    for _ in range(2):
        data(live.post(ISSUE, {"phone": phone, "coins": 1}))
    lists = ("/api/v1/merchant/ledger", "/api/v1/merchant/audit", "/api/v1/transactions", "/api/v1/tenant/users")
    cursors = {}
    for path in lists:
        answer = admin.get(path, params={"limit": 1})
        if answer.status_code == 200 and answer.json()["meta"].get("next_cursor"):
            cursors[path] = answer.json()["meta"]["next_cursor"]
    assert len(cursors) >= 2
    for source, sealed in cursors.items():
        for path in lists:
            if path != source:
                refusal(admin.get(path, params={"limit": 1, "cursor": sealed}), 400, "invalid_cursor")
