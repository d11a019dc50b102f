"""What the endpoints of the marketplace take and give. Denominations, fees and worth are INR, points are coins."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..api.models import Amount, IdempotencyKey, Instant, Model, Number, Text
from ..coins.models import CustomerNamed, CustomerReference
from .order import MarketOrderState
from .vendor import VendorName

ProductId = Annotated[
    str,
    Field(max_length=40, description="As in the list of products.", examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]),
]
MAX_QUANTITY = 10
"""Cards of one order: a checkout of the house takes one item of a transaction for each."""


class EntryQuery(Model):
    product_id: ProductId | None = Field(None, description="To open the marketplace at a product.")


class EntryTargets(Model):
    """Where an API client goes on."""

    balance: str = Field(examples=["https://batua.example/api/v1/marketplace/balance"])
    products: str = Field(examples=["https://batua.example/api/v1/marketplace/products"])
    checkout: str = Field(examples=["https://batua.example/api/v1/marketplace/checkout"])
    orders: str = Field(examples=["https://batua.example/api/v1/marketplace/orders"])


class MarketplaceEntry(Model):
    web_url: str = Field(description="Where a browser goes.", examples=["https://batua.example/marketplace"])
    api: EntryTargets
    vendors: list[VendorName] = Field(description="Whose products are on offer.", examples=[["house", "runa"]])
    program_id: str = Field(examples=["prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    coin_name: str = Field(examples=["star"])
    mode: Literal["live", "test"]


class MarketplaceBalance(Model):
    customer_id: str = Field(examples=["cust_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    wallet_id: str = Field(examples=["wal_21CBYXTED3WGH5X3H3JBPET8VZ"])
    available: Number = Field(examples=[250])
    held: Number = Field(description="Held for open orders and redemptions.", examples=[0])
    spendable: Number = Field(
        description="What a checkout can spend now: what is available, within this month's redemption ceiling.",
        examples=[250],
    )
    worth: Number = Field(description="INR. What the spendable coins are worth.", examples=[250])
    can_spend: bool = Field(description="False where the wallet is frozen or the program is paused.")


class ProductsQuery(Model):
    search: str | None = Field(
        None, min_length=1, max_length=60, description="In title, provider and description.", examples=["book"]
    )
    category: str | None = Field(None, max_length=40, examples=["food"])
    vendor: VendorName | None = None
    max_points: Amount | None = Field(None, description="Only products with a denomination that costs no more.")
    available: bool | None = Field(None, description="Only those that are not sold out.")
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class ProductQuery(Model):
    denomination: Amount | None = Field(None, description="INR. Quote this face value.", examples=[500])


class PricedDenomination(Model):
    denomination: Number = Field(description="INR, the face value of one card.", examples=[500])
    points: Number = Field(description="What one card costs.", examples=[510])


class DenominationsOut(Model):
    """Fixed face values with their prices; or, of a ranged product, its ends and what they cost."""

    type: Literal["fixed", "range"]
    minimum: PricedDenomination
    maximum: PricedDenomination
    step: Number | None = Field(description="INR. Null for fixed ones.", examples=[1])
    fixed: list[PricedDenomination]


class TariffOut(Model):
    """points = ceil((denomination x rate + fee) / coin_value) for each card; null where the price is set as such."""

    rate: Number | None = Field(description="1 is face value.", examples=[1.02])
    fee: Number | None = Field(description="INR for each card.", examples=[0])
    coin_value: Number = Field(description="INR.", examples=[1])


class ProductShown(Model):
    id: ProductId
    vendor: VendorName
    title: str = Field(examples=["BookBarn gift card"])
    description: str | None = Field(examples=["For books and stationery in all stores."])
    terms: str | None = Field(examples=["Valid for 12 months. No cash back."])
    image: str | None = Field(examples=["https://cdn.kaveri.example/rewards/books.jpg"])
    categories: list[str] = Field(examples=[["books"]])
    denominations: DenominationsOut
    left: int | None = Field(description="Cards that are left; null where the vendor does not say.", examples=[20])
    valid_months: int | None = Field(description="How long a card is valid.", examples=[12])


class ProductOut(ProductShown):
    tariff: TariffOut
    quote: PricedDenomination | None = Field(description="The price of the denomination in the query.")


class Basket(Model):
    """One product and its price. `expected_points` is the price that the customer agreed to."""

    product_id: ProductId
    denomination: Amount | None = Field(
        None, description="INR, of each card. Not needed where there is only one.", examples=[250]
    )
    quantity: int = Field(1, strict=True, ge=1, le=MAX_QUANTITY, examples=[1])
    expected_points: Amount = Field(
        description="The whole price as it was shown; another price is refused.", examples=[250]
    )
    idempotency_key: IdempotencyKey | None = None


class Checkout(CustomerReference, Basket):
    """One product, for a customer."""

    reference: Text | None = Field(None, description="Your own name for it; the idempotency key if none is sent.")


class OrdersQuery(Model):
    state: MarketOrderState | None = None
    all: bool = Field(False, description="Orders of all users of the tenant. Needs the permission `tenant:admin`.")
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class OrderQuery(Model):
    reveal: bool = Field(
        False, description="Show the cards. For the user who ordered, once they are paid; noted in the audit trail."
    )


class OrderOut(Model):
    """An order. The cards are not in it."""

    id: str = Field(examples=["mor_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    tenant_id: str = Field(examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    product_id: ProductId
    vendor: VendorName
    title: str = Field(description="Title when it was ordered.", examples=["BookBarn gift card"])
    image: str | None = Field(examples=["https://cdn.kaveri.example/rewards/books.jpg"])
    denomination: Number = Field(description="INR, of each card.", examples=[250])
    quantity: int = Field(examples=[1])
    delivered: int = Field(description="Cards that were delivered.", examples=[1])
    points: Number = Field(description="The whole price; held until the vendor has delivered.", examples=[250])
    points_captured: Number = Field(description="Coins captured: the price of the delivered cards.", examples=[250])
    state: MarketOrderState
    delayed: bool = Field(description="The vendor has not confirmed for long. The coins stay held; we look into it.")
    reason: str | None = Field(description="Why it failed, or was delivered in part.", examples=["sold_out"])
    customer_id: str = Field(examples=["cust_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    wallet_id: str = Field(examples=["wal_21CBYXTED3WGH5X3H3JBPET8VZ"])
    reference: str | None = Field(examples=["basket-7781"])
    transaction_id: str = Field(description="Held the coins.", examples=["txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    settlement_transaction_id: str | None = Field(description="Captured the coins, or gave them back.")
    ordered_by: str = Field(examples=["usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    cards_shown: bool
    version: int
    created_at: Instant
    updated_at: Instant
    settled_at: Instant | None


class CardOut(Model):
    code: str | None = Field(examples=["BOOK-7Q2M-11XD"])
    pin: str | None = Field(examples=["4821"])
    url: str | None = Field(
        description="A page that shows the card. Anyone with the address has the card.",
        examples=["https://spend.runa.io/2c1f"],
    )
    valid_until: str | None = Field(examples=["2027-11-28"])


class ListedOrder(OrderOut, CustomerNamed):
    """An order with whose it is."""


class OrderDetail(ListedOrder):
    cards: list[CardOut] | None = Field(description="With `reveal=true` only.")
