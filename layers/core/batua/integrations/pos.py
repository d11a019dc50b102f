"""Sales of billing systems, read through a connection's field mapping."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from .. import clock
from .amounts import EligibleAmountPolicy, PayloadError, parse_decimal, to_home_paise
from .documents import as_list
from .mappings import CANCELLED_WORDS, PAID_WORDS, FieldMapping
from .orders import OrderSnapshot, OrderUpdate, OrderVersion

MAX_RECORDS: Final = 500
"""Sales in one document: what one run of the consumer can settle."""


def read_sales(
    content: Any, mapping: FieldMapping, counting: EligibleAmountPolicy, received_at: int
) -> list[OrderUpdate]:
    """Every sale of a document. Raises Unreadable where there is none, or one can't be read."""
    found = mapping.extract("records", content) if mapping.expressions.get("records") else content
    records = [record for record in as_list(found) if isinstance(record, Mapping)]
    if not records:
        raise PayloadError("the mapping finds no sale in the document")
    if len(records) > MAX_RECORDS:
        raise PayloadError(f"the document holds more than {MAX_RECORDS} sales")
    return [_sale(record, mapping, counting, received_at) for record in records]


def _sale(
    record: Mapping[str, Any], mapping: FieldMapping, counting: EligibleAmountPolicy, received_at: int
) -> OrderUpdate:
    order = _text(mapping.extract("order", record))
    if order is None:
        raise PayloadError("a sale has nothing in the field order")
    reference = _text(mapping.extract("reference", record)) or order
    told = (_text(phone) for phone in as_list(mapping.extract("phone", record)))
    phones = tuple(dict.fromkeys(phone for phone in told if phone))
    email = _text(mapping.extract("email", record))
    rate = counting.rate(_text(mapping.extract("currency", record)))
    if rate is None:
        return OrderUpdate(order, reference, phones=phones, email=email, skip="currency_without_rate")
    amount = mapping.extract("amount", record)
    if amount is None or amount == "":
        raise PayloadError(f"the sale {reference} has nothing in the field amount")
    # Tally writes what a customer owes as a negative amount.
    total = abs(to_home_paise(amount, rate, f"the amount of {reference}"))
    refund_of = _text(mapping.extract("refund_of", record))
    if refund_of is not None:
        return OrderUpdate(refund_of, refund_of, refunds={order: total}, phones=phones, email=email)
    status = (_text(mapping.extract("status", record)) or "paid").lower()
    gone = status in CANCELLED_WORDS
    refunded = abs(to_home_paise(mapping.extract("refunded", record), rate, f"the refund of {reference}"))
    version = OrderVersion(
        at=_version(mapping.extract("version", record), received_at),
        refunds=int(refunded > 0),
        progress=2 if gone else int(status in PAID_WORDS),
        tiebreaker=hashlib.sha256(repr(sorted(record.items(), key=str)).encode()).hexdigest()[:16],
    )
    state = OrderSnapshot(version, status in PAID_WORDS, total, total, {"refunded": refunded} if refunded else {})
    return OrderUpdate(order, reference, state, phones=phones, email=email)


def _version(told: Any, received_at: int) -> int:
    """A time in milliseconds, or a counter as it is. A system uses one of them, so the two never meet."""
    if told is None or told == "":
        return received_at
    if isinstance(told, int | Decimal) or str(told).strip().isdigit():
        return int(parse_decimal(told if not isinstance(told, str) else told.strip(), "the version"))
    try:
        return clock.parse_iso(str(told).strip())
    except (ValueError, OverflowError) as error:
        raise PayloadError("the version is neither a time nor a counter") from error


def _text(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("#text")
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    text = str(value).strip()
    return text if 0 < len(text) <= 128 and text.isprintable() else None
