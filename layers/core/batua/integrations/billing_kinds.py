"""What kind of document a row or voucher of a billing system is, by the words that such systems use for it.

Only sales earn and only returns take back. Orders, quotations, challans, purchases, receipts and journals do neither:
coins for a sales order and again for its invoice would be given twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

BillingKind = Literal["sale", "return", "other"]

SALE_NAMES: Final = frozenset(
    {"sale", "sales", "invoice", "sale invoice", "sales invoice", "tax invoice", "retail invoice", "bill"}
    | {"bill of supply", "cash memo", "cash sale", "cash sales", "credit sale", "credit sales", "pos sale", "pos"}
    | {"pos invoice", "retail sale", "receipt bill", "gst sale", "gst sales", "gst invoice", "sale bill", "sales bill"}
    | {"sell"}
)
"""Names of documents that are sales."""

RETURN_NAMES: Final = frozenset(
    {"return", "returns", "refund", "sale return", "sales return", "credit note", "sales credit note", "cr note"}
    | {"credit memo", "credit notes", "sale return credit note", "pos return"}
)
"""Names of documents that take goods of a sale back."""

_OTHER_WORDS: Final = frozenset(
    {"order", "orders", "quotation", "quotations", "quote", "estimate", "estimates", "proforma", "challan", "delivery"}
    | {"purchase", "purchases", "receipt", "payment", "journal", "contra", "memorandum", "debit", "indent", "stock"}
    | {"requisition", "expense", "expenses", "transfer", "booking", "draft", "payroll", "attendance", "opening"}
    # Tally's Rejections In and Out move stock alone; the credit note that follows takes back.
    | {"rejection", "rejections"}
)
_RETURN_WORDS: Final = frozenset({"return", "returns", "refund", "refunds"})
_CANCELLED_WORDS: Final = frozenset({"cancelled", "canceled", "void", "voided", "deleted"})
_SALE_WORDS: Final = frozenset({"sale", "sales", "invoice", "invoices", "bill", "bills", "pos", "retail", "counter"})
_WORD: Final = re.compile(r"[^\W\d_]+")


def kind_of(name: str) -> BillingKind | None:
    """The kind of a document by its name; None for a name that says nothing."""
    words = [word.casefold() for word in _WORD.findall(name)]
    plain = " ".join(words)
    if plain in SALE_NAMES:
        return "sale"
    if plain in RETURN_NAMES:
        return "return"
    if not _OTHER_WORDS.isdisjoint(words) or {"pro", "forma"} <= set(words):
        return "other"
    if not _RETURN_WORDS.isdisjoint(words) or {"credit", "note"} <= set(words):
        return "return"
    if not _SALE_WORDS.isdisjoint(words) or {"cash", "memo"} <= set(words):
        return "sale"
    return None


def is_cancelled(name: str) -> bool:
    """Whether a document's kind says that it was cancelled, as `Sale [Cancelled]` does."""
    return not _CANCELLED_WORDS.isdisjoint(word.casefold() for word in _WORD.findall(name))


def kind_of_descendant(name: str, parents: Mapping[str, str]) -> BillingKind | None:
    """The kind of a voucher type by the type that it was made from, up to one of the system's own; else by its name."""
    own, seen = name, set[str]()
    while own.casefold() not in seen and (parent := parents.get(own.casefold())):
        seen.add(own.casefold())
        own = parent
    return kind_of(own) or kind_of(name)
