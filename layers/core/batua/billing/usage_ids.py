"""The id of the invoice over a tenant's use of a month: there is one. Pure."""

from __future__ import annotations

from .. import ids


def usage_invoice_id(scope: str, tenant: str, month: int) -> str:
    """`scope`: the operator's books; `month`: yyyymm."""
    return ids.derived_id("inv", scope, "usage", tenant, f"{month:06d}")
