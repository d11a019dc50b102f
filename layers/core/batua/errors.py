"""The error catalogue: every refusal that a caller can meet, with a stable code and its HTTP status.

    raise INSUFFICIENT_BALANCE(figures={"balance": 40})

A `Problem` is an expected answer, never a fault of ours; anything else that is raised becomes `internal_error`.
The catalogue is complete by construction (`define` is the only way in) and goes into the OpenAPI document and the docs.
"""

from __future__ import annotations

from .error_kinds import CATALOGUE as CATALOGUE
from .error_kinds import ErrorKind as ErrorKind
from .error_kinds import Fields as Fields
from .error_kinds import Problem as Problem
from .error_kinds import define as define

# Requests that cannot be read.
VALIDATION_ERROR = define("validation_error", 400, "Validation failed")
INVALID_JSON = define("invalid_json", 400, "The request body is not valid JSON.")
BODY_TOO_LARGE = define("body_too_large", 413, "The request body is larger than 256 KiB.")
UNSUPPORTED_MEDIA_TYPE = define("unsupported_media_type", 415, "Send the request body as application/json.")
NOT_ACCEPTABLE = define("not_acceptable", 406, "None of the media types in the Accept header is available.")
INVALID_CURSOR = define(
    "invalid_cursor", 400, "The cursor is not valid for this list and these filters. Start again without a cursor."
)

# Callers. Every refusal of a credential looks the same from outside.
UNAUTHENTICATED = define("unauthenticated", 401, "Authentication required. Send a valid credential.")
ORIGIN_NOT_ALLOWED = define(
    "origin_not_allowed", 403, "The origin of this page is not allowed. Add it to the allowed origins of your tenant."
)
FORBIDDEN = define("forbidden", 403, "This credential does not have permission to do this.")
RATE_LIMITED = define(
    "rate_limited", 429, "Too many requests. Wait for the number of seconds in the Retry-After header."
)

# Signing in, and proving oneself.
INVALID_CREDENTIALS = define("invalid_credentials", 401, "The user name or password is incorrect.")
MFA_REQUIRED = define("mfa_required", 401, "Enter the code from your authenticator app, or a recovery code.")
MFA_CODE_INVALID = define("mfa_code_invalid", 401, "The code is incorrect or has already been used.")
TOO_MANY_ATTEMPTS = define("too_many_attempts", 429, "Too many attempts. Wait before you try again.")
REFRESH_IN_PROGRESS = define(
    "refresh_in_progress", 409, "Another request has just refreshed this session. Use the tokens from that response."
)
CSRF_FAILED = define("csrf_failed", 403, "The X-CSRFToken header is missing or belongs to another session.")
WRONG_PASSWORD = define("wrong_password", 403, "The password is incorrect.")
REAUTHENTICATION_REQUIRED = define(
    "reauthentication_required",
    403,
    "Confirm your identity first: send your password or a code to POST /api/v1/auth/reauthenticate (customers: a code "
    "to POST /api/v1/me/proofs), then repeat the request with the proof it returns in the X-Reauthentication header.",
)
LIVE_SESSION_REQUIRED = define(
    "live_session_required", 403, "This changes live data, and these credentials are for the sandbox."
)
WRONG_CODE = define("wrong_code", 403, "The code is incorrect or has already been used.")
LINK_INVALID = define("link_invalid", 400, "This link has already been used or has expired.")
OTP_INVALID = define(
    "otp_invalid", 400, "The one-time code is incorrect, expired, already used, or was issued for something else."
)
MFA_ALREADY_ON = define("mfa_already_on", 409, "Two-step sign-in is already on.")
MFA_NOT_ON = define("mfa_not_on", 409, "Two-step sign-in is not on.")
MFA_ENROLMENT_REQUIRED = define(
    "mfa_enrolment_required", 403, "Administrators need two-step sign-in here. Set it up under your account first."
)
MFA_OBLIGATORY = define("mfa_obligatory", 409, "Administrators can't turn two-step sign-in off here.")
MFA_NOT_STARTED = define("mfa_not_started", 409, "Start the setup of two-step sign-in again.")
EMAIL_ALREADY_VERIFIED = define("email_already_verified", 409, "This email address is already verified.")
PHONE_MISSING = define("phone_missing", 409, "The account has no phone number to send a code to.")
REGISTRATION_DISABLED = define(
    "registration_disabled", 403, "Registration is closed. Ask an administrator for an invitation."
)
EMAIL_TAKEN = define("email_taken", 409, "This email address already has an account. Use another one for each tenant.")
LAST_ADMIN = define("last_admin", 409, "A tenant must keep at least one administrator.")
DELETION_NOT_REQUESTED = define("deletion_not_requested", 409, "No deletion of this account is in progress.")

