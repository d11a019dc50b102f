"""Field mappings of billing systems: where in their documents the fields of a sale stand, as JMESPath expressions.

`records` finds the sales in a document, every other expression looks into one of them. Besides JMESPath's own functions
there is `list(x)`: a list of what XML shows once or more than once. The ready mappings are starting points: a
connection may replace any expression of one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from .amounts import PayloadError
from .documents import as_list

MAX_EXPRESSION_LENGTH: Final = 1024
MAX_NODES: Final = 200
MAX_CALLS: Final = 20
"""Function calls in one expression: each may look at the whole document."""

_GROWING: Final = {"multi_select_list": "[a, b]", "multi_select_dict": "{a: b}", "expref": "&a"}
"""Kinds of nodes that may yield more than they look at, over and over: `[@,@][]|[@,@][]|…` doubles at every step."""

_FUNCTIONS: Final = frozenset(
    {"abs", "ceil", "contains", "ends_with", "floor", "keys", "length", "list", "max", "min", "not_null", "reverse"}
    | {"sort", "starts_with", "sum", "to_number", "to_string", "type", "values"}
)
"""Functions that yield no more than they are given."""

FIELDS: Final[Mapping[str, str]] = {
    "records": "The sales in a document; the document itself when left out.",
    "order": "What identifies a sale for good, such as the bill number or a GUID.",
    "reference": "What people call it; `order` when left out.",
    "kind": "What the record is: a sale, a return (a credit note), or something that does not count, such as an order,"
    " a quotation or a purchase. Without one a record is a sale, or a return where its amount is negative.",
    "date": "The day of the bill: it tells apart bill numbers that begin again each year.",
    "version": "What grows with every change: a time (ISO 8601) or a counter. The time of arrival when left out.",
    "amount": "What the customer pays for the sale, before refunds.",
    "refunded": "How much of it was given back so far.",
    "items": "The lines of the sale or return, for campaigns on certain items: a list of objects with `sku` (or "
    "`item_code`), `category` (or `item_group`), `brand` and `amount` (or `item_total`, or `rate` and `quantity`).",
    "refund_of": "For a document that is a refund (a credit note): the `order` that it belongs to, of the same year or "
    "the one before; `17 (2025-26)` names the year.",
    "status": "A word that tells whether it counts; without one, every sale counts.",
    "phone": "The customer's phone number.",
    "email": "The customer's e-mail address.",
    "currency": "ISO 4217; rupees when left out.",
}
REQUIRED: Final = frozenset({"order", "amount"})

GENERIC: Final[Mapping[str, str]] = {
    "records": "records || orders || bills || invoices || sales || sale || @",
    "order": "order_id || id || invoice_number || invoice_no || bill_number || bill_no || number",
    "kind": 'kind || document_type || transaction_type || voucher_type || "Transaction Type" || "Voucher Type"',
    "reference": "reference || invoice_number || invoice_no || bill_number || bill_no || number",
    "date": "date || invoice_date || bill_date",
    "version": "updated_at || modified_at || version",
    "amount": "amount || total || bill_amount || grand_total",
    "refunded": "refunded || refunded_amount || refund_amount",
    "items": "items || line_items || lines",
    "refund_of": "refund_of || original_invoice",
    "status": "status || payment_status",
    "phone": "phone || mobile || customer_phone || customer.phone || customer.mobile",
    "email": "email || customer_email || customer.email",
    "currency": "currency",
}

VYAPAR: Final[Mapping[str, str]] = {
    "records": "transactions || invoices || data || @",
    "order": 'txn_id || transaction_id || invoice_no || "Invoice No" || "Invoice No./Txn No." || "Reference No"',
    "kind": 'txn_type || transaction_type || "Transaction Type" || "Txn Type" || type || "Type"',
    "reference": 'invoice_no || "Invoice No" || "Invoice No./Txn No." || "Reference No"',
    "date": 'invoice_date || txn_date || date || "Date" || "Invoice Date"',
    "version": "updated_at || modified_date || txn_modified_at",
    "amount": 'total_amount || txn_total_amount || total || "Total Amount" || "Total"',
    "refunded": 'returned_amount || "Returned Amount"',
    "refund_of": "return_of || original_invoice_no",
    "status": 'payment_status || "Payment Status" || status',
    "phone": 'party_phone || phone_number || party.phone || "Party Phone No." || "Phone No." || "Phone Number"',
    "email": "party_email || party.email",
}

KHATABOOK: Final[Mapping[str, str]] = {
    "records": "entries || transactions || bills || data || @",
    "order": 'bill_id || transaction_id || id || bill_number || "Bill Number"',
    "kind": 'type || transaction_type || "Type" || "Transaction Type"',
    "reference": 'bill_number || "Bill Number" || bill_id || id',
    "date": 'bill_date || date || "Bill Date" || "Date"',
    "version": "updated_at || server_updated_at || version",
    "amount": 'bill_amount || amount || total || "Amount"',
    "refunded": "returned_amount || refund_amount",
    "refund_of": "return_of",
    "status": 'status || payment_status || "Status"',
    "phone": 'customer_phone || customer.phone || customer.mobile || phone || "Customer Mobile" || "Phone"',
    "email": "customer_email || customer.email",
}

_VOUCHERS: Final = "list(ENVELOPE.BODY.{0}.REQUESTDATA.TALLYMESSAGE)[].list(VOUCHER)[]"
TALLY: Final[Mapping[str, str]] = {
    "records": " || ".join(
        [
            _VOUCHERS.format("IMPORTDATA"),
            _VOUCHERS.format("EXPORTDATA"),
            "list(ENVELOPE.BODY.DATA.TALLYMESSAGE)[].list(VOUCHER)[]",
            "list(ENVELOPE.TALLYMESSAGE)[].list(VOUCHER)[]",
            "list(ENVELOPE.BATUAVOUCHER)",
        ]
    ),
    "order": 'GUID || "@REMOTEID" || MASTERID || VOUCHERNUMBER',
    "reference": "VOUCHERNUMBER",
    "date": "DATE",
    "version": "ALTERID",
    "kind": "BATUAKIND",
    "amount": "BATUAAMOUNT",
    "refund_of": "REFUNDOF",
    "status": "(ISCANCELLED == 'Yes' && 'cancelled') || (ISDELETED == 'Yes' && 'cancelled')"
    " || (ISOPTIONAL == 'Yes' && 'draft') || 'paid'",
    "phone": "PARTYMOBILE || LEDGERMOBILE || BUYERMOBILE || BASICBUYERMOBILE || CONSIGNEEMOBILE",
    "email": "PARTYEMAIL || LEDGEREMAIL",
}

ERPNEXT: Final[Mapping[str, str]] = {
    "records": "data || message || doc || @",
    "order": "name",
    "reference": "name",
    "kind": "(is_return == `1` && 'return') || (is_return == `true` && 'return') || doctype || 'sale'",
    "version": "modified",
    "amount": "base_rounded_total || base_grand_total || rounded_total || grand_total",
    "items": "items",
    "refund_of": "return_against",
    "status": "(docstatus == `2` && 'cancelled') || (docstatus == `0` && 'draft')"
    " || (outstanding_amount == `0` && 'paid') || status || 'paid'",
    "phone": "contact_mobile || contact_phone || mobile_no",
    "email": "contact_email || email_id",
}
"""ERPNext's Sales Invoice and POS Invoice. Their names never begin again."""

