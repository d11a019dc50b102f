"""What the endpoints on rewards take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints, model_validator

from ..api.models import Amount, IdempotencyKey, Instant, Model, Number, Percent, Text
from ..customers.tags import MOST_TAGS, TAG_PATTERN
from .reward import CodeSource, RewardDelivery, RewardStatus, RewardType
from .reward_fields import Code, RewardInstant

Paragraphs = Annotated[
    str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$")
]
ImageUrl = Annotated[
    str,
    StringConstraints(max_length=500, pattern=r"^https://[^\s<>\"']+$"),
    Field(description="An https address.", examples=["https://cdn.kaveri.example/rewards/mug.jpg"]),
]
Category = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$"), Field(examples=["food"])]


RewardTag = Annotated[
    str,
    StringConstraints(pattern=TAG_PATTERN),
    Field(description="A tag that you give customers: `PUT /api/v1/merchant/customers/{id}/tags`.", examples=["vip"]),
]
MerchantId = Annotated[str, Field(description="`ten_…`", examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])]
RewardTierId = Annotated[
    str, Field(description="`tier_…` of the program", examples=["tier_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
]


class RewardLimitsIn(Model):
    """How often one customer may redeem the reward. Days and months are those of the program's time zone."""

    ever: int | None = Field(None, strict=True, ge=1, le=1_000_000, examples=[5])
    month: int | None = Field(None, strict=True, ge=1, le=1_000_000, examples=[2])
    day: int | None = Field(None, strict=True, ge=1, le=1_000_000, examples=[1])


class RewardCodeIn(Model):
    """Where the code of a redemption comes from. `pool`: one of those in `codes`, each given to one redemption."""

    source: CodeSource = Field(examples=["pool"])
    value: Code | None = Field(None, description="The code of source `static`; kept when left out on a change.")
    prefix: str = Field("", pattern=r"^[A-Z0-9-]{0,16}$", description="Of generated codes.", examples=["KAVERI-"])
    length: int = Field(12, strict=True, ge=10, le=32, description="Of generated codes, without the prefix.")
    valid_days: int | None = Field(
        None, strict=True, ge=1, le=3650, description="From fulfilment on; null: no end.", examples=[90]
    )
    low_at: int = Field(
        10, strict=True, ge=0, le=1_000_000, description="`reward.codes_low` is sent at so many left.", examples=[20]
    )