# Tenants, their people, keys and documents.
ROLE_NOT_YOURS = define(
    "role_not_yours", 403, "You can only grant or remove roles whose permissions you hold yourself."
)
ALLOWLIST_REQUIRED = define(
    "allowlist_required", 409, "Live keys need an approved IP allowlist. Propose your networks first."
)
KEY_LIMIT_REACHED = define("key_limit_reached", 409, "API key limit reached. Revoke a key you no longer use.")
KEY_NOT_ACTIVE = define("key_not_active", 409, "The key has been revoked, has expired, or has already been rotated.")
NOTHING_PROPOSED = define("nothing_proposed", 409, "There is no proposal waiting for approval.")
USER_NOT_ACTIVE = define("user_not_active", 409, "The user has not accepted the invitation yet, or no longer exists.")
TEAM_FULL = define("team_full", 409, "Team limit reached. Remove a user you no longer need.")
SLUG_TAKEN = define("slug_taken", 409, "This slug is already taken by another tenant.")
TENANT_IN_CYCLE = define("tenant_in_cycle", 409, "A tenant cannot be placed below itself.")
TENANT_MISPLACED = define("tenant_misplaced", 409, "A tenant of this kind cannot have that parent.")
PROGRAM_WOULD_CHANGE = define(
    "program_would_change",
    409,
    "The move would change the tenant's coin program, which its customers' coins belong to.",
)
BALANCE_REQUESTS_OPEN = define(
    "balance_requests_open",
    409,
    "The tenant has open balance requests with its present parent. Decide them first.",
    "Balance requests that are open with the tenant's present parent: {open}. Decide them first.",
)
TENANT_HAS_ADMIN = define(
    "tenant_has_admin", 409, "The tenant already has an administrator, who can invite the rest of its team."
)
DOCUMENT_UNFIT = define("document_unfit", 422, "The document cannot be used here. Check its type, size and status.")
TOO_MANY_DOCUMENTS = define("too_many_documents", 409, "Document limit reached. Delete a document you no longer need.")
DOCUMENT_IN_USE = define("document_in_use", 409, "The document is in use as the tenant's logo.")

# Things that are not there, or not the caller's: the two look the same.
NOT_FOUND = define("not_found", 404, "Resource not found.")
CUSTOMER_NOT_FOUND = define("customer_not_found", 404, "Customer not found.")
WALLET_NOT_FOUND = define("wallet_not_found", 404, "Wallet not found.")
TRANSACTION_NOT_FOUND = define("transaction_not_found", 404, "Transaction not found.")

