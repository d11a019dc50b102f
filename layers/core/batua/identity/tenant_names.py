"""What tenants are called, for lists and mails that the operator's staff read."""

from __future__ import annotations

from collections.abc import Iterable

from ..store import keys
from ..store.store import Store


def load_tenant_names(store: Store, tenants: Iterable[str]) -> dict[str, str]:
    """Names by tenant id; a tenant that is gone is left out."""
    wanted = {keys.tenant_key(id): id for id in tenants}
    found = store.read(wanted) if wanted else {}
    return {wanted[key]: str(record["name"]) for key, record in found.items() if record}
