"""All situations, and the table of them in docs/guides/orders.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from . import Situation, billing, customers, reports, shopify, woocommerce

GUIDE: Final = Path(__file__).resolve().parents[2] / "docs/guides/orders.md"
GROUPS: Final[dict[str, list[Situation]]] = {
    "Shopify": [*shopify.SITUATIONS, *reports.SHOPIFY_REPORTS],
    "WooCommerce": [*woocommerce.SITUATIONS, *reports.WOOCOMMERCE_REPORTS],
    "Billing systems": [*billing.SITUATIONS, *reports.BILLING_REPORTS],
    "Customers": [*customers.SITUATIONS, *reports.CUSTOMER_REPORTS],
}
_PAGES: Final = {
    "shopify.dev, REST Admin API, Refund": "shopify.dev/docs/api/admin-rest/latest/resources/refund",
    "shopify.dev, REST Admin API, Order": "shopify.dev/docs/api/admin-rest/latest/resources/order",
    "woocommerce.github.io": "woocommerce.github.io/woocommerce-rest-api-docs/#orders",
    "help.tallysolutions.com, Voucher Types": (
        "help.tallysolutions.com/article/te9rel51/Creating_Masters/Accounts_Info/Voucher_Types.htm"
    ),
    "help.tallysolutions.com, Sales returns": (
        "help.tallysolutions.com/article/te9rel63/Tax_India/VAT/West_Bengal/WB_Sale_Ret.htm"
    ),
    "tallyprimebook.com, Rejection In voucher": (
        "tallyprimebook.com/rejection-in-voucher-ctrlf6-in-tallyprime-accounting-software"
    ),
    "support.microsoft.com, Date systems in Excel": (
        "support.microsoft.com/en-us/office/date-systems-in-excel-e7fe7167-48a9-4b96-bb53-5612a800b487"
    ),
    "shopify.dev, Admin API, Return fees": "shopify.dev/docs/api/admin-graphql/latest/objects/RestockingFee",
    "docs.frappe.io, ERPNext, Sales integration": "docs.frappe.io/erpnext/sales-integration",
    "google/libphonenumber FAQ": "github.com/google/libphonenumber/blob/master/FAQ.md",
    "zoho.com/books/api/v3/invoices": "www.zoho.com/books/api/v3/invoices/",
    "zoho.com/books/api/v3/credit-notes": "www.zoho.com/books/api/v3/credit-notes/",
}
"""Addresses of pages that are named by their titles."""
_TABLE: Final = re.compile(r"(?<=<!-- table -->\n).*(?=<!-- end of the table -->)", re.DOTALL)


def written() -> str:
    """The tables as Markdown."""
    parts = []
    for group, situations in GROUPS.items():
        rows = [
            f"| {_cell(each.name)} | {_cell(each.expected)} | {each.coins} | {_source(each.source)} |"
            for each in situations
        ]
        parts.append(
            "\n".join(
                [f"\n### {group}\n", "| what is sent | what comes of it | coins | source |", "|---|---|---|---|", *rows]
            )
        )
    return "\n".join(parts) + "\n\n"


def guide() -> str:
    """The guide with the tables of now."""
    text = written()
    return _TABLE.sub(lambda _: text, GUIDE.read_text())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _source(source: str) -> str:
    repository, _, number = source.partition("#")
    if number.isdigit():
        return f"[{source}](https://github.com/{repository}/issues/{number})"
    for title, page in _PAGES.items():
        if source.startswith(title):
            return f"[{source}](https://{page})"
    if source.startswith(("shopify.dev/", "woocommerce.com/")):
        return f"[{source}](https://{source})"
    return source if source.startswith("our own") else f"{source} (a page of the vendor's, by its title)"
