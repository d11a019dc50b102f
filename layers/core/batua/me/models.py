"""What a customer's page shows about the signed-in customer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..api.models import Instant, Model

PageLanguage = Literal["en", "hi"]


class CustomerMerchant(Model):
    id: str = Field(examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    slug: str = Field(examples=["kaveri-stores"])
    name: str = Field(examples=["Kaveri Stores"])


class MyProgram(Model):
    id: str = Field(examples=["prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    name: str = Field(examples=["Sitara Coins"])
    singular: str = Field(examples=["coin"])
    plural: str = Field(examples=["coins"])


class MyPreferences(Model):
    """What the customer has chosen. Codes for signing in are always sent."""

    language: PageLanguage = Field("en", description="Of text messages.")
    receipts: bool = Field(True, strict=True, description="A message after coins were given or used.")
    expiry_reminders: bool = Field(True, strict=True, description="A message before coins expire.")
    offers: bool = Field(False, strict=True, description="News of rewards and campaigns.")
    ticket_replies: bool = Field(True, strict=True, description="A message when the merchant answers a ticket.")
    channel: Literal["sms", "whatsapp"] = Field(
        "sms", description="Where messages come. Where the operator has no WhatsApp, they are text messages."
    )


class MyProfile(Model):
    customer_id: str = Field(examples=["cust_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    phone: str | None = Field(description="Masked.", examples=["+91••••••3210"])
    since: Instant
    mode: Literal["live", "test"]
    merchant: CustomerMerchant
    program: MyProgram
    preferences: MyPreferences
    passes: list[Literal["apple", "google"]] = Field(
        description="The wallets of phones that can keep the coins: `GET /api/v1/me/passes` has the links.",
        examples=[["apple", "google"]],
    )
    tickets: bool = Field(description="Whether the merchant takes tickets from its customers.")
    csrf_token: str = Field(description="For changes in a cookie session.")
