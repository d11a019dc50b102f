"""What the document says in words: the introduction, the domains in a reader's order, the credentials, the headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..identity.credentials import CUSTOMER_COOKIE, SESSION_COOKIE

INTRODUCTION: Final = """\
Batua is a multi-tenant loyalty wallet and prefund ledger. Merchants issue and redeem coins, applications credit and
debit points, parents fund their child tenants; every movement is in one append-only ledger.

**Credentials.** `Authorization: Bearer <JWT>` carries an API key or a signed-in user's access token; the customers'
endpoints take `Authorization: Basic` with a key id and its secret. Choose *Authorize*, then try any call here. A key of
mode `test` works in the sandbox: real answers, and no live balance is touched.

**Sent again, counted once.** A request that moves value takes an `Idempotency-Key`. The same key with the same content
gets the first answer again, marked `Idempotency-Replayed: true`; with another content it is refused.

**Amounts** are decimals with at most the digits that their asset has. **Times** are ISO 8601 in UTC. **Phone numbers**
are E.164, or as dialled in the tenant's country. **Lists** are read with `limit` and `cursor`; `next_cursor` leads on.

**Errors** have a stable `code` to program against; `message` is for people and may change. Requests are limited per
credential: `RateLimit` tells what is left, a 429 tells when to come back. Bodies may have 256 KiB.
"""

DOMAINS: Final[Mapping[str, str]] = {
    "coins": "Merchants issue and redeem coins at the counter, and read their ledger and figures",
    "customers": "An application's customers, their wallets, credits and debits",
    "gateway": "A parent and its child tenants: balance requests, charges, invoices, reports",
    "wallets": "A tenant's wallets: transfers, credits, debits and holds",
    "transactions": "Transactions: refunds, voids, captures, disputes, analytics",
    "prefund": "Money that a tenant pays in ahead, and its approval",
    "rewards": "Reward catalogue, programs and redemptions",
    "marketplace": "Products that are paid with points",
    "integrations": "Shops and billing systems that send their sales here",
    "me": "A customer's own page: coins, history, rewards, preferences, and their data",
    "events": "Where a tenant's events are sent",
    "auth": "Signing in and out, one's own account, passwords and second factors",
    "tenant": "The tenant itself: branding, users, API keys, networks, documents",
    "verification": "Verification of people, companies and bank accounts",
    "billing": "Tax profiles, invoices, payments, notes and revenue",
    "support": "Tickets: from a tenant's people to the operator's staff, and back",
    "notifications": "Notifications, and the operator's messages",
    "platform": "Health, version and documentation of the platform itself, and what anyone may read about it",
}
"""Domain -> what it is for, in the order in which the documentation shows them."""

SCHEMES: Final[Mapping[str, Mapping[str, str]]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An API key, or the access token of a signed-in user.",
    },
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "An application's key: user name `batua_<mode>_<tenant>_<key>`, password its secret.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "An API key, where `Authorization` is not sent. The header may be named `api-key` as well.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "A browser's session. Signing in here sets the cookie, and the browser sends it by itself.",
    },
    "customer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of a signed-in customer. It opens the customers' own routes and no other.",
    },
    "customerSession": {
        "type": "apiKey",
        "in": "cookie",
        "name": f"{CUSTOMER_COOKIE}<slug>",
        "description": "A customer's session in a browser, for the merchant whose slug the header `X-Merchant` names.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRFToken",
        "description": "Goes with the session's cookie wherever something is changed.",
    },
}


def security_schemes(kind: str, method: str) -> tuple[tuple[str, ...], ...]:
    """The ways in which a kind of caller may show who it is; each way is one or more schemes together."""
    if kind in ("public", "signature"):
        return ()
    if kind == "basic":
        return (("basic",),)
    if kind == "tenant":
        return (("bearer",), ("apiKey",))
    if kind == "customer":
        return ("customer",), (("customerSession",) if method == "GET" else ("customerSession", "csrf"))
    # A browser signs by itself, with its cookie: what changes something needs the CSRF token as well.
    return ("bearer",), (("session",) if method == "GET" else ("session", "csrf"))


CALLERS: Final[Mapping[str, str]] = {
    "public": "Anyone.",
    "key": "An API key with the scope `{permission}`, or a user whose role allows it.",
    "user": "A signed-in user.",
    "tenant": "A key with the scope `{permission}` of the tenant in `X-Tenant-Id`, or a user whose role allows it.",
    "basic": "An application's key, by Basic authentication.",
    "customer": "A customer who has signed in with a code sent to their phone.",
    "signature": "The connected system, by its signature over the raw body.",
}

EXAMPLES: Final[Mapping[str, str]] = {
    "samples.phone": "+919876543210",
    "samples.incident_id": "inc_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.phone_encoded": "%2B919876543210",
    "samples.customer_id": "cust_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.wallet_id": "wal_21CBYXTED3WGH5X3H3JBPET8VZ",
    "samples.transaction_id": "txn_4ZKQ0N2V7M1X9C6R8Y3E2K7D4P",
    "prayog_parent.customer_id": "CUST-GANGA-0001",
    "prayog_child.balance_request_id": "breq_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "prayog_parent.invoice_id": "ginv_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "rehook.source_id": "krishna123",
    "rehook.wallet_id": "waty_23T206S94SQ6J16TR7N63YWCVJ",
    "basic:rehook": "a3Jpc2huYTpzZWNyZXQ=",
    "merchant_admin.password": "marigold-4-steps",
    "merchant_admin.refresh_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "merchant_admin.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "merchant_admin.username": "meera@kaveri.example",
    "merchant_live_key": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "merchant_tenant_admin.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "operator.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "other_tenant_admin.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "newcomer.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "pos.delivery_id": "dlv_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "pos.id": "con_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "pos.path": "/webhooks/pos/con_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "pos.secret": "pos-secret",
    "prayog_child.tenant_id": "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "prayog_child.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "prayog_child.user_id": "usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "prayog_parent.tenant_id": "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "prayog_parent.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "prayog_parent.user_id": "usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.api_key_id": "key_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.billing_draft_id": "inv_01KDC0V6M8W3T4Q9X2Z7N5B1FB",
    "samples.billing_spare_id": "inv_01KDC0V6M8W3T4Q9X2Z7N5B1FC",
    "samples.billing_invoice_id": "inv_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.billing_top_up_id": "tup_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.razorpay_account_id": "pac_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.cashfree_account_id": "pac_01KDC0V6M8W3T4Q9X2Z7N5B1FB",
    "samples.plan_id": "plan_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.old_plan_id": "plan_01KDC0V6M8W3T4Q9X2Z7N5B1FB",
    "samples.subscribed_tenant_id": "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.branch_wallet_id": "wal_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.debit_id": "txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.dispute_id": "dsp_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.disputed_id": "txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.document_id": "doc_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.verification_draft": "vrf_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.verification_withdrawn": "vrf_01KDC0V6M8W3T4Q9X2Z7N5B1FB",
    "samples.funds_tenant_id": "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.funds_wallet_id": "wal_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.hold_to_capture": "txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.hold_to_void": "txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.paid_on": "2026-11-20",
    "samples.prefund_execution": "pfr_01KDC0V6M8W3T4Q9X2Z7N5B1FA-4f9e7a10",
    "samples.prefund_in_question_id": "pfr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.prefund_rejected_id": "pfr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.prefund_request_id": "pfr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.prefund_under_review_id": "pfr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.proof_id": "doc_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.proposing_tenant_id": "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.receiver_account_id": "rcv_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.joining_program_id": "prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.withdrawn_tenant_id": "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.uninvited_tenant_id": "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.operator_tenant_id": "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FB",
    "samples.import_id": "imp_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.waiting_import_id": "imp_01KDC0V6M8W3T4Q9X2Z7N5B1FB",
    "samples.applied_import_id": "imp_01KDC0V6M8W3T4Q9X2Z7N5B1FC",
    "samples.campaign_program_id": "prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.campaign_id": "cmp_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.program_id": "prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.replaced_program_id": "prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.retired_program_id": "prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.updated_program_id": "prg_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.redemption_id": "rdm_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.pending_redemption_id": "rdm_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.approved_redemption_id": "rdm_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.rejected_redemption_id": "rdm_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.cancelled_redemption_id": "rdm_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.product_id": "rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.market_order_id": "mor_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.reward_wallet_id": "wal_21CBYXTED3WGH5X3H3JBPET8VZ",
    "samples.reward_id": "rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.coded_reward_id": "rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.replaced_reward_id": "rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.retired_reward_id": "rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.admin_message_id": "amsg_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.old_admin_message_id": "amsg_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.notification_id": "ntf_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.canned_response_id": "cnr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.resolved_ticket_id": "tkt_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.ticket_id": "tkt_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.staff_id": "usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.user_id": "usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "shopify.id": "con_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "shopify.path": "/webhooks/shopify/con_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "customer.code": "482913",
    "customer.otp_id": "otp_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "customer.phone": "+919876543210",
    "customer.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "customer.proof_otp_id": "otp_01KDC0V6M8W3T4Q9X2Z7N5B1FB",
    "customer.refresh_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "customer.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "staff.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "tenant_admin.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "webhook.event_id": "evt_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "webhook.id": "we_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "webhook.tenant": "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "woocommerce.id": "con_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "woocommerce.path": "/webhooks/woocommerce/con_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "operator.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "other_tenant_admin.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "newcomer.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "staff.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "tenant_admin.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "merchant_admin.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "merchant_tenant_admin.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
}
"""Name in a sample event -> what the document shows for it."""


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **more}}


REQUEST_HEADERS: Final[Mapping[str, dict[str, Any]]] = {
    "X-Request-ID": _text(
        "Your name for this request, which comes back: at most 128 visible ASCII characters, else it is replaced."
    ),
    "Idempotency-Key": _text(
        "The same key with the same content gets the first answer again and moves nothing. May stand in the body too.",
        minLength=1,
        maxLength=255,
        pattern="^[!-~]+$",
    ),
    "X-Tenant-Id": _text("The tenant whose credential this is, `ten_…`."),
    "X-User-Id": _text(
        "The user on whose behalf an API key says to act, 1 to 128 visible ASCII characters. It is recorded beside the "
        "actor, which is the credential, and only for keys with the scope `users:represent`."
    ),
    "X-Reauthentication": _text(
        "A signed-in user's fresh proof of identity, from `POST /api/v1/auth/reauthenticate`; a customer's from "
        "`POST /api/v1/me/proofs`, or from signing in. API keys need none."
    ),
    "X-Merchant": _text("The slug of the merchant whose page it is; needed with a session cookie."),
    "X-Test-Clock": _text("Moves the time of the sandbox, for test keys only.", format="date-time"),
    "If-Match": _text("The `ETag` of what you read: the change is refused where it has been changed since."),
    "If-None-Match": _text("The `ETag` of what you have; where it is still good, the answer is a 304 without a body."),
}

ANSWER_HEADERS: Final[Mapping[str, dict[str, Any]]] = {
    "X-Request-ID": _text("The request's id: yours, or one of ours."),
    "X-Response-ID": _text("The answer's id."),
    "X-Response-Time": _text("How long the function worked on it, such as `12.345ms`."),
    "RateLimit": _text('What is left of the minute, such as `"minute";r=11987;t=42`.'),
    "RateLimit-Policy": _text('The limit, such as `"minute";q=12000;w=60`.'),
    "Idempotency-Replayed": _text("Present where this answer was given before.", const="true"),
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "WWW-Authenticate": _text("How to authenticate."),
    "ETag": _text("Names this state of the content."),
}