# Value.
INSUFFICIENT_BALANCE = define(
    "insufficient_balance",
    409,
    "Insufficient balance.",
    "Insufficient balance: {available} available, {requested} requested.",
)
MIR_LIMIT_REACHED = define(
    "mir_limit_reached",
    409,
    "The merchant has reached this month's redemption ceiling.",
    "Redemption ceiling reached: {redeemed} of {ceiling} coins redeemed this month, {left} left.",
)
WALLET_NOT_ACTIVE = define("wallet_not_active", 409, "The wallet is not active.")
NO_RULE_MATCHES = define("no_rule_matches", 422, "No earning rule gives coins for this bill.")
COINS_EXCEED_BILL = define(
    "coins_exceed_bill",
    422,
    "The coins are worth more than the bill.",
    "The coins are worth {value}, which is more than the bill of {bill}.",
)
DAILY_CAP_REACHED = define("daily_cap_reached", 422, "The customer has reached today's earning limit.")
BALANCE_LIMIT_EXCEEDED = define("balance_limit_exceeded", 409, "This would take the wallet above its balance limit.")
NOTHING_TO_REVERSE = define(
    "nothing_to_reverse",
    409,
    "The transaction has already been fully reversed.",
    "The transaction has already been fully reversed: {reversed} of {original}.",
)
REVERSAL_EXCEEDS_ORIGINAL = define(
    "reversal_exceeds_original",
    409,
    "The reversal exceeds what is left of the original transaction.",
    "Only {left} of the original {original} is left to reverse.",
)
REVERSAL_EXCEEDS_ALLOWANCE = define(
    "reversal_exceeds_allowance",
    409,
    "The merchant has already used the redemption allowance from this issue.",
    "The merchant has already used the redemption allowance from this issue: {reversible} of {requested} coins can be "
    "reversed now. Issue more coins in the same month to reverse the rest.",
)
NOT_REVERSIBLE = define("not_reversible", 409, "Transactions of this type cannot be reversed.")
COINS_ALREADY_SPENT = define(
    "coins_already_spent",
    409,
    "The coins from this issue have already been spent.",
    "Only {available} of these coins are left; the rest has been spent.",
)
UNDO_NOT_ALLOWED = define(
    "undo_not_allowed",
    403,
    "You can undo an issue of your own for 5 minutes, while it is the customer's latest transaction. "
    "Ask an administrator to reverse it.",
)
NOTHING_TO_TRANSFER = define("nothing_to_transfer", 409, "The wallet has no coins that can be moved.")
WALLET_HAS_HOLDS = define(
    "wallet_has_holds",
    409,
    "Coins of the wallet are on hold.",
    "{held} coins of the wallet are on hold. Capture or void the hold first.",
)
NOTHING_EXPIRED = define("nothing_expired", 409, "The wallet has no expired coins.")
HOLD_NOT_OPEN = define("hold_not_open", 409, "The hold has already been captured or voided, or has expired.")
CAPTURE_EXCEEDS_HOLD = define(
    "capture_exceeds_hold", 409, "The capture exceeds the amount on hold.", "The capture exceeds the {held} on hold."
)

# A tenant's own wallets.
INSUFFICIENT_FLOAT = define(
    "insufficient_float",
    409,
    "The merchant's prefunded balance does not cover the value of these coins.",
    "The prefunded balance of {funds} does not cover these coins, which are worth {value}.",
)
REFUND_WHOLE_ONLY = define(
    "refund_whole_only",
    409,
    "A transaction with both debits and credits can only be refunded in full.",
    "A transaction with both debits and credits can only be refunded in full: {original}.",
)
SAME_WALLET = define("same_wallet", 422, "The source and destination wallets must be different.")
WALLET_CLOSED = define("wallet_closed", 409, "The wallet is closed. Open it again, or use another one.")
ASSET_MISMATCH = define("asset_mismatch", 422, "Both wallets must hold the same asset.")
HOLD_EXPIRY_INVALID = define("hold_expiry_invalid", 422, "A hold must expire in the future and within 90 days.")
NOT_PENDING = define("not_pending", 409, "The transaction is not pending: it did not create a hold.")

# Disputes.
DISPUTE_NOT_FOUND = define("dispute_not_found", 404, "Dispute not found.")
DISPUTE_OPEN = define("dispute_open", 409, "This transaction already has an open dispute.")
DISPUTE_DECIDED = define("dispute_decided", 409, "The dispute has already been decided.")
NOT_DISPUTABLE = define("not_disputable", 409, "This transaction cannot be disputed because of its type or age.")

