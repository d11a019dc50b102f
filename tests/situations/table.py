"""All situations, and the table of them in docs/guides/orders.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from . import Situation, billing, customers, shopify, woocommerce

GUIDE: Final = Path(__file__).resolve().parents[2] / "docs/guides/orders.md"
GROUPS: Final[dict[str, list[Situation]]] = {
    "Shopify": shopify.SITUATIONS,
    "WooCommerce": woocommerce.SITUATIONS,
    "Billing systems": billing.SITUATIONS,
    "Customers": customers.SITUATIONS,
}
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
    return f"[{source}](https://{source})" if source.startswith(("shopify.dev/", "woocommerce.com/")) else source