ZOHO_BOOKS: Final[Mapping[str, str]] = {
    "records": "invoice || creditnote || invoices || creditnotes || @",
    "order": "creditnote_id || invoice_id || salesorder_id || estimate_id",
    "reference": "creditnote_number || invoice_number || salesorder_number || estimate_number",
    "kind": "(creditnote_id && 'credit note') || (invoice_id && 'invoice') || (salesorder_id && 'sales order')"
    " || (estimate_id && 'estimate')",
    "version": "last_modified_time",
    "amount": "total",
    "items": "line_items",
    "refund_of": "creditnote_id && (invoices_credited[0].invoice_id || invoice_id)",
    "status": "(creditnote_id && status == 'draft' && 'cancelled') || status",
    "phone": "contact_persons_details[0].mobile || contact_persons_details[0].phone || billing_address.phone"
    " || shipping_address.phone",
    "email": "contact_persons_details[0].email || email",
    "currency": "currency_code",
}
"""Zoho Books' invoice and credit note, as its API returns them and its webhooks send them. Their ids never begin again;
an invoice earns once it is `paid`."""

BUSY_FIELDS: Final[Mapping[str, str]] = {
    "records": "records || @",
    "order": '"Vch/Bill No" || "Vch/Bill No." || "Vch./Bill No." || "Bill No" || "Bill No." || "Vch No" || "Vch No."'
    ' || "Voucher No" || "Voucher No."',
    "reference": '"Vch/Bill No" || "Vch/Bill No." || "Vch./Bill No." || "Bill No" || "Bill No." || "Vch No"',
    "kind": '"Vch Type" || "Voucher Type" || Type',
    "date": 'Date || "Vch Date" || "Bill Date"',
    "amount": '"Total Invoice Value" || "Net Amount" || "Bill Amount" || Amount',
    "refund_of": '"Original Bill No" || "Org. Bill No"',
    "phone": '"Mobile No." || "Mobile No" || Mobile || "Party Mobile" || "Phone No." || Phone',
    "email": 'Email || "E-Mail"',
}
"""Busy's list of sales, exported as text. Each shop chooses its columns and their headings: these are common names,
and a connection says its own by `columns`."""

MARG: Final[Mapping[str, str]] = {
    "records": "Details.MDis || MDis",
    "order": "Voucher || Vouchar",
    "reference": "VCN || Voucher || Vouchar",
    "kind": "(Type == 'S' && 'sale') || (Type == 'R' && 'sale return') || (Type == 'P' && 'purchase') || Type",
    "date": "Date",
    "amount": "Final",
    "phone": "BATUAPHONES",
}
"""Marg ERP's bills, see `marg`."""