WalletTypeId = Annotated[str, StringConstraints(max_length=40), Field(examples=["waty_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])]


class RewardBenefit(Model):
    """What the reward gives. `percentage_off` needs `percent`, `amount_off` `amount`, `free_product` `product`, and
    `wallet_credit` `wallet_type` and `credit`."""

    percent: Percent | None = Field(None, examples=[15])
    maximum: Amount | None = Field(None, description="INR; the most that a percentage takes off.", examples=[500])
    amount: Amount | None = Field(None, description="INR; also the face value of a gift card.", examples=[250])
    product: Text | None = Field(None, description="Your name or code of the product.", examples=["SKU-1042"])
    provider: Text | None = Field(None, description="Whose gift card it is, or who gives it.", examples=["BookBarn"])
    wallet_type: WalletTypeId | None = Field(
        None, description="The wallet type of yours, `waty_…`, in which the customer gets the credit."
    )
    credit: Amount | None = Field(None, description="How much, in the units of the wallet type.", examples=[100])


class RewardIn(Model):
    """A reward. `title`, `type` and `points` are enough."""

    title: Text = Field(examples=["Steel travel mug"])
    type: RewardType = Field(examples=["free_product"])
    points: Amount = Field(description="What it costs, in the program's coins.", examples=[120])
    description: Paragraphs | None = Field(None, examples=["Keeps tea hot for six hours."])
    terms: Paragraphs | None = Field(None, examples=["Collect at the counter. One per visit."])
    images: list[ImageUrl] = Field(default_factory=list, max_length=5)
    categories: list[Category] = Field(default_factory=list, max_length=10)
    featured: StrictBool = False
    worth: Amount | None = Field(None, description="INR; what it is worth to the customer.", examples=[399])
    benefit: RewardBenefit | None = None
    status: Literal["draft", "active", "paused"] = "active"
    visible_from: RewardInstant | None = Field(None, description="When it begins to be listed.")
    visible_until: RewardInstant | None = None
    active_from: RewardInstant | None = Field(None, description="When it begins to be redeemed.")
    active_until: RewardInstant | None = None
    stock: int | None = Field(
        None,
        strict=True,
        ge=0,
        le=1_000_000_000,
        description="How many there are; null: no limit, or one per code.",
        examples=[50],
    )
    limits: RewardLimitsIn | None = None
    merchants: list[MerchantId] = Field(
        default_factory=list, max_length=100, description="A network's reward: where it is redeemed; empty: everywhere."
    )
    minimum_tier: RewardTierId | None = Field(None, description="For customers of this tier or a higher one.")
    customer_tags: list[RewardTag] | None = Field(
        None, max_length=MOST_TAGS, description="Only for customers with one of your tags listed here; empty for all."
    )
    approval_required: StrictBool = False
    delivery: RewardDelivery | None = Field(
        None, description="`instant` takes the coins at once; `manual` holds them until it is fulfilled."
    )
    code: RewardCodeIn | None = None
    codes: list[Code] = Field(
        default_factory=list, max_length=1000, description="Codes to add to the pool; known ones are left out."
    )
    fulfil_within_days: int = Field(14, strict=True, ge=1, le=90, description="After that a redemption expires.")


class CreateReward(RewardIn):
    idempotency_key: IdempotencyKey | None = None


class ReplaceReward(RewardIn):
    version: int | None = Field(
        None, strict=True, ge=1, description="As read; the change is refused if it has moved on."
    )


class UpdateReward(Model):
    """Fields left out stay as they are; null clears. Nested objects (`limits`, `code`, `benefit`) are replaced."""

    title: Text | None = None
    type: RewardType | None = None
    points: Amount | None = None
    description: Paragraphs | None = None
    terms: Paragraphs | None = None
    images: list[ImageUrl] | None = Field(None, max_length=5)
    categories: list[Category] | None = Field(None, max_length=10)
    featured: StrictBool | None = None
    worth: Amount | None = None
    benefit: RewardBenefit | None = None
    status: Literal["draft", "active", "paused"] | None = None
    visible_from: RewardInstant | None = None
    visible_until: RewardInstant | None = None
    active_from: RewardInstant | None = None
    active_until: RewardInstant | None = None
    stock: int | None = Field(None, strict=True, ge=0, le=1_000_000_000)
    limits: RewardLimitsIn | None = None
    merchants: list[MerchantId] | None = Field(None, max_length=100)
    minimum_tier: RewardTierId | None = None
    customer_tags: list[RewardTag] | None = Field(None, max_length=MOST_TAGS)
    approval_required: StrictBool | None = None
    delivery: RewardDelivery | None = None
    code: RewardCodeIn | None = None
    codes: list[Code] | None = Field(None, max_length=1000)
    fulfil_within_days: int | None = Field(None, strict=True, ge=1, le=90)
    version: int | None = Field(
        None, strict=True, ge=1, description="As read; the change is refused if it has moved on."
    )

    @model_validator(mode="after")
    def _something(self) -> UpdateReward:
        if not self.model_fields_set - {"version"}:
            raise ValueError("give at least one field to change")
        return self


class RewardsQuery(Model):
    status: Literal["draft", "active", "paused", "retired"] | None = Field(
        None, description="Without `rewards:write`, only `active` ones are listed."
    )
    type: RewardType | None = None
    category: str | None = Field(None, max_length=40, examples=["home"])
    featured: bool | None = None
    redeemable: bool | None = Field(None, description="Only those that can be redeemed now: active, in stock.")
    max_points: Amount | None = Field(None, description="What a customer has: only rewards that cost no more.")
    search: str | None = Field(
        None, min_length=1, max_length=60, description="In title and description.", examples=["mug"]
    )
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class RewardLimitsOut(Model):
    ever: int | None
    month: int | None
    day: int | None


class RewardCodeOut(Model):
    """The codes themselves are never here."""

    source: CodeSource
    prefix: str = Field(examples=["KAVERI-"])
    length: int
    valid_days: int | None
    low_at: int


class RewardBenefitOut(Model):
    percent: Number | None = Field(examples=[15])
    maximum: Number | None
    amount: Number | None
    product: str | None = Field(examples=["SKU-1042"])
    provider: str | None = Field(examples=["BookBarn"])
    wallet_type: WalletTypeId | None
    wallet_name: str | None = Field(examples=["Store credit"])
    credit: Number | None = Field(examples=[100])


class RewardOut(Model):
    id: str
    tenant_id: str
    program_id: str
    type: RewardType
    title: str = Field(examples=["Steel travel mug"])
    description: str | None = Field(examples=["Keeps tea hot for six hours."])
    terms: str | None = Field(examples=["Collect at the counter. One per visit."])
    images: list[ImageUrl]
    categories: list[Category]
    featured: bool
    points: Number
    worth: Number | None
    benefit: RewardBenefitOut
    status: RewardStatus
    redeemable: bool = Field(description="Whether it can be redeemed now: active, within its window, in stock.")
    visible_from: Instant | None
    visible_until: Instant | None
    active_from: Instant | None
    active_until: Instant | None
    stock: int | None
    left: int | None = Field(description="Remaining stock or codes; null if unlimited.")
    limits: RewardLimitsOut
    merchants: list[MerchantId]
    minimum_tier: RewardTierId | None
    customer_tags: list[str] = Field(examples=[["vip"]])
    approval_required: bool
    delivery: RewardDelivery
    code: RewardCodeOut
    fulfil_within_days: int
    version: int
    created_at: Instant
    updated_at: Instant