# A parent and its child tenants.
NO_PARENT = define("no_parent", 409, "The tenant has no parent to request balance from.")
BALANCE_REQUEST_NOT_FOUND = define("balance_request_not_found", 404, "Balance request not found.")
BALANCE_REQUEST_DECIDED = define("balance_request_decided", 409, "The balance request has already been decided.")
CREDIT_EXCEEDS_DEBITS = define(
    "credit_exceeds_debits",
    409,
    "Credit charges can only give back what debits with the same referenceId took.",
    "Only {left} is left to credit under this referenceId, {requested} requested.",
)
NOTHING_TO_INVOICE = define("nothing_to_invoice", 409, "There are no billable charges for this buyer in this period.")
CHARGES_ALREADY_INVOICED = define(
    "charges_already_invoiced", 409, "Every billable charge of this period has already been invoiced."
)
PERIOD_NOT_ENDED = define(
    "period_not_ended",
    409,
    "The period has not ended, so charges may still arrive. Set includeOpenPeriod to invoice now.",
)
INVOICE_NOT_FOUND = define("invoice_not_found", 404, "Invoice not found.")

# Prefunds.
PREFUND_REQUEST_NOT_FOUND = define("prefund_request_not_found", 404, "Prefund request not found.")
RECEIVER_ACCOUNT_NOT_FOUND = define("receiver_account_not_found", 404, "Receiver account not found.")
RECEIVER_ACCOUNT_EXISTS = define("receiver_account_exists", 409, "This bank account is already on the list.")
RECEIVER_ACCOUNT_INACTIVE = define(
    "receiver_account_inactive", 409, "This receiver account no longer accepts transfers."
)
UTR_USED = define("utr_used", 409, "Another prefund request already uses this UTR.")
PREFUND_NOT_IN_STATE = define("prefund_not_in_state", 409, "The prefund request's current status does not allow this.")
PREFUND_DECIDED = define("prefund_decided", 409, "The prefund request has already been decided.")
PREFUND_AMOUNT_EXCEEDED = define(
    "prefund_amount_exceeded", 422, "The credited amount cannot exceed the requested amount."
)
FOUR_EYES = define("four_eyes", 403, "You submitted or reviewed this request, so someone else must decide it.")
ASSIGNEE_UNFIT = define(
    "assignee_unfit", 422, "Requests can only be assigned to active members of the operator's staff."
)

