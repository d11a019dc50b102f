"""The error catalogue: every refusal that a caller can meet, with a stable code and its HTTP status.

    raise INSUFFICIENT_BALANCE(figures={"balance": 40})

A `Problem` is an expected answer, never a fault of ours; anything else that is raised becomes `internal_error`.
The catalogue is complete by construction (`define` is the only way in) and goes into the OpenAPI document and the docs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Fields = Mapping[str, list[str]]
"""Field -> what was expected of it."""


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One row of the catalogue. Calling it makes the problem to raise."""

    code: str
    status: int
    message: str

    def __call__(
        self,
        message: str | None = None,
        *,
        fields: Fields | None = None,
        figures: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Problem:
        """`fields` names what to mend, `figures` are amounts and facts that a program may want, by name."""
        return Problem(self, message or self.message, fields or {}, figures or {}, headers or {})


class Problem(Exception):
    """A refusal on its way to the caller."""

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        fields: Fields,
        figures: Mapping[str, Any],
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(f"{kind.code}: {message}")
        self.kind = kind
        self.message = message
        self.fields = fields
        self.figures = figures
        self.headers = headers
        self.why: str | None = None
        """For the audit trail; the caller is not told."""


CATALOGUE: Final[dict[str, ErrorKind]] = {}


def define(code: str, status: int, message: str) -> ErrorKind:
    """Adds a row to the catalogue; a code is given once."""
    if code in CATALOGUE:
        raise ValueError(f"error code {code} is defined twice")
    kind = CATALOGUE[code] = ErrorKind(code, status, message)
    return kind


# Requests that cannot be read.
VALIDATION_ERROR = define("validation_error", 400, "Validation failed")
INVALID_JSON = define("invalid_json", 400, "The body is not valid JSON.")
BODY_TOO_LARGE = define("body_too_large", 413, "The body is larger than 256 KiB.")
UNSUPPORTED_MEDIA_TYPE = define("unsupported_media_type", 415, "The body must be sent as application/json.")
NOT_ACCEPTABLE = define("not_acceptable", 406, "None of the accepted media types is on offer.")
INVALID_CURSOR = define("invalid_cursor", 400, "The cursor belongs to no list of yours with these filters.")

# Callers. Every refusal of a credential looks the same from outside.
UNAUTHENTICATED = define("unauthenticated", 401, "Valid credentials are required.")
FORBIDDEN = define("forbidden", 403, "These credentials may not do this.")
RATE_LIMITED = define("rate_limited", 429, "Too many requests.")

# Signing in, and proving oneself.
INVALID_CREDENTIALS = define("invalid_credentials", 401, "No account has this user name and this password.")
MFA_REQUIRED = define("mfa_required", 401, "The account asks for a code of its authenticator or a recovery code.")
MFA_CODE_INVALID = define("mfa_code_invalid", 401, "The code is wrong, or was used before.")
TOO_MANY_ATTEMPTS = define("too_many_attempts", 429, "Too many attempts; wait before the next one.")
REFRESH_IN_PROGRESS = define(
    "refresh_in_progress", 409, "Another request has just refreshed this session; use the tokens that it was given."
)
CSRF_FAILED = define("csrf_failed", 403, "The X-CSRFToken header is missing, or belongs to another session.")
WRONG_PASSWORD = define("wrong_password", 403, "The password is wrong.")
REAUTHENTICATION_REQUIRED = define(
    "reauthentication_required", 403, "Sign in anew, or give the password: this session is too old for that."
)
WRONG_CODE = define("wrong_code", 403, "The code is wrong, or was used before.")
LINK_INVALID = define("link_invalid", 400, "This link has been used, or is no longer good.")
OTP_INVALID = define("otp_invalid", 400, "The one-time code is wrong, used, expired, or was given for something else.")
MFA_ALREADY_ON = define("mfa_already_on", 409, "The second factor is on already.")
MFA_NOT_ON = define("mfa_not_on", 409, "The second factor is not on.")
MFA_NOT_STARTED = define("mfa_not_started", 409, "Begin the set-up of the second factor anew.")
EMAIL_ALREADY_VERIFIED = define("email_already_verified", 409, "The e-mail address has been verified already.")
PHONE_MISSING = define("phone_missing", 409, "The account has no phone number to send a code to.")
REGISTRATION_DISABLED = define("registration_disabled", 403, "Accounts are by invitation; registration is disabled.")
EMAIL_TAKEN = define("email_taken", 409, "An account has this e-mail address already.")
LAST_ADMIN = define("last_admin", 409, "The last administrator of a tenant can't be removed.")
DELETION_NOT_REQUESTED = define("deletion_not_requested", 409, "No deletion of this account is under way.")

# Tenants, their people, keys and documents.
ROLE_NOT_YOURS = define("role_not_yours", 403, "Only roles whose permissions you hold yourself can be given or taken.")
ALLOWLIST_REQUIRED = define(
    "allowlist_required", 409, "A live key can be made once a super admin has approved the networks it is used from."
)
KEY_LIMIT_REACHED = define("key_limit_reached", 409, "The tenant has as many API keys as it may.")
KEY_NOT_ACTIVE = define("key_not_active", 409, "The key has been revoked, has expired or has been rotated already.")
NOTHING_PROPOSED = define("nothing_proposed", 409, "No such proposal waits for approval.")
USER_NOT_ACTIVE = define("user_not_active", 409, "The user has not accepted the invitation, or is gone.")
TEAM_FULL = define("team_full", 409, "The tenant has as many people as it may.")
SLUG_TAKEN = define("slug_taken", 409, "Another tenant has this slug.")
TENANT_IN_CYCLE = define("tenant_in_cycle", 409, "A tenant can't stand below itself.")
TENANT_MISPLACED = define("tenant_misplaced", 409, "A tenant of this kind can't stand there.")
DOCUMENT_UNFIT = define("document_unfit", 422, "The document can't be used for this: its type, its size, or its state.")
TOO_MANY_DOCUMENTS = define("too_many_documents", 409, "The tenant has as many documents as it may.")
DOCUMENT_IN_USE = define("document_in_use", 409, "The document is used as the tenant's logo.")

# Things that are not there, or not the caller's: the two look the same.
NOT_FOUND = define("not_found", 404, "There is no such thing here.")
CUSTOMER_NOT_FOUND = define("customer_not_found", 404, "There is no such customer.")
WALLET_NOT_FOUND = define("wallet_not_found", 404, "There is no such wallet.")
TRANSACTION_NOT_FOUND = define("transaction_not_found", 404, "There is no such transaction.")

# Value.
INSUFFICIENT_BALANCE = define("insufficient_balance", 409, "The wallet holds less than was asked for.")
MIR_LIMIT_REACHED = define("mir_limit_reached", 409, "The merchant has reached this month's redemption ceiling.")
WALLET_NOT_ACTIVE = define("wallet_not_active", 409, "The wallet is not active.")
NO_RULE_MATCHES = define("no_rule_matches", 422, "No earning rule gives coins for this bill.")
COINS_EXCEED_BILL = define("coins_exceed_bill", 422, "The coins are worth more than the bill.")
DAILY_CAP_REACHED = define("daily_cap_reached", 422, "The customer has earned this day's maximum already.")
BALANCE_LIMIT_EXCEEDED = define("balance_limit_exceeded", 409, "The wallet would hold more than it may.")
NOTHING_TO_REVERSE = define("nothing_to_reverse", 409, "The transaction has been reversed wholly already.")
REVERSAL_EXCEEDS_ORIGINAL = define("reversal_exceeds_original", 409, "Reversals may not exceed the original.")
NOT_REVERSIBLE = define("not_reversible", 409, "A transaction of this kind cannot be reversed.")
COINS_ALREADY_SPENT = define("coins_already_spent", 409, "The coins of this issue have been spent.")
NOTHING_EXPIRED = define("nothing_expired", 409, "The wallet holds no coins that are past.")
HOLD_NOT_OPEN = define("hold_not_open", 409, "The hold has been captured, voided or has expired.")
CAPTURE_EXCEEDS_HOLD = define("capture_exceeds_hold", 409, "A capture may not exceed its hold.")

# A tenant's own wallets.
INSUFFICIENT_FLOAT = define("insufficient_float", 409, "The merchant's wallet does not cover the value of these coins.")
REFUND_WHOLE_ONLY = define(
    "refund_whole_only", 409, "A transaction that gives and takes can only be refunded as a whole."
)
SAME_WALLET = define("same_wallet", 422, "Value can only be moved between two different wallets.")
ASSET_MISMATCH = define("asset_mismatch", 422, "Value can only be moved between wallets of the same asset.")
HOLD_EXPIRY_INVALID = define("hold_expiry_invalid", 422, "A hold must end after now, and within 90 days.")
NOT_PENDING = define("not_pending", 409, "The transaction is not pending: it made no hold.")

# Disputes.
DISPUTE_NOT_FOUND = define("dispute_not_found", 404, "There is no such dispute.")
DISPUTE_OPEN = define("dispute_open", 409, "A dispute on this transaction is open already.")
DISPUTE_DECIDED = define("dispute_decided", 409, "The dispute has been decided already.")
NOT_DISPUTABLE = define("not_disputable", 409, "A transaction of this kind, or of this age, cannot be disputed.")

# A parent and its child tenants.
NO_PARENT = define("no_parent", 409, "The tenant stands below no parent that it could ask.")
BALANCE_REQUEST_NOT_FOUND = define("balance_request_not_found", 404, "There is no such balance request.")
BALANCE_REQUEST_DECIDED = define("balance_request_decided", 409, "The balance request has been decided already.")
CREDIT_EXCEEDS_DEBITS = define(
    "credit_exceeds_debits",
    409,
    "Credit charges can only give back what debits with the same referenceId took.",
)
NOTHING_TO_INVOICE = define("nothing_to_invoice", 409, "The buyer has no billable charges in this period.")

# Prefunds.
PREFUND_REQUEST_NOT_FOUND = define("prefund_request_not_found", 404, "There is no such prefund request.")
RECEIVER_ACCOUNT_NOT_FOUND = define("receiver_account_not_found", 404, "There is no such receiver account.")
RECEIVER_ACCOUNT_INACTIVE = define("receiver_account_inactive", 409, "The account does not take money any more.")
UTR_USED = define("utr_used", 409, "Another request names this bank transfer already.")
PREFUND_NOT_IN_STATE = define("prefund_not_in_state", 409, "The request is in another status than this needs.")
PREFUND_DECIDED = define("prefund_decided", 409, "The request has been decided already.")
PREFUND_AMOUNT_EXCEEDED = define("prefund_amount_exceeded", 422, "No more can be credited than the request names.")
FOUR_EYES = define("four_eyes", 403, "Whoever made or reviewed a request can't decide on it.")
ASSIGNEE_UNFIT = define("assignee_unfit", 422, "A request can be assigned to the operator's active staff alone.")

# Requests sent again, or all at once.
IDEMPOTENCY_KEY_REUSED = define(
    "idempotency_key_reused", 422, "This idempotency key was used for a request with another content."
)
REQUEST_IN_PROGRESS = define("request_in_progress", 409, "The same request is being worked on; try again shortly.")
BUSY = define("busy", 503, "Too many changes at once; nothing was changed, try again.")
VERSION_CONFLICT = define("version_conflict", 409, "Someone else has changed this in the meantime.")
ALREADY_EXISTS = define("already_exists", 409, "It exists already.")

INTERNAL_ERROR = define("internal_error", 500, "Something went wrong on our side.")
SERVICE_UNAVAILABLE = define("service_unavailable", 503, "A part of the service does not answer.")


def invalid(field: str, *expected: str) -> Problem:
    """A 400 that names one field and what was expected of it."""
    return VALIDATION_ERROR(fields={field: list(expected)})
