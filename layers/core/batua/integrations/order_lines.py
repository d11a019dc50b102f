"""The lines of an order, for campaigns on certain items: which there are, and how much of them stands. Pure.

Amounts are as the shop states them, in paise; what counts is which part of all lines some of them are. Where a refund
names its lines, these stand no more; a refund that names none takes its share of every line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from ..ledger.campaigns import Campaign, SaleLine, matches_line
from ..ledger.model import AppliedGrant
from .amounts import parse_decimal, to_home_paise
from .payload import as_text

MAX_ORDER_LINES: Final = 200
"""Lines of an order that are kept; further ones count as one without a name."""

_ROUNDING: Final = 100
"""Paise by which the lines of a refund may differ from its money: rounding, such as that of cash."""

_AMOUNTS: Final = ("amount", "item_total", "line_total", "net_amount", "total")
_SKUS: Final = ("sku", "item_code", "product_code", "barcode", "item_id", "name", "item_name")
_CATEGORIES: Final = ("category", "category_name", "item_group", "product_type", "group")
_BRANDS: Final = ("brand", "brand_name", "vendor", "manufacturer")


class OrderLine(NamedTuple):
    """What was paid for a line when it was bought, and what it is, in small letters."""

    amount: int
    sku: str = ""
    category: str = ""
    brand: str = ""


Lines = Mapping[str, OrderLine]
LineRefunds = Mapping[str, Mapping[str, int]]
"""By refund, and by line: what the refund takes of it."""


def named_line(line: Mapping[str, Any], amount: int) -> OrderLine:
    """A line of a shop or billing system, by whichever of the usual names its parts have."""
    return OrderLine(amount, *(_first_text(line, names).casefold()[:48] for names in (_SKUS, _CATEGORIES, _BRANDS)))


def sold_lines(items: Iterable[Any], rate: Decimal) -> dict[str, OrderLine]:
    """The lines of a billing system's sale or return, by SKU: two of one SKU are one."""
    found: dict[str, OrderLine] = {}
    for item in items:
        if not isinstance(item, Mapping):
            continue
        line = named_line(item, abs(_line_amount(item, rate)))
        before = found.get(line.sku)
        found[line.sku] = line._replace(amount=line.amount + (before.amount if before else 0))
    return capped(found)


def capped(lines: Mapping[str, OrderLine]) -> dict[str, OrderLine]:
    kept = dict(list(lines.items())[:MAX_ORDER_LINES])
    rest = sum(line.amount for line in list(lines.values())[MAX_ORDER_LINES:])
    return {**kept, "": OrderLine(rest + (kept[""].amount if "" in kept else 0))} if rest else kept


def sale_lines_of(lines: Lines, bill: int) -> tuple[SaleLine, ...]:
    """The lines as campaigns look at them: together the bill, whatever taxes and shipping the lines leave out."""
    total = sum(line.amount for line in lines.values())
    if not total:
        return ()
    return tuple(SaleLine(bill * line.amount // total, *line[1:]) for line in lines.values())


def matched_lines(campaigns: Iterable[Campaign], won: AppliedGrant | None, lines: Lines) -> tuple[str, ...]:
    """The lines that the campaign which counts is for; none where it is for the whole bill."""
    campaign = next((one for one in campaigns if won and one.id == won.id and one.for_items), None)
    if campaign is None:
        return ()
    return tuple(id for id, line in lines.items() if matches_line(campaign, SaleLine(*line)))


def standing_share(
    lines: Lines, refunds: LineRefunds, matched: Sequence[str], kept: int, whole: int
) -> tuple[int, int]:
    """How much of the matched lines stands, as a fraction, of an order of which `kept` of `whole` stands."""
    bought = sum(lines[id].amount for id in matched if id in lines)
    total = sum(line.amount for line in lines.values())
    if not bought or not kept:
        return 0, 1
    back = dict.fromkeys(lines, 0)
    for refund in refunds.values():
        for id, amount in refund.items():
            if id in back:
                back[id] = min(lines[id].amount, back[id] + amount)
    stands, left = bought - sum(back[id] for id in matched if id in back), total - sum(back.values())
    # What went back beyond the lines that refunds name: it is a share of all that is left.
    if not left or whole * left <= (kept + _ROUNDING) * total:
        return stands, bought
    return stands * kept * total, bought * whole * left


def lines_item(lines: Lines) -> dict[str, list[Any]] | None:
    return {id: list(line) for id, line in lines.items()} or None


def read_lines(stored: Mapping[str, Sequence[Any]] | None) -> dict[str, OrderLine]:
    return {id: OrderLine(*line) for id, line in (stored or {}).items()}


def _first_text(line: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((text for name in names if (text := as_text(line.get(name)))), "")


def _line_amount(item: Mapping[str, Any], rate: Decimal) -> int:
    for name in _AMOUNTS:
        if item.get(name) not in (None, ""):
            return to_home_paise(item[name], rate, f"the {name} of an item")
    price, quantity = item.get("rate", item.get("price")), item.get("quantity", item.get("qty", 1))
    if price in (None, ""):
        return 0
    return to_home_paise(
        parse_decimal(price, "the price of an item") * parse_decimal(quantity, "a quantity"), rate, "an item"
    )
