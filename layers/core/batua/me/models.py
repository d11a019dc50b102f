"""What the customers' own endpoints take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ..api.models import Instant, Model, Number, Text
from ..coins.models import LotCoins

Slug = Annotated[
    str,
    StringConstraints(min_length=3, max_length=48),
    Field(description="The merchant's slug, as in the address of its page.", examples=["kaveri-stores"]),
]
PhoneText = Annotated[
    str,
    StringConstraints(min_length=3, max_length=32),
    Field(description="In E.164, or as dialled in the merchant's country.", examples=["98765 43210"]),
]
CodeText = Annotated[
    str,
    StringConstraints(min_length=6, max_length=16, pattern=r"^[0-9 ]+$"),
    Field(description="The six digits that were sent.", examples=["482913"]),
]
OtpId = Annotated[Text, Field(examples=["otp_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])]
PageLanguage = Literal["en", "hi"]
ModeChoice = Annotated[Literal["live", "test"], Field(description="`test`: the merchant's sandbox.")]


class RequestSignInCode(Model):
    merchant: Slug
    phone: PhoneText
    mode: ModeChoice = "live"
    language: PageLanguage = Field("en", description="Of the text message.")


class CodeSent(Model):
    """The same for every number: whether it belongs to a customer is not told."""

    otp_id: str = Field(examples=["otp_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    sent_to: str = Field(description="Masked.", examples=["+91••••••3210"])
    expires_at: Instant


class SignInCustomer(Model):
    merchant: Slug
    phone: PhoneText
    mode: ModeChoice = "live"
    otp_id: OtpId
    code: CodeText
    kind: Literal["cookie", "token"] = Field(
        "cookie", description="`cookie` for the customer's page, `token` for an app or a widget."
    )


class CustomerMerchant(Model):
    id: str = Field(examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    slug: str = Field(examples=["kaveri-stores"])
    name: str = Field(examples=["Kaveri Stores"])


class CustomerSignedIn(Model):
    customer_id: str = Field(examples=["cust_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    phone: str = Field(description="Masked.", examples=["+91••••••3210"])
    merchant: CustomerMerchant
    csrf_token: str | None = Field(description="With a cookie: send it as X-CSRFToken with every change.")
    access_token: str | None = Field(description="Of an app or widget.")
    refresh_token: str | None
    expires_in: int = Field(description="Seconds that the cookie, or the access token, is good for.", examples=[900])
    proof: str = Field(description="For `X-Reauthentication`: good for 15 minutes after signing in.")


class RefreshCustomer(Model):
    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class CustomerTokens(Model):
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = Field(description="Seconds that the access token is good for.", examples=[900])


class ProveMyPhone(Model):
    otp_id: OtpId
    code: CodeText


class PhoneProof(Model):
    proof: str = Field(description="For `X-Reauthentication`, in this session.")
    expires_in: int = Field(examples=[900])


class SignOutCustomer(Model):
    everywhere: bool = Field(False, description="End the sessions on all other devices as well.")


class SignedOut(Model):
    everywhere: bool


class MyProgram(Model):
    id: str = Field(examples=["prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    name: str = Field(examples=["Sitara Coins"])
    singular: str = Field(examples=["coin"])
    plural: str = Field(examples=["coins"])


class MyPreferences(Model):
    """What the customer has chosen. Codes for signing in are always sent."""

    language: PageLanguage = Field("en", description="Of text messages.")
    receipts: bool = Field(True, description="A message after coins were given or used.")
    expiry_reminders: bool = Field(True, description="A message before coins expire.")
    offers: bool = Field(False, description="News of rewards and campaigns.")


class MyProfile(Model):
    customer_id: str = Field(examples=["cust_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    phone: str | None = Field(description="Masked.", examples=["+91••••••3210"])
    since: Instant
    mode: Literal["live", "test"]
    merchant: CustomerMerchant
    program: MyProgram
    preferences: MyPreferences
    csrf_token: str = Field(description="For changes in a cookie session.")


class MyBalance(Model):
    program: MyProgram
    wallet_id: str = Field(examples=["wal_21CBYXTED3WGH5X3H3JBPET8VZ"])
    kind: str = Field(examples=["network"])
    here: bool = Field(description="The program of the merchant whose page this is.")
    balance: Number
    held: Number = Field(description="Under redemptions that are not fulfilled yet.")
    available: Number
    value: Number = Field(description="What the available coins are worth, in rupees.")
    expiring: list[LotCoins] = Field(description="The coins by the month that they expire in, the earliest first.")
    active: bool = Field(description="False while the wallet is frozen.")
    last_activity: Instant | None


class HistoryQuery(Model):
    program_id: str | None = Field(
        None, max_length=40, description="One of the balances' programs; the merchant's own where left out."
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
    reversed_transaction_id: str | None
    created_at: Instant


class MyQr(Model):
    token: str = Field(
        description="What stands in the code.",
        examples=["BATUA.01KDC0V6M8W3T4Q9X2Z7N5B1FA.1.1795254000.MFRGGZDFMZTWQ2LK"],
    )
    image: str = Field(
        description="The code as an SVG image, a `data:` URL.",
        examples=["data:image/svg+xml;charset=utf-8,%3Csvg viewBox=%220 0 41 41%22%3E%3C/svg%3E"],
    )
    expires_at: Instant = Field(description="After that, ask for the next one.")
