"""What the endpoints of connections take and give."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictBool, StringConstraints, field_validator, model_validator

from ..api.models import FieldsWrong, Instant, Model, Number, Text
from .amounts import POLICY_LISTS, EligibleAmountPolicy
from .mappings import FIELDS, PRESETS, MappingRefused, check_expressions, column_expressions

Secret = Annotated[str, StringConstraints(min_length=16, max_length=255, pattern=r"^[!-~]+$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$")]

_SIGNING: Final = (
    "How a billing system (`pos`) signs. `standard_webhooks`: over id, timestamp and body, good for five minutes. "
    "`legacy`: the body alone, or the secret as a key, for systems that can't; what was overheard can be sent again. "
    "When left out, `legacy` for the mapping `tally`, else `standard_webhooks`."
)
_SHOPIFY_DOMAIN: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.myshopify\.com", re.ASCII)
_RATE: Final = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)


class EligibleAmountSettings(Model):
    """What of an order counts for the reward; what is left out stays as it is."""

    taxes: StrictBool | None = Field(None, description="Taxes count. Usually true: the bill is what the customer pays.")
    shipping: StrictBool | None = Field(None, description="Shipping counts. Usually false.")
    tips: StrictBool | None = Field(None, description="Tips count. Usually false.")
    fees: StrictBool | None = Field(None, description="WooCommerce's fee lines count. Usually true.")
    gift_cards: StrictBool | None = Field(
        None, description="Gift cards that are bought count. Usually false: they earn when they are spent."
    )
    before_discounts: StrictBool | None = Field(None, description="The price before discounts counts. Usually false.")
    test_orders: StrictBool | None = Field(None, description="Shopify's test orders earn. Usually false.")
    paid_statuses: list[Word] | None = Field(
        None, min_length=1, max_length=20, description="WooCommerce's statuses of an order that is paid."
    )
    unpaid_statuses: list[Word] | None = Field(
        None,
        min_length=1,
        max_length=20,
        description="WooCommerce's statuses in which an order earns nothing. In a status that neither list names, "
        "such as `shipped`, it earns once it has a date of payment.",
    )
    pay_later_methods: list[Word] | None = Field(
        None,
        max_length=20,
        description="WooCommerce's payment methods whose orders are `processing` before they are paid. Usually `cod`.",
    )
    store_credit: StrictBool | None = Field(
        None, description="What is paid with a gift card or store credit counts in WooCommerce. Usually true."
    )
    number_series: Literal["financial_year", "calendar_year", "continuous"] | None = Field(
        None,
        description="When the bill numbers of a billing system begin again; usually `financial_year`, each April. "
        "A number of another year is another bill, where documents have a date.",
    )
    sub_orders: StrictBool | None = Field(
        None, description="Vendors' parts of a marketplace's WooCommerce orders count, not only the whole ones."
    )
    rates: dict[str, str] | None = Field(
        None,
        description='Rupees for one unit of another currency: `{"USD": "84.10"}`. Without a rate nothing is earned.',
    )

    @field_validator("rates")
    @classmethod
    def _readable(cls, rates: dict[str, str] | None) -> dict[str, str] | None:
        for currency, rate in (rates or {}).items():
            if not _CURRENCY.fullmatch(currency) or not _RATE.fullmatch(rate) or not Decimal(rate):
                raise ValueError('must be currencies and decimal texts, such as {"USD": "84.10"}')
        if rates and len(rates) > 50:
            raise ValueError("must have at most 50 currencies")
        return rates

    def merged_onto(self, counting: EligibleAmountPolicy) -> EligibleAmountPolicy:
        changes = self.model_dump(exclude_none=True)
        for name in POLICY_LISTS & changes.keys():
            changes[name] = tuple(changes[name])
        return EligibleAmountPolicy(
            **{name: changes.get(name, getattr(counting, name)) for name in EligibleAmountPolicy.__dataclass_fields__}
        )


Heading = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class MappingSettings(Model):
    """Where the fields of a sale stand in a billing system's documents, as JMESPath expressions."""

    base: Literal["generic", "vyapar", "khatabook", "tally", "erpnext", "zoho_books", "busy", "marg"] = Field(
        "generic", description="A ready mapping."
    )
    columns: dict[str, Heading] = Field(
        default_factory=dict,
        max_length=12,
        description="For lists: the headings of your columns, by field, as they stand in the export. The same as an "
        "expression for each.",
        examples=[{"amount": "Total Invoice Value", "phone": "Mobile No."}],
    )
    fields: dict[str, str] = Field(
        default_factory=dict, description=f"Expressions that replace those of the ready one: {', '.join(FIELDS)}."
    )

    @field_validator("columns")
    @classmethod
    def _headings(cls, columns: dict[str, str]) -> dict[str, str]:
        try:
            column_expressions(columns)
        except MappingRefused as refusal:
            raise ValueError(str(refusal)) from refusal
        return columns

    @field_validator("fields")
    @classmethod
    def _expressions(cls, fields: dict[str, str]) -> dict[str, str]:
        try:
            return check_expressions(fields)
        except MappingRefused as refusal:
            raise ValueError(str(refusal)) from refusal


