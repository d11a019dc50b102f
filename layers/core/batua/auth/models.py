"""Requests and answers of the sign-in routes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints

from ..api.models import Instant, Model, PlainText, Text

Username = Annotated[
    str, StringConstraints(min_length=1, max_length=254), Field(description="The email address of the account.")
]
Password = Annotated[
    str, StringConstraints(min_length=1, max_length=256), Field(json_schema_extra={"format": "password"})
]
MfaCodeText = Annotated[
    str,
    StringConstraints(min_length=6, max_length=32, pattern=r"^[0-9A-Za-z -]+$"),
    Field(description="Six digits of the authenticator, or a recovery code."),
]
Token = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


PROOF = "Your current password, unless the request carries a proof in X-Reauthentication."


class SignIn(Model):
    username: Username
    password: Password
    mfa_code: MfaCodeText | None = None
    device_token: Token | None = Field(
        None, description="From an earlier sign-in: keeps this device out of the delays that others cause."
    )
    mode: Literal["live", "test"] = Field("live", description="`test`: look at the sandbox instead.")


class SignedInUser(Model):
    id: str
    email: str
    name: str
    tenant_id: str
    roles: list[str]


class TokensIssued(Model):
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = Field(description="Seconds that the access token is good for.")
    refresh_expires_in: int
    device_token: str | None = Field(None, description="Keep it on the device, and send it with the next sign-in.")
    user: SignedInUser | None = None
    mfa_enrolment_required: bool = Field(
        False, description="The session opens the own account alone, until its user has set up two-step sign-in."
    )


class Refresh(Model):
    refresh_token: Token
    device_token: Token | None = Field(
        None,
        description="Lets a client that lost the answer to its last refresh ask again with the same token, two "
        "seconds later or whenever it is online again.",
    )


class SessionBegun(Model):
    csrf_token: str = Field(description="Send it as X-CSRFToken with every change.")
    expires_at: Instant
    user: SignedInUser
    mfa_enrolment_required: bool = Field(
        False, description="The session opens the own account alone, until its user has set up two-step sign-in."
    )


class CsrfToken(Model):
    csrf_token: str


class Done(Model):
    """Nothing to tell but that it was done."""

    done: Literal[True] = True


class TenantSummary(Model):
    id: str
    name: str
    kind: str
    parent_id: str | None
    asks_parent: bool = Field(description="Whether it can request balance from its parent.")
    region: str
    time_zone: str
    program_id: str | None
    program_name: str | None
    owns_program: bool = Field(description="Whether the coin program is the tenant's own: members of a network use it.")


class DeletionPlanned(Model):
    id: str
    erase_at: Instant


class CurrentUser(Model):
    id: str
    email: str
    name: str
    phone: str | None
    email_verified: bool
    mfa_enabled: bool
    roles: list[str]
    permissions: list[str]
    features: list[str] = Field(description="Parts of the product that the tenant and the roles open, for a menu.")
    mode: Literal["live", "test"]
    tenant: TenantSummary
    deletion: DeletionPlanned | None
    created_at: Instant
    version: int
    csrf_token: str | None = Field(description="In a cookie session: send it as X-CSRFToken with every change.")


class ProfileChange(Model):
    name: PlainText | None = None
    phone: str | None = Field(
        None,
        max_length=32,
        description="In E.164, or as it is dialled at home; empty removes it. A new number gets a code by text message "
        "first, and is saved once the same request comes again with that code.",
    )
    otp_id: Text | None = Field(None, description="From `phone_verification`, with `otp_code`: saves the new number.")
    otp_code: Text | None = Field(None, description="The code that the new number received.")
    password: Password | None = Field(None, description=f"To change the phone number. {PROOF}")


class PhoneVerification(Model):
    """The new number is not saved yet: send the request again with this `otp_id` and the code as `otp_code`."""

    otp_id: str
    sent_to: str
    expires_at: Instant


class ProfileSaved(CurrentUser):
    phone_verification: PhoneVerification | None = None


class Reauthentication(Model):
    """Exactly one of the two."""

    password: Password | None = None
    code: MfaCodeText | None = None


class ProofIssued(Model):
    proof: str = Field(description="Send it in X-Reauthentication. It belongs to this session and lasts five minutes.")
    expires_at: Instant


class PasswordChange(Model):
    current_password: Password
    new_password: Password


class PasswordReset(Model):
    email: Username


class PasswordSetConfirm(Model):
    token: Token
    new_password: Password


class PasswordSet(Model):
    device_token: str = Field(description="As in the answer to a sign-in: this device is a known one now.")


class MfaStatus(Model):
    enabled: bool
    since: Instant | None
    recovery_codes_left: int


class MfaSetup(Model):
    secret: str = Field(description="Shown this once, for authenticators that cannot read the QR code.")
    otpauth_uri: str
    qr_svg: str = Field(description="The QR code as a data: URI.")
    expires_at: Instant


class MfaCode(Model):
    code: MfaCodeText
    password: Password | None = Field(None, description=PROOF)


class MfaDisable(Model):
    password: Password
    code: MfaCodeText


class RecoveryCodes(Model):
    recovery_codes: list[str] = Field(description="Shown this once. Each is good for one sign-in.")


class EmailToken(Model):
    token: Token


class OtpRequest(Model):
    purpose: Literal["account_deletion"] = Field(
        description="Codes for other purposes come from the route whose step they confirm."
    )


class OtpSent(Model):
    otp_id: str
    channel: Literal["email"]
    sent_to: str
    expires_at: Instant


class RegistrationState(Model):
    enabled: bool
    message: str


class Register(Model):
    email: Username
    password: Password
    name: PlainText
    organisation: PlainText
    language: Literal["en", "hi"] = Field(
        "en", description="Of mails and text messages to this user, until they change it in their preferences."
    )


class AccountDeletion(Model):
    password: Password | None = None
    otp_id: Text | None = None
    otp_code: Text | None = None
    cancel: StrictBool = Field(False, description="Keep the account after all.")


class DeletionState(Model):
    id: str
    state: Literal["scheduled", "cancelled"]
    erase_at: Instant | None
