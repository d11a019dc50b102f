"""Realistic examples for requests and answers, made from the models' schemas.

A field's own `examples` win; otherwise its name decides (`BY_NAME`), so that an amount, a phone number or an id looks
the same everywhere. All values belong to one short story: a customer of Kaveri Stores, in November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .billing_examples import BILLING_EXAMPLES

_ULID: Final = "01KDC0V6M8W3T4Q9X2Z7N5B1FA"
_AT: Final = "2026-11-21T09:30:00.000Z"
_LATER: Final = "2026-11-28T09:30:00.000Z"
_EXPIRY: Final = "2027-11-30T18:29:59.999Z"


def _ids(**prefixes: str) -> dict[str, str]:
    return {name: f"{prefix}_{_ULID}" for name, prefix in prefixes.items()}


BY_NAME: Final[Mapping[str, Any]] = {
    **BILLING_EXAMPLES,
    **_ids(
        transaction_id="txn",
        txn_id="txn",
        transactionId="txn",
        original_transaction_id="txn",
        reversed_transaction_id="txn",
        refund_transaction_id="txn",
        settlement_transaction_id="txn",
        settlementTransactionId="txn",
        customer_id="cust",
        wallet_id="wal",
        from_wallet_id="wal",
        to_wallet_id="wal",
        other_wallet_id="wal",
        tenant_id="ten",
        tenantId="ten",
        parent_id="ten",
        parentTenantId="ten",
        subTenantId="ten",
        owner_id="ten",
        tenant="ten",
        user_id="usr",
        created_by="usr",
        uploaded_by="usr",
        raised_by="usr",
        decided_by="usr",
        reviewed_by="usr",
        assigned_to="usr",
        approvedBy="usr",
        rejectedBy="usr",
        program_id="prg",
        document_id="doc",
        logo_document_id="doc",
        hold_id="hold",
        dispute_id="dsp",
        endpoint_id="we",
        event_id="evt",
        delivery_id="dlv",
        delivery="dlv",
        otp_id="otp",
        request_id="req",
        requestId="req",
        response_id="res",
        receiver_account_id="rcv",
        invoiceId="inv",
        replaces="key",
        replaced_by="key",
        by="key",
        who="usr",
        id="id",
    ),
    **dict.fromkeys(
        ("at", "created_at", "createdAt", "checked_at", "decided_at", "raised_at", "received_at", "reviewed_at"), _AT
    ),
    **dict.fromkeys(
        ("approvedAt", "rejectedAt", "settledAt", "updatedAt", "chargedAt", "issuedAt", "lastUpdated", "last_visit"),
        _AT,
    ),
    **dict.fromkeys(
        ("last_visit", "joined_at", "last_used_at", "complete_to", "completeTo", "since", "time", "timestamp"), _AT
    ),
    **dict.fromkeys(
        ("starts_at", "updated_at", "revoked_at", "remindedAt", "failing_since", "start", "next_since", "orders_from"),
        _AT,
    ),
    **dict.fromkeys(
        ("due_at", "until", "end", "wakes_at", "next_attempt_at", "erase_at", "former_secret_until"), _LATER
    ),
    **dict.fromkeys(("expiresAt", "invitation_expires_at", "logo_expires_at"), _LATER),
    **dict.fromkeys(("expires_at",), _EXPIRY),
    **dict.fromkeys(("date", "paid_on", "chargeDate"), "2026-11-21"),
    **dict.fromkeys(("fromDate", "startDate"), "2026-11-01"),
    **dict.fromkeys(("toDate", "endDate"), "2026-11-30"),
    "month": "2026-11",
    # People and organisations.
    "name": "Kaveri Stores",
    "legal_name": "Kaveri Stores Private Limited",
    "organisation": "Kaveri Stores",
    "display_name": "Kaveri Stores",
    "tenantName": "Kaveri Stores",
    "inviter": "Meera Iyer",
    "slug": "kaveri-stores",
    "email": "meera@kaveri.example",
    "username": "meera@kaveri.example",
    "support_email": "help@kaveri.example",
    "terms_url": "https://kaveri.example/terms",
    "spendable_until": "2027-11",
    "earn_percent": 5,
    "support_url": "https://kaveri.example/help",
    "email_footer": "Kaveri Stores, 12 MG Road, Bengaluru 560001",
    "phone": "+919876543210",
    "matched_phone": "+91••••••3210",
    "sent_to": "m•••@kaveri.example",
    "region": "IN",
    "time_zone": "Asia/Kolkata",
    "timeZone": "Asia/Kolkata",
    "currency": "INR",
    "asset": "INR",
    "role": "cashier",
    "address": "203.0.113.7",
    "claimed_user": "poi-123-user",
    "your_address": "203.0.113.7",
    "shop": "kaveri.myshopify.com",
    # Coins.
    "coins": 24,
    "coins_issued": 24,
    "coins_redeemed": 10,
    "coins_reversed": 24,
    "coins_held": 24,
    "coins_deserved": 24,
    "last_coins": 24,
    "points": 50,
    "loyalty_points": 150,
    "previous_loyalty_points": 100,
    "held_points": 0,
    "previous_balance": 100,
    "balance": 124,
    "held": 0,
    "available": 124,
    "value": 10,
    "payable": 90,
    "bill_amount": 499.5,
    "shortfall": 0,
    "expired": 0,
    "issued": 1000,
    "ceiling": 3000,
    "ceiling_ratio": 3,
    "ratio": 0.45,
    "remaining": 2550,
    "used_percent": 15,
    "minimum_bill": 100,
    "cap_per_bill": 200,
    "cap_per_customer_per_day": 500,
    "percent": 5,
    "from_bill": 1000,
    "expiry_months": 12,
    "how": "5 % of 499.50",
    "rule_id": "festive-5",
    "singular": "coin",
    "plural": "coins",
    "singular_unit_name": "point",
    "plural_unit_name": "points",
    "wallet_name": "Reward points",
    "program_name": "Sitara Coins",
    "qr": "BATUA1C01KDC0V6M8W3T4Q9X2Z7N5B1FA",
    # Money.
    "amount": 2500,
    "requestedAmount": "2500.50",
    "approvedAmount": "2000",
    "credited_amount": 2500,
    "refunded": 0,
    "captured": 2500,
    "overdraft_limit": 0,
    "taxableValue": 200,
    "cgst": 18,
    "sgst": 18,
    "igst": 0,
    "utgst": 0,
    "cess": 0,
    "gst": 36,
    "total": 236,
    "totalTax": 36,
    "totalAmount": 236,
    "totalDebit": 236,
    "totalCredit": 0,
    "debit": 236,
    "credit": 0,
    "net": -236,
    "debitCount": 1,
    "creditCount": 0,
    "openingBalance": 10000,
    "closingBalance": 9764,
    "income": 0,
    "expense": 236,
    "profit": -236,
    "minAmount": 100,
    "maxAmount": 5000,
    "head": "Freight",
    "code": "996511",
    "hsnOrSac": "996511",
    "absorbedBy": "merchant",
    "account": "wallet",
    "available_change": -2500,
    "held_change": 2500,
    # References and texts.
    "reference": "INV-1001",
    "referenceId": "ORD-1001",
    "entityType": "order",
    "customerId": "CUST-GANGA-0001",
    "walletCustomerId": "CUST-GANGA-0001",
    "wallet_customer_id": "CUST-GANGA-0001",
    "buyerCustomerId": "CUST-GANGA-0001",
    "sellerCustomerId": "SELLER-0001",
    "source_id": "krishna123",
    "customer": "branch-pune",
    "to_customer": "branch-pune",
    "productId": "FREIGHT",
    "templateName": "B2BInvoice",
    "invoiceNumber": "INV/2627/000001",
    "pdfUrl": "https://files.example/invoices/INV-2627-000001.pdf",
    "order": "1001",
    "utr": "HDFCR52026112100012345",
    "ifsc": "HDFC0001234",
    "bank": "HDFC Bank",
    "branch": "Bengaluru, MG Road",
    "idempotency_key": "issue-INV-1001",
    "description": "Diwali offer",
    "note": "Paid by NEFT this morning",
    "reason": "Customer returned the goods",
    "decision_reason": "Charged twice",
    "decision_note": "Matches the bank statement",
    "remarks": "Stock for the festival",
    "approvalRemarks": "Approved in part",
    "rejectionReason": "Limit reached for this month",
    "message": "Success",
    "label": "Point of sale 1",
    "evidence": "Invoice 1001 was paid on 21 November",
    "roles": "cashier",
    "what": "POST /api/v1/merchant/coins/issue",
    "outcome": "success",
    "last_type": "issue",
    "program": "Sitara Coins",
    "rule": "festive-5",
    "failure": "no answer within 10 seconds",
    "answer": "OK",
    "failureReason": "The child tenant is not active",
    "customVars": "PO-4711",
    "tax": "CGST",
    "paused_because": "The app was uninstalled",
    "orders": "1001",
    # Technical.
    "build": "3f2a9c1",
    "stage": "prod",
    "headers": "application/pdf",
    "type": "issue",
    "kind": "network",
    "status": "active",
    "mode": "live",
    "system": "shopify",
    "topic": "orders/paid",
    "state": "planned",
    "step": "waiting",
    "execution": f"pfr_{_ULID}-4f9e7a10",
    "url": "https://kaveri.example/webhooks/batua",
    "webhook_url": f"https://batua.example/webhooks/shopify/con_{_ULID}",
    "logo_url": "https://files.example/logo.png",
    "primary_color": "#7A3EF0",
    "accent_color": "#F0A63E",
    "media_type": "application/pdf",
    "size": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "method": "PUT",
    "number": "50200012345678",
    "version": 1,
    "rule_version": 1,
    "decimals": 0,
    "limit": 20,
    "page": 1,
    "count": 1,
    "queued": 3,
    "line": 0,
    "sequence": "000000000042",
    "elapsed_ms": 184,
    "attempts": 1,
    "tries": 1,
    "expires_in": 900,
    "refresh_expires_in": 2592000,
    "expires_in_minutes": 60,
    "expiresAfterHours": 72,
    "remindAfterHours": 24,
    "overlap_seconds": 86400,
    "requests_per_minute": 600,
    "recovery_codes_left": 10,
    "recovery_codes": "4k7q-9x2m-h3wd-8pzt",
    "token_type": "Bearer",
    "access_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl",
    "refresh_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJyZWZyZXNoIn0.c2lnbmF0dXJl",
    "device_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJkZXZpY2UifQ.c2lnbmF0dXJl",
    "proof": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJ0eXAiOiJwcm9vZiJ9.c2lnbmF0dXJl",
    "csrf_token": "q3t5v8y.5e884898da280471",
    "token": "4c9a1f0e7b2d",
    "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "key": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJrZXkiOiJrZXkifQ.c2lnbmF0dXJl",
    "prefix": "eyJh",
    "suffix": "h4Rt",
    "password": "marigold-4-steps",
    "current_password": "marigold-4-steps",
    "new_password": "river-9-lantern-coast",
    "mfa_code": "492817",
    "otp_code": "492817",
    "otpauth_uri": "otpauth://totp/Batua:meera%40kaveri.example?secret=JBSWY3DPEHPK3PXP&issuer=Batua",
    "qr_svg": "<svg xmlns='http://www.w3.org/2000/svg'></svg>",
    "cursor": "eyJwIjoiMjAyNi0xMS0yMVQwOTozMDowMC4wMDBaI3R4biJ9",
    "scopes": "coins:issue",
    "permissions": "coins:issue",
    "events": "coins.*",
    "networks": "203.0.113.0/24",
    "products": "coins",
    "features": "mfa",
    "mfa_enabled": True,
    "email_verified": True,
    "active": True,
    "done": True,
    "enabled": True,
    "delivered": True,
    "deleted": True,
    "success": True,
}
"""Field -> a value. Of a list it is one item."""


class UnknownExampleError(LookupError):
    """A field that no rule gives an example for: add it to `BY_NAME`, or `examples=` to the field."""


def example_of(schema: Mapping[str, Any], components: Mapping[str, Any], name: str = "") -> Any:
    """A value that fits the schema. `name` is the field's. Raises `UnknownExampleError` for text nobody knows."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components, name)
    for given in ("example", "const"):
        if given in schema:
            return schema[given]
    if schema.get("examples"):
        return schema["examples"][0]
    if "allOf" in schema:
        return example_of(schema["allOf"][0], components, name)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return _of_union(schema[union], components, name)
    kind = schema.get("type")
    if "enum" in schema:
        known = BY_NAME.get(name)
        return known if known in schema["enum"] else schema["enum"][0]
    if kind == "object":
        return _of_object(schema, components, name)
    if kind == "array":
        return [example_of(schema.get("items", {"type": "string"}), components, name)]
    return _of_scalar(kind, schema, name)