class CreateConnection(Model):
    system: Literal["shopify", "woocommerce", "pos"]
    name: Text = Field(examples=["Kaveri online"])
    shop: Text | None = Field(
        None,
        description="What the shop is called where it runs: `kaveri.myshopify.com`, or the shop's address. Required "
        "beside another connection of the same system: an order that comes through both is rewarded once.",
    )
    mode: Literal["live", "test"] = Field("live", description="`test` rewards in the sandbox.")
    secret: Secret | None = Field(
        None, description="The secret that Shopify shows, or one of your own; one is made when left out."
    )
    # Made when they are needed: an instance in the class would have its validators built while the function starts.
    counting: EligibleAmountSettings = Field(default_factory=EligibleAmountSettings)
    mapping: MappingSettings = Field(default_factory=MappingSettings)
    signing: Literal["standard_webhooks", "legacy"] | None = Field(None, description=_SIGNING)
    orders_from: str | None = Field(
        None, description="Orders made before this time (ISO 8601) earn nothing; now, when left out."
    )

    @model_validator(mode="after")
    def _shop_of_its_system(self) -> CreateConnection:
        if self.system == "shopify" and self.shop is not None and not _SHOPIFY_DOMAIN.fullmatch(self.shop.lower()):
            raise FieldsWrong("must be the shop's domain such as kaveri.myshopify.com", "shop")
        if self.system != "pos" and self.signing is not None:
            raise FieldsWrong("is for the system pos: shops sign in their own ways", "signing")
        return self


class UpdateConnection(Model):
    name: Text | None = None
    status: Literal["active", "paused"] | None = None
    counting: EligibleAmountSettings | None = None
    mapping: MappingSettings | None = None
    signing: Literal["standard_webhooks", "legacy"] | None = Field(None, description=_SIGNING)
    orders_from: str | None = None
    rotate_secret: StrictBool = Field(False, description="Makes a new secret; the one before stays good for 24 hours.")
    secret: Secret | None = Field(None, description="A new secret that Shopify shows; rotates as well.")


class ConnectionDeliveriesQuery(Model):
    status: (
        Literal[
            "queued", "posted", "unchanged", "unmatched", "ignored", "refused", "held", "invalid", "noted", "failed"
        ]
        | None
    ) = None
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class ReplayDelivery(Model):
    phone: str | None = Field(
        None, max_length=32, description="Whose order it is, for one that no customer was found for."
    )
    order: str | None = Field(
        None, max_length=160, description="Which order of the delivery the number is for, where it holds several."
    )


class PostedMovement(Model):
    order: str
    transaction_id: str
    type: str
    coins: Number
    shortfall: Number


class DeliveredDocument(Model):
    order: str
    status: str = Field(description="What became of this order, in the words of a delivery's status.")
    reason: str | None


class ConnectionDeliveryOut(Model):
    id: str
    delivery_id: str = Field(description="The sender's own name for it.")
    topic: str
    status: str
    reason: str | None
    orders: list[str]
    documents: list[DeliveredDocument] = Field(description="What became of each order, in the order of the delivery.")
    posted: list[PostedMovement]
    matched_phone: str | None
    attempts: int
    size: int
    received_at: Instant


class ConnectionOut(Model):
    id: str
    system: str
    name: str
    shop: str | None
    mode: str
    status: str
    paused_because: str | None
    webhook_url: str
    counting: dict[str, Any]
    mapping: dict[str, Any]
    signing: Literal["standard_webhooks", "legacy"] | None = Field(description="How a billing system signs; else null.")
    orders_from: Instant
    former_secret_until: Instant | None
    created_at: Instant


class ConnectionCreated(ConnectionOut):
    secret: str = Field(description="Shown this once.")


class ConnectionDetail(ConnectionOut):
    deliveries: list[ConnectionDeliveryOut] = Field(description="The last ten.")


class ConnectionChanged(ConnectionOut):
    secret: str | None = Field(description="The new secret, where one was made.")


class ConnectionDeleted(Model):
    id: str
    deleted: bool = True


def policy_settings(counting: EligibleAmountPolicy) -> dict[str, Any]:
    fields = EligibleAmountPolicy.__dataclass_fields__
    return {name: _plain_container(getattr(counting, name)) for name in fields}


def mapping_settings(base: str, own: Any) -> dict[str, Any]:
    return {"base": base, "fields": {**PRESETS[base], **(own or {})}}


def _plain_container(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else dict(value) if hasattr(value, "items") else value
