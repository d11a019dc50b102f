"""Requests and answers of a customer's signing in and out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ..api.models import Instant, Model, Text
from .models import CustomerMerchant, PageLanguage

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
ModeChoice = Annotated[Literal["live", "test"], Field(description="`test`: the merchant's sandbox.")]


class RequestSignInCode(Model):
    merchant: Slug
    phone: PhoneText
    mode: ModeChoice = "live"
    language: PageLanguage = Field("en", description="Of the text message.")


class CodeSent(Model):
    """The same for every number: the answer does not show whether it belongs to a customer."""

    otp_id: str = Field(examples=["otp_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    sent_to: str = Field(description="Masked.", examples=["+91••••••3210"])
    expires_at: Instant


class SignInCustomer(Model):
    merchant: Slug
    phone: PhoneText
    mode: ModeChoice = "live"
    otp_id: OtpId
    code: CodeText
    language: PageLanguage | None = Field(
        None, description="Of the page. Text messages are in it as long as the customer has chosen no other."
    )
    kind: Literal["cookie", "token"] = Field(
        "cookie", description="`cookie` for the customer's page, `token` for an app or a widget."
    )


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
    everywhere: bool = Field(False, strict=True, description="End the sessions on all other devices as well.")


class SignedOut(Model):
    everywhere: bool