# Coin programs.
PROGRAM_NOT_FOUND = define("program_not_found", 404, "Program not found.")
PROGRAM_EXISTS = define("program_exists", 409, "This tenant already runs a coin program.")
PROGRAM_LIMIT_REACHED = define("program_limit_reached", 409, "Program limit reached.")
PROGRAM_RETIRED = define("program_retired", 409, "The program is retired and can no longer be changed.")
PROGRAM_IN_USE = define(
    "program_in_use",
    409,
    "Coins have been issued, so this setting cannot change. Retire the program and create another.",
)
PROGRAM_NOT_PAUSED = define(
    "program_not_paused",
    409,
    "Pause the program, wait a minute for issues in progress, and send this change again.",
)
NOT_A_NETWORK = define("not_a_network", 409, "Only a program of kind network has members.")
INVITATION_NOT_FOUND = define("invitation_not_found", 404, "No open invitation found.")
ALREADY_MEMBER = define("already_member", 409, "The merchant is already a member of this network.")
NOT_A_MEMBER = define("not_a_member", 404, "The merchant is not a member of this network.")
MEMBER_HAS_OPEN_WORK = define("member_has_open_work", 409, "Close the merchant's open redemptions and orders first.")
CAMPAIGN_NOT_FOUND = define("campaign_not_found", 404, "Campaign not found.")
CAMPAIGN_LIMIT_REACHED = define("campaign_limit_reached", 409, "Campaign limit reached. End one that you don't need.")
REFERRAL_NOT_OFFERED = define("referral_not_offered", 409, "No referral campaign is running. Leave the code out.")
REFERRAL_CODE_NOT_FOUND = define("referral_code_not_found", 404, "Referral code not found. Check its characters.")
_NOT_NEW = "Referral codes are for new customers, and this customer is not new. Leave the code out."
REFERRAL_NOT_NEW = define("referral_not_new", 409, _NOT_NEW)
REFERRAL_NAMED = define("referral_named", 409, "The customer has already used a referral code. Leave the code out.")
BIRTHDAY_LOCKED = define("birthday_locked", 409, "You can change your birthday once a year. Try again later.")
PROGRAM_NOT_STARTED = define(
    "program_not_started", 409, "The coin program has not started, so no coins can be issued or redeemed."
)
PROGRAM_PAUSED = define("program_paused", 409, "The coin program is paused, so no coins can be issued or redeemed.")
PROGRAM_ENDED = define(
    "program_ended",
    409,
    "The coin program has ended and issues no more coins. Coins issued earlier can still be redeemed.",
)
COINS_EXPIRED = define("coins_expired", 409, "The coins would have expired already.")
NOT_PROGRAM_OWNER = define("not_program_owner", 403, "Only the owner of the coin program can do this.")

# Imports.
IMPORT_NOT_FOUND = define("import_not_found", 404, "Import not found.")
IMPORT_NOT_IN_STATE = define(
    "import_not_in_state",
    409,
    "The import's current status does not allow this.",
    "The import is {status}, so this is not possible now.",
)
IMPORT_LIMIT_REACHED = define(
    "import_limit_reached", 409, "Too many imports are in progress. Finish one of them first."
)
FILE_ALREADY_IMPORTED = define(
    "file_already_imported",
    409,
    "A file with the same content has already been imported. Reverse that import first.",
    "Import {import_id} had the same content. Reverse it before you import the file again.",
)
IMPORT_REVERSAL_CLOSED = define(
    "import_reversal_closed", 409, "An import can be reversed as a whole within 24 hours after it was applied."
)

# Exports.
EXPORT_NOT_FOUND = define("export_not_found", 404, "Export not found.")
EXPORT_RUNNING = define(
    "export_running",
    409,
    "An export is already running. Wait until it has finished.",
    "Export {export_id} is already running. Wait until it has finished.",
)

# Rewards and redemptions.
REWARD_NOT_FOUND = define("reward_not_found", 404, "Reward not found.")
REWARD_RETIRED = define("reward_retired", 409, "The reward is retired and can no longer be changed.")
_STOCK_LEFT = "Only {left} are left, so the stock cannot be lowered below {lowest}."
_STOCK_GONE = "The stock cannot be lowered below what has already been redeemed."
STOCK_TAKEN = define("stock_taken", 409, _STOCK_GONE, _STOCK_LEFT)
REWARD_NOT_ACTIVE = define("reward_not_active", 409, "The reward cannot be redeemed now.")
REWARD_SOLD_OUT = define("reward_sold_out", 409, "The reward is sold out.")
_LIMIT = "The customer has reached the limit of {limit} for this reward ({period})."
REWARD_LIMIT_REACHED = define(
    "reward_limit_reached", 409, "The customer has redeemed this reward as often as allowed.", _LIMIT
)
REWARD_TIER_REQUIRED = define("reward_tier_required", 409, "This reward is only for customers of a higher tier.")
REWARD_TAG_REQUIRED = define("reward_tag_required", 409, "This reward is only for customers with a certain tag.")
_NO_CREDIT = "The wallet that this reward credits cannot be credited now."
_NO_CREDIT_DETAIL = "{wallet} cannot be credited now ({why}). No coins were taken; try again later."
REWARD_CREDIT_REFUSED = define("reward_credit_refused", 409, _NO_CREDIT, _NO_CREDIT_DETAIL)
_CREDIT_GONE = "The wallet credit that these coins bought has been spent or has expired, so they can't be given back."
REWARD_CREDIT_SPENT = define("reward_credit_spent", 409, _CREDIT_GONE)
_PRICE = "It costs {points} now, not {expected}. Show the new price and try again."
REWARD_PRICE_CHANGED = define("reward_price_changed", 409, "The reward's price has changed.", _PRICE)
REDEMPTIONS_OPEN = define(
    "redemptions_open",
    409,
    "Rewards are still on their way to you. Delete your data after they have arrived.",
    "Rewards still on their way to you: {count}. The shop needs the address until they have arrived. Delete your data "
    "after that, or ask the shop to cancel them.",
)
REDEMPTION_NOT_FOUND = define("redemption_not_found", 404, "Redemption not found.")
_ENDED = "The redemption is {state}, so this is no longer possible."
REDEMPTION_NOT_IN_STATE = define("redemption_not_in_state", 409, "The redemption's state does not allow this.", _ENDED)
REDEMPTION_OVERDUE = define("redemption_overdue", 409, "The redemption has expired, and its coins are being returned.")

