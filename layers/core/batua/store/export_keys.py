"""The keys of exports, all in the directory. They begin with a fixed word, so that a role can be limited to them."""

from __future__ import annotations

from .keys import Key
from .scope import Scope, require_id


def exports_partition(scope: str) -> str:
    """Exports of a tenant, `scope` being its own books."""
    return f"EXPORTS#{Scope.of(scope)}"


def export_key(scope: str, export_id: str) -> Key:
    require_id(export_id, "exp")
    return Key("directory", exports_partition(scope), export_id)
