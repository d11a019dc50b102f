"""A customer of the first merchant, signed in, with codes that stand for those sent to a phone."""

from __future__ import annotations

from typing import Any

from local.seeds.rewards import PHONE
from local.seeds.writing import fixed_id


def plant(tenants: Any) -> dict[str, str]:
    """The credentials of the customer who has redeemed rewards, with an access token of a quarter of an hour."""
    from batua.customers import model as customers
    from batua.identity import otp, sessions, step_up
    from batua.store import keys
    from batua.store.store import store

    kaveri, scope = tenants.kaveri, keys.scope("live", tenants.network.id)
    id = customers.customer_id_by_phone(scope, tenants.network.id, PHONE)
    key = keys.customer_key(scope, id)
    customer = customers.read_customer(store().read([key])[key] or {})
    device = fixed_id("dev", "customer")
    session = sessions.begin_customer_session(
        customer.id, kaveri.id, customer.epoch, "token", "live", device, tenants.now
    )
    store().write(sessions.session_put(session))
    issued = sessions.tokens_of(session, kaveri, tenants.now)
    code = "482913"
    sign_in = otp.store_code(store(), customer.id, "customer_sign_in", scope, tenants.now, code)
    proof = otp.store_code(store(), customer.id, "customer_proof", session.id, tenants.now, code)
    return {
        "id": customer.id,
        "phone": str(customer.phone),
        "merchant": "kaveri-stores",
        "token": issued.access,
        "refresh_token": issued.refresh,
        "otp_id": sign_in,
        "proof_otp_id": proof,
        "code": code,
        "proof": step_up.issue_proof(customer.id, session.id, seconds=sessions.ACCESS_SECONDS),
    }
