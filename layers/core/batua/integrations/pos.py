"""Sales of billing systems, read through a connection's field mapping."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from .. import clock
from ..phone import without_invisible_characters
from . import billing_kinds, dates, marg, tally
from .amounts import EligibleAmountPolicy, PayloadError, parse_decimal, to_home_paise
from .documents import as_list
from .mappings import CANCELLED_WORDS, PAID_WORDS, FieldMapping
from .order_lines import sold_lines
from .orders import OrderSnapshot, OrderUpdate, OrderVersion
from .tables import TOTAL_NAMES

MAX_RECORDS: Final = 500
"""Sales in one document: what one run of the consumer can settle."""


def read_sales(
    content: Any, mapping: FieldMapping, counting: EligibleAmountPolicy, received_at: int
) -> list[OrderUpdate]:
    """Every sale and return of a document. One that can't be read says so in its `invalid`, and stops no other.

    Raises PayloadError where the document has none, or too many.
    """
    found = mapping.extract("records", content) if mapping.expressions.get("records") else content
    records = [record for record in as_list(found) if isinstance(record, Mapping)]
    if mapping.base == "tally":
        records = tally.prepare_vouchers(content, records)
    if mapping.base == "marg":
        records = list(marg.prepare_bills(content, records))
    if not records:
        raise PayloadError("the mapping finds no sale in the document")
    if len(records) > MAX_RECORDS:
        raise PayloadError(f"the document holds more than {MAX_RECORDS} sales")
    if len(records) == 1:
        return [_read_record(records[0], mapping, counting, received_at)]
    return [
        _read_or_invalid(record, number, mapping, counting, received_at) for number, record in enumerate(records, 1)
    ]


def _read_or_invalid(
    record: Mapping[str, Any], number: int, mapping: FieldMapping, counting: EligibleAmountPolicy, received_at: int
) -> OrderUpdate:
    try:
        return _read_record(record, mapping, counting, received_at)
    except PayloadError as fault:
        order = _text_or_none(mapping.extract("order", record)) or f"record {number}"
        return OrderUpdate(order, order, invalid=str(fault)[:256])


def _read_record(
    record: Mapping[str, Any], mapping: FieldMapping, counting: EligibleAmountPolicy, received_at: int
) -> OrderUpdate:
    order = _text_or_none(mapping.extract("order", record))
    words = (order,) if order else record.values()
    if any(str(word).casefold().strip(" :.") in TOTAL_NAMES for word in words):
        return OrderUpdate("total", "total", skip="total_row")
    if order is None:
        raise PayloadError("a sale has nothing in the field order")
    reference = _text_or_none(mapping.extract("reference", record)) or order
    told_day = _xml_content(mapping.extract("date", record))
    day = dates.parse_date(told_day, f"the date of {reference}") if told_day not in (None, "") else None
    told_order, order = order, dates.number_in_series(order, day, counting.number_series)
    numbers = (_phone(phone) for phone in as_list(mapping.extract("phone", record)))
    phones = tuple(dict.fromkeys(phone for phone in numbers if phone))
    email = _text_or_none(mapping.extract("email", record))
    read = OrderUpdate(order, reference, phones=phones, email=email)
    kind_name = _text_or_none(mapping.extract("kind", record))
    kind = billing_kinds.kind_of(kind_name) if kind_name else None
    if kind_name and kind in ("other", None):
        return replace(read, skip="not_a_sale" if kind else "unknown_document_kind")
    rate = counting.rate(_text_or_none(mapping.extract("currency", record)))
    if rate is None:
        return replace(read, skip="currency_without_rate")
    status = (_text_or_none(mapping.extract("status", record)) or "paid").lower()
    gone = status in CANCELLED_WORDS or (kind_name is not None and billing_kinds.is_cancelled(kind_name))
    amount = _xml_content(mapping.extract("amount", record))
    if (amount is None or amount == "") and not gone:
        raise PayloadError(f"the sale {reference} has nothing in the field amount")
    total = to_home_paise(amount, rate, f"the amount of {reference}")
    refund_of = _text_or_none(mapping.extract("refund_of", record))
    may_be: tuple[str, ...] = ()
    if refund_of:
        received = datetime.fromtimestamp(received_at / 1000, UTC).date()
        refund_of, *others = dates.sale_numbers_of_return(refund_of, day, counting.number_series, received)
        may_be = tuple(others)
    # Tally signs amounts by debit and credit, and says by the voucher's type what it is; elsewhere less than nothing
    # is money that goes back.
    is_return = kind == "return" or refund_of is not None or (total < 0 and mapping.base != "tally")
    total = abs(total)
    version = _version(_xml_content(mapping.extract("version", record)), received_at)
    lines = sold_lines(as_list(mapping.extract("items", record)), rate) if mapping.expressions.get("items") else {}
    if is_return:
        if gone or status == "draft":
            total = 0
        sale = refund_of or order
        # A return under the number of its sale, of a system that has no numbers for returns, is identified by its
        # amount.
        number = None if refund_of else _sale_number(record, mapping, counting, is_return=True)
        name = order if refund_of or number else f"return:{total}"
        return OrderUpdate(
            sale,
            sale,
            refunds={name: total},
            refund_version=version if refund_of or number else 0,
            line_refunds={name: {sku: line.amount for sku, line in lines.items()}} if lines else {},
            phones=phones,
            email=email,
            is_return=True,
            may_be=may_be,
            number=number,
            day=day.toordinal() if day and may_be else None,
        )
    refunded = abs(to_home_paise(_xml_content(mapping.extract("refunded", record)), rate, f"the refund of {reference}"))
    order_version = OrderVersion(
        at=version,
        refunds=int(refunded > 0),
        progress=2 if gone else int(status in PAID_WORDS),
        tiebreaker=hashlib.sha256(repr(sorted(record.items(), key=str)).encode()).hexdigest()[:16],
    )
    refunds = {"refunded": refunded} if refunded else {}
    number = _sale_number(record, mapping, counting, is_return=False)
    paid = status in PAID_WORDS and not gone
    state = OrderSnapshot(order_version, paid, total, total, refunds, lines)
    return replace(read, state=state, number=number, day=day.toordinal() if day and order != told_order else None)


def _sale_number(
    record: Mapping[str, Any], mapping: FieldMapping, counting: EligibleAmountPolicy, *, is_return: bool
) -> str | None:
    """What names a sale that is identified by something else, in itself and in its returns."""
    found = tally.sale_number(record, is_return=is_return) if mapping.base == "tally" else None
    if found is None:
        return None
    number, told_day, party = found
    day = dates.parse_date(told_day, f"the date of {number}") if told_day else None
    return f"{dates.number_in_series(number, day, counting.number_series)} of {party}"[:256]


def _version(value: Any, received_at: int) -> int:
    """A time in milliseconds, or a counter as it is. A system uses one of them, so the two never meet."""
    if value is None or value == "":
        return received_at
    if isinstance(value, int | Decimal) or str(value).strip().isdigit():
        return int(parse_decimal(value if not isinstance(value, str) else value.strip(), "the version"))
    try:
        return clock.parse_iso(str(value).strip())
    except (ValueError, OverflowError):
        pass
    try:
        return dates.parse_moment(value, "the version")
    except PayloadError as error:
        raise PayloadError("the version is neither a time nor a counter") from error


def _phone(value: Any) -> str | None:
    """A number in a document is a phone number that a spreadsheet made one: `9876543210.0`."""
    text = f"{value:f}" if isinstance(value, Decimal) and value.is_finite() else _xml_content(value)
    return _text_or_none(without_invisible_characters(text) if isinstance(text, str) else text)


def _xml_content(value: Any) -> Any:
    """The content of an XML element that has attributes."""
    return value.get("#text") if isinstance(value, Mapping) else value


def _text_or_none(value: Any) -> str | None:
    value = _xml_content(value)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value)  # a spreadsheet's bill 17.0 is bill 17
    text = str(value).strip()
    return text if 0 < len(text) <= 128 and text.isprintable() else None
