"""What a redemption costs in DynamoDB's units."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from typing import Any

import pytest

from benchmarks.uses import Traffic, Watch
from tests.api.conftest import Client
from tests.api.rewarding import customer, redeem, reward
from tests.api.signed_in import SignedIn, SignIn, signed_in  # noqa: F401


@pytest.mark.parametrize(
    ("fields", "read_units", "write_units"),
    [
        # Entry, wallet and month, as any redemption; the redemption with two index entries, the stock, the check.
        ({"stock": 50, "code": {"source": "generated"}}, 6, 17),
        # No month until the coins are captured, but a hold.
        ({"stock": 50}, 6, 17),
        # Besides, the customer's counter, and a code that is found (from a random place on, then from the start) and
        # deleted.
        ({"code": {"source": "pool"}, "codes": ["COST-1", "COST-2"], "limits": {"month": 2}}, 10, 21),
    ],
    ids=["instant", "held", "with code and limit"],
)
def test_a_redemption_keeps_its_budget(
    platform: Any,
    signed_in: SignIn,
    live: Client,
    phone: str,
    fields: dict[str, Any],
    read_units: float,
    write_units: float,
) -> None:
    owner = signed_in("merchant_tenant_admin")
    id = reward(owner, **fields)
    customer(live, phone)
    watch = Watch()
    watch.platform = platform

    def act() -> Traffic:
        assert redeem(owner, id, phone).status_code == 201
        return Traffic()

    (run,) = watch.use("redeem a reward", act).answered
    assert (run.read_units <= read_units, run.write_units <= write_units) == (True, True), run
