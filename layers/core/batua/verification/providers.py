"""Who checks identifiers: one function per provider behind one signature. Pure.

`local` knows form and check digits, and says that it is no more than that. `cashfree` asks Cashfree Secure ID, where
the operator has an account there: see `cashfree` and `asking`. `sandbox` answers sessions of mode `test`, always the
same for the same input: the values that Cashfree publishes for its sandbox have the outcomes that they have there, and
any other well-formed identifier verifies unless its last four digits are zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from .. import errors
from .identifiers import CHECKS, IdentifierError
from .models import VerificationLevel
from .names import NameMatch, match_names

Details = Mapping[str, str]
OutcomeStatus = Literal["verified", "rejected", "failed", "submitted", "pending"]

IDENTIFIERS: Final[Mapping[str, tuple[str, ...]]] = {
    "pan": ("pan",),
    "gstin": ("gstin",),
    "bank": ("account_number", "ifsc"),
    "upi": ("upi_id",),
    "cin": ("cin",),
    "dl": ("dl_number",),
    "passport": ("file_number",),
    "voter_id": ("epic_number",),
    "aadhaar": ("aadhaar_number",),
}
"""Kind of check -> its fields that are identifiers; the first is the one that is shown masked."""

SANDBOX_OTP: Final = "111000"
_SANDBOX_NAME: Final = "JOHN DOE"
_SANDBOX: Final[Mapping[tuple[str, ...], OutcomeStatus]] = {
    ("655675523712",): "pending",
    ("026291800001191", "YESB0000262"): "verified",
    ("026291800001190", "YESB0000262"): "rejected",
    ("007711000031", "HDFC0000077"): "pending",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    status: OutcomeStatus
    level: VerificationLevel
    reason: str | None = None
    facts: Details = field(default_factory=dict)
    name_match: NameMatch | None = None


IdentifierCheck = Callable[[str, Details], Outcome]
"""What a provider offers: the outcome for a kind of check and its details."""


def canonical_details(kind: str, details: Details) -> tuple[dict[str, str], dict[str, str], str | None]:
    """Details in canonical form, what they tell, and the field whose check digit is wrong, if one is.

    Raises a 400 that names each field whose form is wrong.
    """
    canonical, facts = dict(details), dict[str, str]()
    wrong: dict[str, list[str]] = {}
    mistyped = None
    for name in IDENTIFIERS[kind]:
        try:
            checked = CHECKS[name](details[name])
        except IdentifierError as error:
            if error.kind == "form":
                wrong[name] = [str(error)]
            mistyped = name
            canonical[name] = "".join(details[name].split()).replace("-", "").upper()
        else:
            canonical[name] = checked.value
            facts.update(checked.facts)
    if wrong:
        raise errors.VALIDATION_ERROR(fields=wrong)
    return canonical, facts, mistyped


def check_locally(kind: str, details: Details) -> Outcome:
    _, facts, mistyped = canonical_details(kind, details)
    if mistyped:
        return Outcome("rejected", "format", "check_digit")
    return Outcome("verified", "format", facts=facts)


def check_in_sandbox(kind: str, details: Details) -> Outcome:
    canonical, facts, mistyped = canonical_details(kind, details)
    values = tuple(canonical[name] for name in IDENTIFIERS[kind])
    status = _SANDBOX.get(values)
    if status is None:
        digits = "".join(char for char in values[0] if char.isdigit())
        if mistyped or digits.endswith("0000"):
            return Outcome("rejected", "sandbox", "check_digit" if mistyped else "not_found")
        status = "pending" if kind == "aadhaar" else "verified"
    if status == "rejected":
        return Outcome("rejected", "sandbox", "not_found")
    name = details.get("name") or details.get("business_name") or details.get("company_name")
    match = match_names(name, _SANDBOX_NAME) if name and status == "verified" else None
    return Outcome(status, "sandbox", facts=facts, name_match=match)
