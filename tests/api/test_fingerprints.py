"""The fingerprints that requests leave, as they are stored: they must outlive every deployment.

A key that was used before a deployment has to be recognized after it. So each is compared with a digest written down
here, of a request without its optional fields: a new optional field that is absent changes none of them. Ids come from
the seed's pepper, which is always the same.
"""

from __future__ import annotations

from typing import Any

from batua.store import keys
from batua.store.store import store

PHONE = "+919876500321"


ISSUED = "ae302b881fd4648de5e2bb16a4a0ba83"
REDEEMED = "aa99186e1c73d997070f2118ec38cc21"


def test_requests_leave_the_fingerprints_that_they_always_left(live: Any, scope: str) -> None:
    for act, coins, fingerprint in (("issue", 25, ISSUED), ("redeem", 5, REDEEMED)):
        answer = live.post(
            f"/api/v1/merchant/coins/{act}",
            {"phone": PHONE, "coins": coins},
            headers={"Idempotency-Key": f"golden-{act}"},
        )
        assert answer.status_code == 200, answer.text
        key = keys.transaction_key(scope, answer.json()["data"]["transaction_id"])
        stored = store().read([key])[key]
        assert stored
        assert bytes(stored["fp"]).hex() == fingerprint, act
