"""The books of a tenant in one mode."""

from __future__ import annotations

import pytest

from batua import ids
from batua.store import keys
from batua.store.keys import Scope

TENANT = ids.derived_id("ten", "a")


@pytest.mark.parametrize("mode", ["live", "test"])
def test_a_scope_knows_its_mode_and_tenant_and_is_stored_as_text(mode: keys.Mode) -> None:
    scope = keys.scope(mode, TENANT)
    assert (scope.mode, scope.tenant) == (mode, TENANT)
    assert scope == f"{'L' if mode == 'live' else 'T'}#{TENANT}"
    assert Scope.of(str(scope)) == scope
    assert keys.scope_of(keys.wallet_key(scope, ids.derived_id("wal", "a")).pk) == scope


@pytest.mark.parametrize("text", ["", "L#", f"X#{TENANT}", TENANT, f"L#{TENANT}#W", "L#wal_1"])
def test_a_text_that_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="scope"):
        Scope.of(text)
