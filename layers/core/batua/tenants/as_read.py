"""The tenant's own item as a versioned record: what stands in it is changed in one way."""

from __future__ import annotations

from ..identity.tenant import Tenant
from ..store import keys
from ..store.versions import VersionedRecord, at_version


def tenant_as_read(tenant: Tenant) -> VersionedRecord:
    return at_version(keys.tenant_key(tenant.id), tenant.version)
