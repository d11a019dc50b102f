"""A customer's coins, as their page shows them."""

from __future__ import annotations

from pydantic import Field

from ..api.models import Instant, Model, Number
from ..coins.models import CustomerTier, LotCoins, PendingAmount
from .models import MyProgram


class MyBalance(Model):
    program: MyProgram
    wallet_id: str = Field(examples=["wal_21CBYXTED3WGH5X3H3JBPET8VZ"])
    kind: str = Field(examples=["network"])
    here: bool = Field(description="Whether it is the program of this page's merchant.")
    balance: Number
    held: Number = Field(description="Under redemptions that are not fulfilled yet.")
    available: Number
    pending: list[PendingAmount] = Field(
        default_factory=list, description="Coins of the balance that cannot be spent yet, the earliest first."
    )
    value: Number = Field(description="What the available coins are worth, in rupees.")
    expiring: list[LotCoins] = Field(description="The coins by the month that they expire in, the earliest first.")
    tier: CustomerTier | None = Field(description="Null in a program without tiers.")
    active: bool = Field(description="False while the wallet is frozen.")
    last_activity: Instant | None


class HistoryQuery(Model):
    program_id: str | None = Field(
        None, max_length=40, description="A program from the balances. Defaults to the merchant's own."
    )
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class HistoryLine(Model):
    transaction_id: str = Field(examples=["txn_4ZKQ0N2V7M1X9C6R8Y3E2K7D4P"])
    type: str = Field(examples=["issue"])
    coins: Number = Field(description="Added where positive, taken where negative.", examples=[25])
    balance: Number = Field(description="What was available after it.", examples=[125])
    bill_amount: Number | None = Field(examples=[500])
    expired: Number = Field(description="Coins that expired with it.", examples=[0])
    merchant_id: str = Field(examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    merchant_name: str | None = Field(examples=["Kaveri Stores"])
    reward: str | None = Field(description="The reward that the coins are for.", examples=["Cinema ticket"])
    reversed_transaction_id: str | None
    created_at: Instant


class MyQrQuery(Model):
    offline: bool = Field(
        False, description="A code to keep on the phone for a counter without a network: good for 24 hours."
    )


class MyQr(Model):
    token: str = Field(
        description="The text in the code.",
        examples=["BATUA.01KDC0V6M8W3T4Q9X2Z7N5B1FA.1.1795254000.MFRGGZDFMZTWQ2LK"],
    )
    image: str = Field(
        description="The code as an SVG image, a `data:` URL.",
        examples=["data:image/svg+xml;charset=utf-8,%3Csvg viewBox=%220 0 41 41%22%3E%3C/svg%3E"],
    )
    expires_at: Instant = Field(description="After that, ask for the next one.")
