"""What the routes of identity checks take and answer."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StringConstraints, model_validator

from ..api.models import FieldsWrong, IdempotencyKey, Instant, Model, Text

VerificationKind = Literal["pan", "gstin", "bank", "upi", "cin", "dl", "passport", "voter_id", "aadhaar", "document"]
DraftKind = Literal["pan", "gstin", "bank", "upi", "cin", "dl", "passport", "voter_id"]
VerificationStatus = Literal["draft", "submitted", "pending", "verified", "rejected", "failed", "withdrawn", "expired"]
VerificationSubject = Literal["tenant", "other"]
VerificationLevel = Literal["format", "directory", "provider", "sandbox"]


def _require_text(value: object) -> object:
    """A number would be read as seconds since 1970."""
    if not isinstance(value, str):
        raise ValueError("must be a date such as 1990-04-21")
    return value


DateOfBirth = Annotated[date, BeforeValidator(_require_text)]
IdentifierText = Annotated[str, StringConstraints(min_length=1, max_length=320, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ConsentIn(Model):
    """What the person or company agreed to. When and from which address is recorded with it."""

    accepted: Literal[True] = Field(description="Must be true: a check needs the person's consent.")
    text_version: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[!-~]+$")] = Field(
        description="Version of the text that was shown.", examples=["kyc-2026-11"]
    )


class _Checked(Model):
    consent: ConsentIn
    idempotency_key: IdempotencyKey | None = None


class _AboutTenant(_Checked):
    subject: VerificationSubject = Field(
        "other",
        description="`tenant`: the identifier is your own. It is compared with your tenant's legal name, and what is "
        "verified counts towards the operator's requirements. `other`: somebody else's, such as a customer's.",
        examples=["tenant"],
    )


class VerifyPan(_AboutTenant):
    pan: IdentifierText = Field(examples=["ABCPV1234D"])
    name: Text | None = Field(None, description="Compared with the registered name.", examples=["Asha Rao"])


class VerifyGstin(_AboutTenant):
    gstin: IdentifierText = Field(examples=["29AAICP2912R1ZR"])
    business_name: Text | None = Field(None, examples=["Kaveri Stores Pvt Ltd"])


class VerifyBank(_AboutTenant):
    account_number: IdentifierText = Field(examples=["026291800001191"])
    ifsc: IdentifierText = Field(examples=["YESB0000262"])
    name: Text | None = Field(None, examples=["Asha Rao"])


class VerifyUpi(_AboutTenant):
    upi_id: IdentifierText = Field(examples=["asha.rao@okaxis"])
    name: Text | None = Field(None, examples=["Asha Rao"])


class VerifyCin(_AboutTenant):
    cin: IdentifierText = Field(examples=["U72900KA2015PTC082988"])
    company_name: Text | None = Field(
        None, description="Compared with the registered name.", examples=["Kaveri Stores Private Limited"]
    )


class VerifyDrivingLicence(_Checked):
    dl_number: IdentifierText = Field(examples=["KA01 20110012345"])
    date_of_birth: DateOfBirth = Field(examples=["1990-04-21"])


class VerifyPassport(_Checked):
    file_number: IdentifierText = Field(
        description="Of the application, 15 characters; not the passport's number.", examples=["BN1061234567818"]
    )
    date_of_birth: DateOfBirth = Field(examples=["1990-04-21"])
    name: Text | None = Field(None, examples=["Asha Rao"])


class VerifyVoterId(_Checked):
    epic_number: IdentifierText = Field(examples=["ABC1234567"])
    name: Text | None = Field(None, examples=["Asha Rao"])


class VerifyDocument(_Checked):
    document_id: str = Field(description="One of the tenant's uploaded documents.", examples=["doc_01KAEXAMPLE"])


class VerifyAadhaar(Model):
    """First the consent, and the number where there is no DigiLocker; then, for a code, the code and the check's id."""

    aadhaar_number: IdentifierText | None = Field(
        None, description="Never stored, and not needed for DigiLocker.", examples=["999941057058"]
    )
    name: Text | None = Field(
        None, description="Compared with the name on the card, where DigiLocker shares it.", examples=["Asha Rao"]
    )
    consent: ConsentIn | None = None
    verification_id: str | None = Field(None, examples=["vrf_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    otp: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = Field(None, examples=["111000"])
    idempotency_key: IdempotencyKey | None = None

    @model_validator(mode="after")
    def _one_step(self) -> VerifyAadhaar:
        first = {name for name in ("aadhaar_number", "consent", "name") if getattr(self, name) is not None}
        second = {name for name in ("verification_id", "otp") if getattr(self, name) is not None}
        begins, ends = not second and self.consent is not None, not first and len(second) == 2
        if not (begins or ends):
            raise FieldsWrong(
                "give aadhaar_number and consent, or verification_id and otp", "aadhaar_number", "verification_id"
            )
        return self


class SubmitVerification(_AboutTenant):
    kind: DraftKind = Field(description="Aadhaar and documents have routes of their own.", examples=["pan"])
    details: dict[str, IdentifierText] = Field(
        description="The fields that the `verify-…` route of the kind takes.",
        examples=[{"pan": "ABCPV1234D", "name": "Asha Rao"}],
        max_length=6,
    )
    submit: StrictBool = Field(True, description="False keeps it as a draft.")


class UpdateVerification(Model):
    """What is left out stays as it is. `submit: true` submits the draft."""

    details: dict[str, IdentifierText] | None = Field(None, examples=[{"pan": "ABCPV1234D"}], max_length=6)
    consent: ConsentIn | None = None
    submit: StrictBool = False

    @model_validator(mode="after")
    def _something(self) -> UpdateVerification:
        if self.details is None and self.consent is None and not self.submit:
            raise FieldsWrong("give at least one of details, consent and submit", "details", "consent", "submit")
        return self


class VerificationsQuery(Model):
    kind: VerificationKind | None = None
    status: VerificationStatus | None = None
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class ConsentOut(Model):
    text_version: str = Field(examples=["kyc-2026-11"])
    at: Instant
    address: str = Field(examples=["203.0.113.7"])


class NameMatchOut(Model):
    score: int = Field(description="0 to 100.", examples=[85])
    result: str = Field(examples=["GOOD_PARTIAL_MATCH"])


class VerificationOut(Model):
    id: str = Field(examples=["vrf_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    kind: VerificationKind
    subject: VerificationSubject = Field(
        description="`tenant`: a check of the tenant itself, which counts towards the operator's requirements."
    )
    status: VerificationStatus
    level: VerificationLevel | None = Field(
        description="What the outcome rests on. `format`: form and check digits alone; nobody confirmed that it exists "
        "or whose it is. `directory`: a directory has the branch of the IFSC besides. `provider`: Cashfree Secure ID "
        "has confirmed it with the issuer. `sandbox`: made up for tests. Null before there is an outcome."
    )
    reason: str | None = Field(description="Why it was rejected, or has failed.", examples=["check_digit"])
    reference: str | None = Field(None, description="The provider's reference of the check.", examples=["21637861"])
    continue_url: str | None = Field(
        None,
        description="Where the person shares their Aadhaar details by DigiLocker, within ten minutes.",
        examples=["https://verification.cashfree.com/dgl?shortCode=x1y2z3"],
    )
    identifier: str | None = Field(description="Masked: the last four characters.", examples=["••••234D"])
    facts: dict[str, str] = Field(description="What the identifier itself tells.", examples=[{"holder": "individual"}])
    name_match: NameMatchOut | None
    consent: ConsentOut
    version: int
    created_by: str
    created_at: Instant
    checked_at: Instant | None
    expires_at: Instant | None = Field(description="When a draft or a pending check ends.")
    erased_at: Instant = Field(description="When the record is deleted.")
