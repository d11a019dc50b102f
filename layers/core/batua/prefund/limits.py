"""How much a tenant may request without the verifications that the operator requires."""

from __future__ import annotations

from typing import Any, Final

from .. import clock
from ..api.endpoint import Call
from ..money import INR_SCALE, to_wire
from ..store import prefund_keys as keys
from ..store.store import Store
from ..tenants.proofs import is_gated, load_proof_state, verification_required
from .record import read_prefund

PREFUND_WINDOW_MS: Final = 30 * clock.DAY_MS


def require_prefund_proofs(call: Call[Any], amount: int) -> None:
    """Raises VERIFICATION_REQUIRED where 30 days' requests come to more than the limit, this one included.

    The sum is read from an index that may be a moment behind. That is good enough: people decide each request.
    """
    tenant = call.caller.tenant
    if not is_gated(tenant, call.caller.mode):
        return
    state = load_proof_state(call.store, tenant.id)
    missing, limit = state.missing("prefund", call.now), state.requirements.prefund_limit
    if not missing:
        return
    total = amount + _requested(call.store, tenant.id, call.now, limit)
    if total > limit:
        figures = {"limit": to_wire(limit, INR_SCALE), "requested_in_30_days": to_wire(total, INR_SCALE)}
        raise verification_required("prefund", missing, **figures)


def _requested(store: Store, tenant: str, now: int, enough: int) -> int:
    """The tenant's requests of the window that were not rejected, in paise; counted until they exceed `enough`."""
    total = 0
    partition = keys.tenant_prefunds_partition("live", tenant)
    for row in store.query_all("directory", partition, index="by_parent", descending=True, limit=100):
        prefund = read_prefund(row)
        if prefund.created_at <= now - PREFUND_WINDOW_MS or total > enough:
            break
        total += prefund.amount if prefund.state not in ("rejected", "withdrawn") else 0
    return total
