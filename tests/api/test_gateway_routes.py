"""Every route of the gateway against strangers, and every task of its workflow run once more than it has to be."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.api.balance_requests import ask, ended
from tests.api.gateway_parties import Party, child, parent  # noqa: F401
from tests.waiting import until

ROUTES = [
    ("GET", "/gateway/wallet/api/balance"),
    ("POST", "/gateway/wallet/api/create-transaction"),
    ("POST", "/gateway/wallet/api/transactions/filter"),
    ("POST", "/gateway/wallet/api/balance-request"),
    ("GET", "/gateway/wallet/api/my-balance-requests"),
    ("GET", "/gateway/wallet/api/child-balance-requests"),
    ("PUT", "/gateway/wallet/api/balance-requests/breq_01KDC0V6M8W3T4Q9X2Z7N5B1FA/approve"),
    ("PUT", "/gateway/wallet/api/balance-requests/breq_01KDC0V6M8W3T4Q9X2Z7N5B1FA/reject"),
    ("PUT", "/gateway/wallet/api/balance-request-terms"),
    ("GET", "/gateway/wallet/api/ledgers/reports/heads"),
    ("GET", "/gateway/wallet/api/ledgers/reports/profit-loss"),
    ("GET", "/gateway/wallet/api/ledgers/customers/cust-1/reports/date-range"),
    ("GET", "/gateway/wallet/api/ledgers/customers/cust-1/reports/tax"),
    ("GET", "/gateway/wallet/api/ledgers/customers/cust-1/summary"),
    ("POST", "/gateway/wallet/api/generate-invoice"),
    ("GET", "/gateway/wallet/api/invoices"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_strangers_and_other_tenants_are_refused(
    parent: Party,  # noqa: F811
    credentials: dict[str, Any],
    method: str,
    path: str,
) -> None:
    def status(**headers: str) -> int:
        named = {"X-Tenant-Id": parent.id, **headers}
        return requests.request(method, parent.url + path, headers=named, json={}, timeout=30).status_code

    assert status() == 401
    assert status(Authorization="Basic eDp5") == 401
    assert status(Authorization=f"Bearer {credentials['other_tenant_key']}") == 403
    assert status(**{"X-Api-Key": credentials["prayog_child"]["api_key"]}) == 403


def test_ping_asks_for_nobody(parent: Party) -> None:  # noqa: F811
    assert requests.get(parent.url + "/gateway/wallet/api/ping", timeout=30).ok


def test_every_task_of_a_settled_request_may_be_run_again(
    platform: Any,
    parent: Party,  # noqa: F811
    child: Party,  # noqa: F811
) -> None:
    made = ask(child)
    parent.put(f"/balance-requests/{made['id']}/approve")
    ended(child, made["id"])
    balances = parent.balance(), child.balance()
    event = {"scope": f"L#{parent.id}", "request": made["id"], "execution": made["workflow"]["execution"]}
    run = platform.runner.invoke
    assert run("WatchBalanceRequest", event) == {"state": "APPROVED", "wait": 0}
    assert run("SettleBalanceRequest", event) == {"state": "SETTLED"}
    assert run("ReleaseBalanceRequest", {**event, "error": {"Error": "x", "Cause": "y"}}) == {"state": "SETTLED"}
    assert (parent.balance(), child.balance()) == balances


def test_a_token_is_left_while_nobody_has_decided(platform: Any, parent: Party, child: Party) -> None:  # noqa: F811
    from batua.gateway import requests as records
    from batua.store.store import store

    made = ask(child)
    event = {"scope": f"L#{parent.id}", "request": made["id"], "token": "a-token-of-nobody"}
    event["execution"] = made["workflow"]["execution"]

    def waits() -> bool:  # its own execution, which would leave its token after this one's
        asked = records.find_request(store(), event["scope"], made["id"])
        return bool(asked and asked.token)

    until(waits)
    platform.runner.invoke("AwaitBalanceDecision", event)
    found = records.find_request(store(), event["scope"], made["id"])
    assert found
    assert found.token == "a-token-of-nobody"
    assert parent.put(f"/balance-requests/{made['id']}/reject").ok  # nobody hears the signal; the record stands
