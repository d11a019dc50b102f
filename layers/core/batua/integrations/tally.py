"""Tally's vouchers made ready for the mapping: their kind, and the amount that the customer pays.

Companies rename voucher types (`GST SALES`, `Bill of Supply`), and Tally exports the name. What a type is says the
type that it was made from: in the voucher, or in the VOUCHERTYPE masters of the same document. Amounts come signed by
debit and credit, with attributes, and in foreign currency as `-$ 100.00 @ ₹ 82.6/$ = -₹ 8260.00`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from .amounts import PayloadError, parse_decimal
from .billing_kinds import BillingKind, kind_of_descendant
from .documents import as_list

Voucher = Mapping[str, Any]

_PARENTS: Final = ("VOUCHERTYPEPARENT", "VCHTYPEPARENT", "BASEVOUCHERTYPE", "PARENTVOUCHERTYPE")
_ENTRY_LISTS: Final = ("LEDGERENTRIES.LIST", "ALLLEDGERENTRIES.LIST")
_NAMES: Final[Mapping[BillingKind, str]] = {"sale": "sale", "return": "credit note", "other": "order"}
_FOREIGN: Final = re.compile(r"^(?P<amount>[^@=]+)@(?P<rate>[^=]+)(?:=(?P<home>.+))?$")
_SYMBOLS: Final = re.compile(r"[^\d.,\-]")


def prepare_vouchers(content: Any, vouchers: Sequence[Any]) -> list[Any]:
    """The vouchers, each with `BATUAKIND` for the mapping's field `kind` and, where it is found, `BATUAAMOUNT`."""
    parents = {name.casefold(): parent for name, parent in _voucher_types(content)}
    return [_prepared(each, parents) if isinstance(each, Mapping) else each for each in vouchers]


def tally_amount(text: str) -> str:
    """An amount as Tally writes it, in the company's currency: the last figure of a foreign one, or amount by rate."""
    foreign = _FOREIGN.match(text.strip())
    if foreign is None:
        return text
    if foreign["home"]:
        return _SYMBOLS.sub("", foreign["home"])
    amount = parse_decimal(_SYMBOLS.sub("", foreign["amount"]), "the amount")
    rate = parse_decimal(_SYMBOLS.sub("", foreign["rate"].partition("/")[0]), "the exchange rate")
    at_home = amount * rate
    if at_home and at_home.adjusted() > 15:
        raise PayloadError("the amount is no amount that can be")
    return str(at_home.quantize(Decimal("0.01")))


def sale_number(voucher: Voucher, *, is_return: bool) -> tuple[str, str | None, str] | None:
    """By what a return finds its sale: the sale's number, its day and its party. None where that is not there.

    A credit note has the original invoice's number and date as its reference, and in its party's bills as `Agst Ref`.
    """
    party = _element_text(voucher.get("PARTYLEDGERNAME")) or _element_text(voucher.get("PARTYNAME")) or ""
    day = _element_text(voucher.get("DATE"))
    if not is_return:
        number = _element_text(voucher.get("VOUCHERNUMBER"))
        return (number, day, party.casefold()) if number else None
    number = _element_text(voucher.get("REFERENCE")) or _only_bill(voucher)
    return (number, _element_text(voucher.get("REFERENCEDATE")) or day, party.casefold()) if number else None


def _only_bill(voucher: Voucher) -> str | None:
    """The bill that a voucher settles, where it is one alone."""
    entries = [each for tag in _ENTRY_LISTS for each in as_list(voucher.get(tag)) if isinstance(each, Mapping)]
    bills = [each for entry in entries for each in as_list(entry.get("BILLALLOCATIONS.LIST"))]
    names = {_element_text(each.get("NAME")) for each in bills if isinstance(each, Mapping) and _against(each)} - {None}
    return names.pop() if len(names) == 1 else None


def _against(bill: Mapping[str, Any]) -> bool:
    return (_element_text(bill.get("BILLTYPE")) or "").casefold() == "agst ref"


def _prepared(voucher: Voucher, parents: Mapping[str, str]) -> Voucher:
    name = _element_text(voucher.get("VOUCHERTYPENAME")) or _element_text(voucher.get("@VCHTYPE")) or ""
    own = next((parent for tag in _PARENTS if (parent := _element_text(voucher.get(tag)))), None)
    kind = kind_of_descendant(name, {**parents, name.casefold(): own} if own and own != name else parents)
    if not name:
        kind = "sale"  # a few exports hold sales alone, and name no type
    prepared = {**voucher, "BATUAKIND": _NAMES[kind] if kind else name}
    amount = _voucher_amount(voucher)
    return prepared if amount is None else {**prepared, "BATUAAMOUNT": amount}


def _voucher_amount(voucher: Voucher) -> str | None:
    """The voucher's own amount, that of its party, or all debits: a customer is debited with what a sale costs."""
    if own := _element_text(voucher.get("AMOUNT")):
        return _tried(own)
    entries = [each for tag in _ENTRY_LISTS for each in as_list(voucher.get(tag)) if isinstance(each, Mapping)]
    party = _element_text(voucher.get("PARTYLEDGERNAME")) or _element_text(voucher.get("PARTYNAME"))
    marked = [each for each in entries if _element_text(each.get("ISPARTYLEDGER")) == "Yes"]
    named = [each for each in entries if party is not None and _element_text(each.get("LEDGERNAME")) == party]
    if chosen := next((text for each in (*marked, *named) if (text := _element_text(each.get("AMOUNT")))), None):
        return _tried(chosen)
    figures = [tally_amount(text) for each in entries if (text := _element_text(each.get("AMOUNT")))]
    try:
        debits = [number for text in figures if (number := parse_decimal(text, "the amount")) < 0]
    except PayloadError:
        return None
    return str(sum(debits)) if debits else None


def _tried(text: str) -> str:
    """The amount as it came where it can't be read: the sale says so then."""
    try:
        return tally_amount(text)
    except PayloadError:
        return text


def _voucher_types(content: Any) -> Iterator[tuple[str, str]]:
    """Name and parent of each voucher type that a document defines."""
    if isinstance(content, Mapping):
        for tag, value in content.items():
            if tag == "VOUCHERTYPE":
                for each in as_list(value):
                    if isinstance(each, Mapping):
                        name, parent = (
                            _element_text(each.get("@NAME") or each.get("NAME")),
                            _element_text(each.get("PARENT")),
                        )
                        if name and parent and name != parent:
                            yield name, parent
            elif tag != "VOUCHER":
                yield from _voucher_types(value)
    elif isinstance(content, list):
        for each in content:
            yield from _voucher_types(each)


def _element_text(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("#text")
    text = value.strip() if isinstance(value, str) else ""
    return text or None
