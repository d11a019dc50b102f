"""Orders as shops and billing systems really send them: what each situation is, and what a merchant expects of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.fakes.settling import World

SHOPIFY_REFUND: Final = "shopify.dev, REST Admin API, Refund resource"
SHOPIFY_ORDER: Final = "shopify.dev, REST Admin API, Order resource"
WOO_ORDER: Final = "woocommerce.github.io/woocommerce-rest-api-docs, Orders"


@dataclass(frozen=True)
class Situation:
    """`coins` are the customer's once `play` has sent what the shop sends. The program gives 5 percent, 120 coins from
    2,000 rupees on, 350 from 5,000: whichever is most."""

    name: str
    source: str
    expected: str
    coins: int
    play: Callable[[World], Any]
