"""What the API can, the portal can: a page calls every route of the OpenAPI document, or its absence is explained."""

from __future__ import annotations

from tests.web.calls import called, routes

MACHINES = "for programs: a key or another system calls it"
APPLICATION = "for an application's own software, which has the customers"
ELSEWHERE = "is shown by a page outside the portal's scripts"
WITHIN = "the list that a page reads has it already"
OTHERWISE = "the page does it by another route"

NOT_CALLED: dict[str, tuple[str, ...]] = {
    MACHINES: (
        "GET /.well-known/jwks.json",
        "GET /api/v1/health",
        "POST /api/v1/auth/token",
        "POST /api/v1/auth/token/refresh",
        "POST /api/v1/auth/logout",
        "POST /api/v1/billing/webhooks/cashfree/{account_id}",
        "POST /api/v1/billing/webhooks/razorpay/{account_id}",
        "POST /api/v1/landing-content/doctor-runs",
        "GET /api/v1/marketplace/entry",
        "POST /api/v1/me/passes/apple/v1/log",
        "GET /api/v1/me/passes/apple/v1/passes/{pass_type}/{serial}",
        "GET /api/v1/me/passes/apple/v1/devices/{device}/registrations/{pass_type}",
        "POST /api/v1/me/passes/apple/v1/devices/{device}/registrations/{pass_type}/{serial}",
        "DELETE /api/v1/me/passes/apple/v1/devices/{device}/registrations/{pass_type}/{serial}",
        "POST /api/v1/marketplace/webhooks/runa/{hook_id}",
        "POST /api/v1/tenant/cashfree/webhook",
        "POST /webhooks/pos/{connection_id}",
        "POST /webhooks/shopify/{connection_id}",
        "POST /webhooks/woocommerce/{connection_id}",
        "GET /gateway/wallet/api/ping",
    ),
    APPLICATION: (
        "GET /wallets",
        "POST /wallets",
        "GET /wallets/customer/{source_id}",
        "PUT /wallets/customer/{source_id}",
        "GET /wallets/customer/{source_id}/transactions/{wallet_id}",
        "PUT /wallets/customer/{source_id}/transactions/{wallet_id}",
        "POST /gateway/wallet/api/create-transaction",
        "POST /gateway/wallet/api/transactions/filter",
        "POST /gateway/wallet/api/generate-invoice",
        "GET /gateway/wallet/api/invoices",
        "GET /gateway/wallet/api/invoices/{invoiceId}",
        "GET /gateway/wallet/api/invoices/{invoiceId}/e-invoice",
    ),
    ELSEWHERE: (
        "GET /api/v1/docs",
        "GET /api/v1/schema",
        "GET /api/v1/billing/pay/{token}",
        "GET /api/v1/me/passes/{token}",
        "GET /api/v1/landing/metrics",
        "GET /api/v1/landing/resources",
        "GET /api/v1/landing/resources/{id}",
    ),
    WITHIN: (
        "GET /api/v1/integrations/{id}",
        "GET /api/v1/me/preferences",
        "GET /api/v1/prefund/accounts/{id}",
        "GET /api/v1/rewards/{id}",
        "GET /api/v1/tenant/cashfree/{id}",
        "GET /api/v1/tenant/self-api-keys/{id}",
        "GET /gateway/wallet/api/balance-requests/{requestId}",
    ),
    OTHERWISE: (
        # Checks of every kind are asked for by one route; the form sends them whole, so none is a draft.
        *(f"POST /api/v1/tenant/cashfree/verify-{kind}" for kind in ("pan", "gstin", "bank", "upi", "cin", "dl")),
        *(f"POST /api/v1/tenant/cashfree/verify-{kind}" for kind in ("passport", "voter-id", "aadhaar", "document")),
        "PUT /api/v1/tenant/cashfree/{id}",
        "PATCH /api/v1/tenant/cashfree/{id}",
        # Forms change what was changed, and leave the rest.
        "PUT /api/v1/rewards/{id}",
        "PUT /api/v1/rewards/programs/{id}",
        # Another content is another document.
        "PUT /api/v1/tenant/documents/{id}",
        # Who decides on redemptions sees all of them, and rejects with a reason.
        "GET /api/v1/rewards/my-redemptions",
        # The form of an address asks for what a parcel needs; a PIN code stays what was typed.
        "GET /api/v1/pincode/lookup",
    ),
}


def test_every_route_is_called_by_a_page_or_its_absence_is_explained() -> None:
    explained = [tuple(each.split(" ", 1)) for group in NOT_CALLED.values() for each in group]
    assert len(explained) == len(set(explained))
    missing = {f"{method} {path}" for method, path in set(routes()) - called() - set(explained)}
    assert not missing, "no page of the portal calls these: build the page, or explain it in NOT_CALLED"
    needless = {f"{method} {path}" for method, path in set(explained) & called()}
    assert not needless, "a page calls these: take them out of NOT_CALLED"
    gone = set(explained) - set(routes())
    assert not gone, "these are no routes any more: take them out of NOT_CALLED"
