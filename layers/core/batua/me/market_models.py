"""The marketplace, as a customer's page shows it."""

from __future__ import annotations

from pydantic import Field

from ..api.models import Amount, IdempotencyKey, Instant, Model, Number
from ..marketplace.models import MAX_QUANTITY, Basket, CardOut, ProductShown
from ..marketplace.order import MarketOrderState


class MyProduct(ProductShown):
    """What it costs is all that is said of the price; what the merchant earns by it is not."""


class MyQuote(Model):
    denomination: Number = Field(description="INR, the face value of one card.", examples=[500])
    quantity: int = Field(examples=[1])
    points: Number = Field(description="The price of all cards: `expected_points` of the order.", examples=[510])
    obstacle: str | None = Field(
        description="The error code that an order would get now; null if it can be ordered.",
        examples=[None],
    )


class MyProductDetail(MyProduct):
    quote: MyQuote | None = Field(
        description="Of the denomination in the query, or of the only one there is; else null."
    )


class MyProductQuery(Model):
    denomination: Amount | None = Field(None, description="INR. Quote this face value.", examples=[500])
    quantity: int = Field(1, ge=1, le=MAX_QUANTITY, description="Cards to quote.")


class OrderMyProduct(Basket):
    """One product, for the customer's own coins."""

    reference: None = None
    idempotency_key: IdempotencyKey | None = None


class MyOrdersQuery(Model):
    state: MarketOrderState | None = None
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class MyOrder(Model):
    """An order of the customer, placed on their own page or at a counter, without its cards."""

    id: str = Field(examples=["mor_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    product_id: str = Field(examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    title: str = Field(description="Title when it was ordered.", examples=["BookBarn gift card"])
    image: str | None = Field(examples=["https://cdn.kaveri.example/rewards/books.jpg"])
    denomination: Number = Field(description="INR, of each card.", examples=[250])
    quantity: int = Field(examples=[1])
    delivered: int = Field(description="Cards that were delivered.", examples=[1])
    points: Number = Field(description="The whole price; held until the vendor has delivered.", examples=[250])
    points_captured: Number = Field(description="Coins captured: the price of the delivered cards.", examples=[250])
    state: MarketOrderState
    delayed: bool = Field(description="The vendor has not confirmed for long. The coins stay held; it is looked into.")
    reason: str | None = Field(description="Why it failed, or was delivered in part.", examples=["sold_out"])
    transaction_id: str = Field(description="Held the coins.", examples=["txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    cards_shown: bool
    created_at: Instant
    settled_at: Instant | None


class MyOrderDetail(MyOrder):
    cards: list[CardOut] | None = Field(description="With `reveal=true` only.")
