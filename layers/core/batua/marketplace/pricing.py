"""What a product costs in coins. Pure; integers only.

    unit price = ceil((face value x rate + fee) / coin value)

`rate` is in hundredths of a percent (10,000 is face value), `fee` in paise for each card. Rounding is up, once, for
each card: what a partly delivered order costs is then exactly the price of what was delivered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..ledger.model import Program

FACE_VALUE_RATE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Tariff:
    """The tenant's price for a vendor's products. `points`: a fixed price in minor units instead."""

    rate: int = FACE_VALUE_RATE
    fee: int = 0
    points: int | None = None

    def unit_points(self, face: int, program: Program) -> int:
        """The price of one card in coins (minor units)."""
        if self.points is not None:
            return self.points
        # Scaled by FACE_VALUE_RATE, so that nothing is rounded before the end.
        paise = face * self.rate + self.fee * FACE_VALUE_RATE
        unit: int = 10**program.scale
        return -(-paise * unit // (FACE_VALUE_RATE * program.coin_value))
