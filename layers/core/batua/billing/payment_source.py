"""From where a payment is known, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RecordingStatus = Literal["recorded", "duplicate", "unmatched", "early", "deferred", "ignored"]
"""`unmatched`: a payment for a top-up that does not fit it; kept for the operator and not credited. `early`: a refund
of a payment that is not known yet; kept until it is. `deferred`: a payment for a top-up whose wallet is frozen; the
schedule credits it once the wallet takes credits again.
"""


@dataclass(frozen=True, slots=True)
class RecordingSource:
    """Who reported it, for the audit trail."""

    address: str
    request: str
    asked: bool = False
    """The provider was asked. A link takes one payment: its webhook may name it otherwise than the look does."""