PRESETS: Final[Mapping[str, Mapping[str, str]]] = {
    "generic": GENERIC,
    "vyapar": VYAPAR,
    "khatabook": KHATABOOK,
    "tally": TALLY,
    "erpnext": ERPNEXT,
    "zoho_books": ZOHO_BOOKS,
    "busy": BUSY_FIELDS,
    "marg": MARG,
}

PAID_WORDS: Final = frozenset(
    {"paid", "completed", "complete", "success", "successful", "settled", "closed", "done", "final"}
    | {"partially_refunded", "partially refunded", "sale", "sales"}
)
"""Words of `status` that say that a sale counts."""

CANCELLED_WORDS: Final = frozenset(
    {"cancelled", "canceled", "void", "voided", "deleted", "refunded", "returned", "failed", "reversed"}
)
"""Words of `status` that say that it counts no longer; any other word means: not yet."""


class MappingRefused(ValueError):
    """An expression that can't be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """The expressions of a connection: those of a ready mapping, some of them its own."""

    base: str = "generic"
    own: Mapping[str, str] | None = None

    @property
    def expressions(self) -> dict[str, str]:
        return {**PRESETS[self.base], **(self.own or {})}

    def extract(self, field: str, content: Any) -> Any:
        """The value of a field; None where there is none, also where the expression does not fit the content.

        Raises PayloadError for an expression that may not be used: it was stored before there was such a limit.
        """
        from jmespath.exceptions import JMESPathError

        expression = self.expressions.get(field)
        if not expression:
            return None
        try:
            return _compiled(expression).search(content, _options())
        except MappingRefused as refusal:
            raise PayloadError(f"the mapping of {field} can't be used: {refusal}") from refusal
        except (JMESPathError, TypeError, AttributeError, RecursionError):
            return None


def check_expressions(own: Mapping[str, str]) -> dict[str, str]:
    """The expressions, once each of them can be read. Raises MappingRefused."""
    from jmespath.exceptions import JMESPathError

    for field, expression in own.items():
        if field not in FIELDS:
            raise MappingRefused(f"{field!r} is not one of {', '.join(FIELDS)}")
        if any("\ud800" <= sign <= "\udfff" for sign in expression):
            raise MappingRefused(f"{field} has half a character")  # JSON can name one, and nothing can store it
        if not expression and field in REQUIRED:
            raise MappingRefused(f"{field} must say where it stands")
        try:
            if expression:
                _compiled(expression).search({}, _options())
        except MappingRefused as refusal:
            raise MappingRefused(f"{field} {refusal}") from refusal
        except (JMESPathError, RecursionError) as refusal:
            text = str(refusal).splitlines()[0]
            # Empty content fits few functions: only what is wrong with any content is wrong.
            if type(refusal).__name__ not in ("JMESPathTypeError", "JMESPathValueError"):
                raise MappingRefused(f"{field}: {text}") from refusal
    return dict(own)


def column_expressions(columns: Mapping[str, str]) -> dict[str, str]:
    """Expressions for the columns of a list, by their headings as they stand there. Raises MappingRefused."""
    for field in columns:
        if field not in FIELDS or field == "records":
            raise MappingRefused(f"{field!r} is not one of {', '.join(name for name in FIELDS if name != 'records')}")
    return {field: json.dumps(" ".join(heading.split()), ensure_ascii=False) for field, heading in columns.items()}


@lru_cache(maxsize=256)
def _compiled(expression: str) -> Any:
    import jmespath

    if len(expression) > MAX_EXPRESSION_LENGTH:
        raise MappingRefused(f"has more than {MAX_EXPRESSION_LENGTH} characters")
    compiled = jmespath.compile(expression)
    _require_harmless(compiled.parsed)
    return compiled


def _require_harmless(tree: Mapping[str, Any]) -> None:
    """Raises MappingRefused for what could make a small document cost much: what an expression yields is never more
    than what it looks at, and it looks at the document a limited number of times."""
    nodes, left = [], [tree]
    while left:
        node = left.pop()
        nodes.append(node)
        left += [child for child in node.get("children", ()) if isinstance(child, Mapping)]
    for node in nodes:
        if node["type"] in _GROWING:
            raise MappingRefused(f"uses {_GROWING[node['type']]}, which mappings can't; choose with || instead")
    calls = [node["value"] for node in nodes if node["type"] == "function_expression"]
    unknown = sorted(set(calls) - _FUNCTIONS)
    if unknown:
        raise MappingRefused(f"calls {unknown[0]}; mappings can call {', '.join(sorted(_FUNCTIONS))}")
    if len(nodes) > MAX_NODES or len(calls) > MAX_CALLS:
        raise MappingRefused(f"has {len(nodes)} parts and {len(calls)} calls; at most {MAX_NODES} and {MAX_CALLS}")


@lru_cache(maxsize=1)
def _options() -> Any:
    import jmespath
    from jmespath import functions

    class Functions(functions.Functions):
        @functions.signature({"types": []})
        def _func_list(self, value: Any) -> list[Any]:
            return as_list(value)

    return jmespath.Options(custom_functions=Functions())