# Marketplace.
PRODUCT_NOT_FOUND = define("product_not_found", 404, "Product not found. It may no longer be on offer.")
_LEFT = "{requested} cards requested, {left} left."
PRODUCT_SOLD_OUT = define("product_sold_out", 409, "The product is sold out.", _LEFT)
PRODUCT_PRICE_CHANGED = define("product_price_changed", 409, "The product's price has changed.", _PRICE)
MARKET_ORDER_NOT_FOUND = define("market_order_not_found", 404, "Order not found.")
_UNPAID = "Cards are shown once they have been paid; the order is {state}."
MARKET_ORDER_NOT_PAID = define("market_order_not_paid", 409, "Cards are shown once they have been paid.", _UNPAID)

# PIN codes and identity checks.
PINCODE_NOT_FOUND = define(
    "pincode_not_found", 404, "PIN code not found. Check its digits; recently assigned codes may be missing."
)
VERIFICATION_NOT_FOUND = define("verification_not_found", 404, "Verification not found.")
VERIFICATION_STATE = define(
    "verification_state",
    409,
    "The status does not allow this. Only drafts can be changed, and only drafts and pending ones withdrawn.",
    "The verification is {status}. Only drafts can be changed, and only drafts and pending ones withdrawn.",
)
VERIFICATION_REQUIRED = define(
    "verification_required", 409, "Your tenant must be verified first. Submit a verification with subject `tenant`."
)
VERIFICATION_OTP_WRONG = define(
    "verification_otp_wrong", 422, "Wrong one-time code.", "Wrong one-time code. Attempts left: {left}."
)

# Requests sent again, or all at once.
IDEMPOTENCY_KEY_REUSED = define(
    "idempotency_key_reused",
    422,
    "This idempotency key or reference was already used for a request with different content.",
)
REQUEST_IN_PROGRESS = define(
    "request_in_progress", 409, "The same request is already being processed. Try again in a moment."
)
BUSY = define("busy", 503, "Too many concurrent changes. Try again; use the same idempotency key.")
VERSION_CONFLICT = define("version_conflict", 409, "This was changed by someone else. Read it again and retry.")
ALREADY_EXISTS = define("already_exists", 409, "This resource already exists.")

INTERNAL_ERROR = define(
    "internal_error", 500, "Something went wrong on our side. Quote the request ID when you contact support."
)
SERVICE_UNAVAILABLE = define("service_unavailable", 503, "Part of the service is not responding. Try again soon.")


def invalid(field: str, *expected: str) -> Problem:
    """A 400 that names one field and what was expected of it."""
    return VALIDATION_ERROR(fields={field: list(expected)})
