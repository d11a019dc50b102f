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

**Sent again, counted once.** What moves value or makes something new takes an `Idempotency-Key`: see the parameters of
each call. The same key with the same content gets the first answer again, marked `Idempotency-Replayed: true`; with
another content it is refused. Where a `reference` stands in for the key, it is compared as it is written: `EQ`, `eq`
and ` EQ ` are three.

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
    "samples.phone": "+919856453983",
    "samples.incident_id": "inc_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.phone_encoded": "%2B919856453983",
    "samples.customer_id": "cust_0D1T4KTKE1WP0TZ4Z5YPTVRTJM",
    "samples.wallet_id": "wal_4BNYEP6ESBVZMBPJQ3FKABD6VC",
    "samples.transaction_id": "txn_0E6AXKD1GNYGYYSQMN8D0EHCA2",
    "prayog_parent.customer_id": "CUST-GANGA-0001",
    "prayog_child.balance_request_id": "breq_0X4YQ23DTBMHMMHPM1SB8J77AM",
    "prayog_parent.invoice_id": "ginv_4SG1J2SSPB0D5DC8G2R235TEAZ",
    "rehook.source_id": "krishna123",
    "rehook.wallet_id": "waty_23T206S94SQ6J16TR7N63YWCVJ",
    "basic:rehook": "a3Jpc2huYTpzZWNyZXQ=",
    "merchant_admin.password": "correct horse battery staple",
    "merchant_admin.refresh_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "merchant_admin.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "merchant_admin.username": "owner@kaveri.example",
    "merchant_live_key": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "merchant_tenant_admin.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "operator.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "other_tenant_admin.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "newcomer.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "pos.delivery_id": "dlv_72DWEJAG4KXNDWSM67THV9HB4G",
    "pos.id": "con_3RAVN7SP2YNYP9K8WKV61W86W6",
    "pos.path": "/webhooks/pos/con_3RAVN7SP2YNYP9K8WKV61W86W6",
    "pos.secret": "whsec_f4622e1868cd9fb829f52589bb4531d35659201517f67f919a9892a115777c2b",
    "prayog_child.tenant_id": "ten_4J4J095PBY9QM2FRBC030JMD89",
    "prayog_child.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "prayog_child.user_id": "usr_4J4J095PBY9QM2FRBC030JMD89",
    "prayog_parent.tenant_id": "ten_657P043XZH5WZ4ZRSSED2VAXJM",
    "prayog_parent.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "prayog_parent.user_id": "usr_657P043XZH5WZ4ZRSSED2VAXJM",
    "samples.api_key_id": "key_776T7G1TKKW2CMPW6RPWN706QW",
    "samples.billing_draft_id": "inv_0KW51YTG9EAGXR24JY7JYC3B3B",
    "samples.billing_spare_id": "inv_3J02TR14ZX0AQNH8XXGTCX8WB3",
    "samples.billing_invoice_id": "inv_4SG1J2SSPB0D5DC8G2R235TEAZ",
    "samples.billing_top_up_id": "tup_4SG1J2SSPB0D5DC8G2R235TEAZ",
    "samples.razorpay_account_id": "pac_2SGAE4PT6DPYHYFY7Y6VSWX12W",
    "samples.cashfree_account_id": "pac_47S6RPG07G6A91NJKXT3Q9K9TV",
    "samples.plan_id": "plan_30KR5HMP8H9T71E96G4ZHS9XJH",
    "samples.old_plan_id": "plan_6ST3BC22BB7V67MCBX9KSYEPBR",
    "samples.subscribed_tenant_id": "ten_1AZK4DS6ZR5BPY8ZXWG7YRPXJN",
    "samples.branch_wallet_id": "wal_3789QP7QHRQVZQFYEJHB0QGHJ8",
    "samples.debit_id": "txn_5PK8GME8KR4E6G90F296ENDQGD",
    "samples.dispute_id": "dsp_06RQGSS1B9B8E42N2ABMEEPTE5",
    "samples.disputed_id": "txn_088BDB38N6N1D3K2AFJZJXMDR3",
    "samples.document_id": "doc_73BT8JRCDWY1SEYKVRDNJH65S8",
    "samples.verification_draft": "vrf_0KW51YTG9EAGXR24JY7JYC3B3B",
    "samples.verification_withdrawn": "vrf_456390RBK81TDXWXAFM3287A08",
    "samples.funds_tenant_id": "ten_1AZK4DS6ZR5BPY8ZXWG7YRPXJN",
    "samples.funds_wallet_id": "wal_7DENJT6D5M0NS42JW1G1ASWA0G",
    "samples.hold_to_capture": "txn_33KT4RMYHVEFR56NKZ0JAE99Y7",
    "samples.hold_to_void": "txn_7WAFTTXVCZY35JKWZRWNHG4D52",
    "samples.paid_on": "2026-11-20",
    "samples.prefund_execution": "pfr_4SG1J2SSPB0D5DC8G2R235TEAZ-0",
    "samples.prefund_in_question_id": "pfr_0P5G3Q1FPDY20PM6KT4ET5606Z",
    "samples.prefund_rejected_id": "pfr_5NQ2FY0Z9NRZ8BSF1YD84W4AQS",
    "samples.prefund_request_id": "pfr_4SG1J2SSPB0D5DC8G2R235TEAZ",
    "samples.prefund_under_review_id": "pfr_3BY5W7V1FJ1HC505Z610NS28D7",
    "samples.proof_id": "doc_6ZNMG10M4DVV4JT9PZYHCC2JQK",
    "samples.proposing_tenant_id": "ten_3NDTEYDXW9V7Q299G40FC9CVY1",
    "samples.proposed_account_id": "rcv_78TFDDDSEDENHB0KG57QH7ADWC",
    "samples.receiver_account_id": "rcv_0BXBNPCKB1404N2Z7VQQ8F9N8Y",
    "samples.joining_program_id": "prg_451FSQH5KRG9CXNE42YTNC5YF3",
    "samples.withdrawn_tenant_id": "ten_4J4J095PBY9QM2FRBC030JMD89",
    "samples.uninvited_tenant_id": "ten_657P043XZH5WZ4ZRSSED2VAXJM",
    "samples.operator_tenant_id": "ten_06CCKV2SM3Y4KJMQKYTHVB1RC4",
    "samples.export_id": "exp_7KES68JBND26C74JXAFSS8DC3A",
    "samples.import_id": "imp_0CSH77W4X0EPYWN239RFFZP9NE",
    "samples.waiting_import_id": "imp_72DWEJAG4KXNDWSM67THV9HB4G",
    "samples.applied_import_id": "imp_7ZZD29CR7F1375YZHZSJ63XRQA",
    "samples.campaign_program_id": "prg_7VD0QKWF9F4HTQ4VWSA6R3R174",
    "samples.campaign_id": "cmp_3344DVYNMF85VGTN1NBH5D86EX",
    "samples.program_id": "prg_39MSTVBNVQ25VBXQXQGT491C9M",
    "samples.replaced_program_id": "prg_38F0HY12V6SSKDYCCKPRR7E0ZS",
    "samples.retired_program_id": "prg_37ZNB5T5K9BRW4QFN5VSYHHEBS",
    "samples.updated_program_id": "prg_7SR6YD3YKDY8SQQG3SN7N6N84Z",
    "samples.redemption_id": "rdm_5F2XMSCHGE5XSX8XJ61ZQ7ZJ77",
    "samples.pending_redemption_id": "rdm_0Z4JBWKNN1N7GT3203SM8TWCRA",
    "samples.approved_redemption_id": "rdm_4PP9YDDD8FP0Y694M5CHD5AE4M",
    "samples.rejected_redemption_id": "rdm_71Y6ZWPM202XFKGCVJTSNR2GJ7",
    "samples.cancelled_redemption_id": "rdm_0KF7Y62KZNA4TNA7Z9SAAF6KPN",
    "samples.product_id": "rew_7WRQE5QGYGFN2MQ8G8V4Y70RYY",
    "samples.market_order_id": "mor_46W3JQWBK0RM5K7TMKEY5NGBGY",
    "samples.reward_wallet_id": "wal_7QRDVWD8HZCN02HH88N3HQQ5E8",
    "samples.reward_id": "rew_39APDDT34ZJVGMDD8F0PH7M1AM",
    "samples.coded_reward_id": "rew_22E3P7GH4862NPB5SJ5GHCQTVS",
    "samples.replaced_reward_id": "rew_5Q07KGRMPBBJ0QYAD86WYEZ3J3",
    "samples.retired_reward_id": "rew_220YBC5DYV840MKKAF06YQMDMH",
    "samples.admin_message_id": "amsg_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.old_admin_message_id": "amsg_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "samples.notification_id": "ntf_0000000001AZXRMV1VTY1K09AQ",
    "samples.canned_response_id": "cnr_49XZAZ3REG1FPTZ1M60VJ39JGR",
    "samples.resolved_ticket_id": "tkt_4GF9YMDQ49NPKVT4DQD24BQPJE",
    "samples.ticket_id": "tkt_6JAGGMZ5E4YEMSB4JX2K34KB69",
    "samples.my_ticket_id": "tkt_6CWY2BPWGGC2E2CZZY1W5SCMA5",
    "samples.my_resolved_ticket_id": "tkt_3574V62E25877HGFAH5RSPW4HG",
    "samples.push_device_id": "psh_7CSS8DEANF13CCAXG8QW7KQW7N",
    "samples.duplicate_ticket_id": "tkt_0BMEG8527K0JK5P16E60MATQRS",
    "samples.rating_token": "tkt_4GF9YMDQ49NPKVT4DQD24BQPJE.1799000000.k3j5h2m4n6p7q2r3s4t5",
    "samples.staff_id": "usr_7Q06G5RAC559Q7FZFP7E73647R",
    "samples.user_id": "usr_1ASNA1FENE5F1HH967EZP33HPK",
    "shopify.id": "con_5QXVH48P5APQRW1KCKWV7E83QM",
    "shopify.path": "/webhooks/shopify/con_5QXVH48P5APQRW1KCKWV7E83QM",
    "customer.code": "482913",
    "customer.otp_id": "otp_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "customer.phone": "+919845012345",
    "customer.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "customer.proof_otp_id": "otp_01KDC0V6M8W3T4Q9X2Z7N5B1FB",
    "customer.refresh_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "customer.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "staff.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "tenant_admin.token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "webhook.event_id": "evt_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    "webhook.id": "wep_5MWR9SCTYPBY3PST634G4SGA5M",
    "webhook.tenant": "ten_0GBK7KN1QQXV0V8DD52AEWN6XS",
    "woocommerce.id": "con_0QZWSXTFKP8FASZS3J2B21GEB1",
    "woocommerce.path": "/webhooks/woocommerce/con_0QZWSXTFKP8FASZS3J2B21GEB1",
    "operator.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "other_tenant_admin.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "newcomer.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "staff.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "tenant_admin.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "merchant_admin.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "merchant_tenant_admin.proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
}
"""Name in a sample event -> what the document shows for it."""


