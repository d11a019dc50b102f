"""Face values between paise and what vendors write."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from ..money import MAX_MINOR


def face_paise(value: Any) -> int:
    """`"500.00"`, `500` or `500.0` as 50000. Raises ValueError for what is no amount in whole paise above zero."""
    if isinstance(value, bool) or value is None:
        raise ValueError("no amount")
    try:
        paise = Decimal(str(value).strip()) * 100
    except InvalidOperation as fault:
        raise ValueError("no amount") from fault
    if not paise.is_finite() or paise != paise.to_integral_value() or not 0 < paise <= MAX_MINOR:
        raise ValueError("no amount in whole paise")
    return int(paise)


def plain_amount(paise: int) -> int | float:
    """A number for JSON: rupees, with decimals only where there are paise. A face value is far from float's limits."""
    return paise // 100 if paise % 100 == 0 else paise / 100
