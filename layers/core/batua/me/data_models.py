"""A copy of everything that is kept about a customer, and what its deletion answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..api.models import Instant, Model, Number
from ..coins.models import ImportedTransaction
from .coin_models import HistoryLine, MyBalance
from .models import CustomerMerchant, MyPreferences
from .ticket_models import MyTicketDetail


class ExportedRedemption(Model):
    id: str = Field(examples=["rdm_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    title: str = Field(examples=["Cinema ticket"])
    type: str = Field(examples=["voucher"])
    state: str = Field(examples=["fulfilled"])
    coins: Number = Field(examples=[120])
    created_at: Instant
    address: dict[str, str] | None = Field(
        description="Where it is sent.", examples=[{"name": "Asha Rao", "line1": "12 Lake Road", "city": "Mysuru"}]
    )
    shipment: dict[str, str] = Field(examples=[{"carrier": "India Post", "tracking_number": "EE123456789IN"}])


class ExportedOrder(Model):
    id: str = Field(examples=["mor_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    title: str = Field(examples=["BookBarn gift card"])
    denomination: Number = Field(description="INR, of each card.", examples=[250])
    quantity: int = Field(examples=[1])
    delivered: int = Field(examples=[1])
    state: str = Field(examples=["completed"])
    coins: Number = Field(description="The whole price.", examples=[250])
    created_at: Instant


class ExportedProgram(Model):
    """The coins in one program, with everything that happened to them."""

    balance: MyBalance
    history: list[HistoryLine] = Field(description="The newest first.")
    history_complete: bool = Field(
        description="False where there are more than 5,000 lines: `GET /api/v1/me/history` has the earlier ones."
    )
    redemptions: list[ExportedRedemption] = Field(description="Their codes are shown one at a time, not here.")
    orders: list[ExportedOrder] = Field(
        description="Marketplace orders, without their cards, which are shown one at a time."
    )


class ExportedSession(Model):
    kind: Literal["token", "cookie"] = Field(examples=["cookie"])
    merchant_id: str = Field(examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    signed_in_at: Instant
    ends_at: Instant


class MyExport(Model):
    exported_at: Instant
    mode: Literal["live", "test"]
    customer_id: str = Field(examples=["cust_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    phone: str | None = Field(description="In full.", examples=["+919876543210"])
    name: str | None = Field(description="As the merchant brought it from another system.", examples=["Asha Rao"])
    birthday: str | None = Field(None, description="Month and day, as the customer gave it.", examples=["08-14"])
    customer_since: Instant
    merchant: CustomerMerchant
    preferences: MyPreferences
    programs: list[ExportedProgram]
    sessions: list[ExportedSession] = Field(description="Devices that are signed in.")
    tags: list[str] = Field(
        description="Tags that merchants of the network have given the customer.", examples=[["vip"]]
    )
    wallet_passes: int = Field(
        description="Passes in phone wallets that are updated when the coins change.", examples=[1]
    )
    linked_emails: int = Field(
        description="Email addresses from online orders that are linked to this number. Only digests are stored.",
        examples=[1],
    )
    tickets: list[MyTicketDetail] = Field(description="With every merchant of the network; the last two hundred.")
    imported_history: list[ImportedTransaction] = Field(
        description="What the merchant brought from another system, the newest first."
    )


class DataDeletion(Model):
    """What was deleted. Ledger entries stay, under an id that no longer identifies a person."""

    customer_id: str = Field(examples=["cust_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    deleted_at: Instant
    sessions: int = Field(description="Sign-ins that ended, this one included.", examples=[2])
    wallet_passes: int = Field(examples=[1])
    linked_emails: int = Field(examples=[1])
    addresses: int = Field(description="Postal addresses of rewards that were sent.", examples=[0])
    imported_history: int = Field(description="Lines that came from another system.", examples=[0])
    tickets: int = Field(description="Tickets out of which the customer's words and number were taken.", examples=[0])