def _text_header(description: str, **more: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **more}}


KEY_IN_HEADER_ALONE: Final = frozenset(
    {"CreatePricePlan", "GenerateInvoice", "RejectBalanceRequest", "RequestBalance", "WithdrawBalanceRequest"}
)
"""What takes an `Idempotency-Key` although it moves nothing itself and has no `idempotency_key` in its body."""

REQUEST_HEADERS: Final[Mapping[str, dict[str, Any]]] = {
    "X-Request-ID": _text_header(
        "Your name for this request, which comes back: at most 128 visible ASCII characters, else it is replaced."
    ),
    "Idempotency-Key": _text_header(
        "The same key with the same content gets the first answer again and moves nothing. Where the body has "
        "`idempotency_key`, the key may stand there instead.",
        minLength=1,
        maxLength=255,
        pattern="^[!-~]+$",
    ),
    "X-Tenant-Id": _text_header("The tenant whose credential this is, `ten_…`."),
    "X-User-Id": _text_header(
        "The user on whose behalf an API key says to act, 1 to 128 visible ASCII characters. It is recorded beside the "
        "actor, which is the credential, and only for keys with the scope `users:represent`."
    ),
    "X-Reauthentication": _text_header(
        "A signed-in user's fresh proof of identity, from `POST /api/v1/auth/reauthenticate`; a customer's from "
        "`POST /api/v1/me/proofs`, or from signing in. API keys need none."
    ),
    "X-Merchant": _text_header("The slug of the merchant whose page it is; needed with a session cookie."),
    "X-Test-Clock": _text_header(
        "The time of this request, for test keys only. A time before a wallet's last entry counts as that one's.",
        format="date-time",
    ),
    "If-Match": _text_header("The `ETag` of what you read: the change is refused where it has been changed since."),
    "If-None-Match": _text_header(
        "The `ETag` of what you have; where it is still good, the answer is a 304 without a body."
    ),
}

ANSWER_HEADERS: Final[Mapping[str, dict[str, Any]]] = {
    "X-Request-ID": _text_header("The request's id: yours, or one of ours."),
    "X-Response-ID": _text_header("The answer's id."),
    "X-Response-Time": _text_header("How long the function worked on it, such as `12.345ms`."),
    "RateLimit": _text_header('What is left of the minute, such as `"minute";r=11987;t=42`.'),
    "RateLimit-Policy": _text_header('The limit, such as `"minute";q=12000;w=60`.'),
    "Idempotency-Replayed": _text_header("Present where this answer was given before.", const="true"),
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "WWW-Authenticate": _text_header("How to authenticate."),
    "ETag": _text_header("Names this state of the content."),
}
