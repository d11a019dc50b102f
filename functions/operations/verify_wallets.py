"""Every hour: replays some wallets from their entries, and says what does not hold."""

import os
from typing import Any

from batua import observe
from batua.operations.verification_sample import verify_sample
from batua.store.store import store

RESERVE_MS = 60_000
"""What the last wallet begun may still take: a finding is looked at four times before it is believed."""


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    def more_time() -> bool:
        return int(context.get_remaining_time_in_millis()) > RESERVE_MS

    sample = verify_sample(store(), int(os.environ["SAMPLE_WALLETS"]), more_time)
    for finding in sample.findings:
        observe.log().error(
            "a wallet does not add up",
            extra={
                "subject": finding.subject,
                "invariant": finding.invariant,
                "expected": str(finding.expected),
                "found": str(finding.found),
            },
        )
    counts = {"verified": sample.verified, "skipped": sample.skipped, "findings": len(sample.findings)}
    observe.log().info("wallets verified", extra=counts)
    observe.tally(WalletsVerified=sample.verified, WalletsNotVerified=sample.skipped, Findings=len(sample.findings))
    return counts