def _of_union(choices: list[Mapping[str, Any]], components: Mapping[str, Any], name: str) -> Any:
    present = [choice for choice in choices if choice.get("type") != "null"]
    known = BY_NAME.get(name)
    numbers = [choice for choice in present if choice.get("type") in ("number", "integer")]
    if isinstance(known, int | float) and not isinstance(known, bool) and numbers:
        return known
    return example_of(present[0], components, name)


def _of_object(schema: Mapping[str, Any], components: Mapping[str, Any], name: str) -> dict[str, Any]:
    properties = schema.get("properties")
    if properties is None:
        inner = schema.get("additionalProperties")
        return {"INR": example_of(inner, components, name)} if isinstance(inner, dict) and inner else {}
    return {field: example_of(part, components, field) for field, part in properties.items()}


def _of_scalar(kind: Any, schema: Mapping[str, Any], name: str) -> Any:
    known = BY_NAME.get(name)
    if kind == "boolean":
        return known if isinstance(known, bool) else False
    if kind == "integer":
        return known if isinstance(known, int) and not isinstance(known, bool) else max(1, schema.get("minimum", 1))
    if kind == "number":
        return known if isinstance(known, int | float) and not isinstance(known, bool) else 10
    if kind == "null":
        return None
    if kind == "string":
        if isinstance(known, str):
            return known
        if known is not None:
            return str(known)
        if schema.get("format") == "date-time":
            return _AT
    raise UnknownExampleError(name or str(schema))
