"""Earning rules are saved under the version of the tenant that they were checked against."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batua import clock, errors, ids
from batua.api.endpoint import Call
from batua.api.models import validated
from batua.api.request import Request
from batua.coins.earning_rules import replace_rules
from batua.coins.rule_wire import ReplaceRules
from batua.identity.caller import Caller
from batua.identity.credentials import Claims
from batua.identity.roles import ROLES
from batua.identity.tenant import Tenant, read_tenant, tenant_item
from batua.rewards.program_carry import copy_write
from batua.store import keys
from batua.store.writes import Put
from tests.fakes.settling import MERCHANT, OWNER, World, world

NOW = clock.parse_iso("2026-11-21T09:30:00Z")
BODY = validated(ReplaceRules, {"rules": [{"type": "flat", "coins": 10}], "version": 0})


def saved(there: World, tenant: Tenant) -> Tenant:
    there.store.write(Put(keys.tenant_key(tenant.id), tenant_item(tenant)))
    return tenant


def stored(there: World, tenant: Tenant) -> Tenant:
    key = keys.tenant_key(tenant.id)
    record = there.store.read([key])[key]
    assert record
    return read_tenant(record)


def asked(there: World, tenant: Tenant) -> Call[ReplaceRules]:
    claims = Claims("user", ids.derived_id("usr", "asha"), MERCHANT, "live", OWNER, "IN", there.program.id)
    caller = Caller(claims, tenant, ROLES["tenant_admin"], "192.0.2.1")
    request = Request({"headers": {}, "requestContext": {"requestId": "one", "http": {"method": "PUT"}}})
    return Call(BODY, request, there.store, NOW, {}, None, caller)


def test_rules_for_the_present_program_are_saved() -> None:
    there = world()
    tenant = saved(there, replace(there.tenant, program=there.program, rules=()))
    assert replace_rules(asked(there, tenant)).version == 1
    after = stored(there, tenant)
    assert ([rule.coins for rule in after.rules], after.rules_version, after.version) == ([10], 1, tenant.version + 1)


def test_rules_for_one_program_are_not_saved_once_the_tenant_takes_part_in_another() -> None:
    there = world()
    tenant = saved(there, replace(there.tenant, program=there.program, rules=()))
    other = replace(there.program, id=ids.derived_id("prg", "another"), scale=2)
    there.store.commit([copy_write(tenant, other)])
    with pytest.raises(errors.Problem) as refused:
        replace_rules(asked(there, tenant))
    assert refused.value.kind is errors.VERSION_CONFLICT
    assert stored(there, tenant).rules == ()
    assert stored(there, tenant).program == other


def test_a_tenant_does_not_join_with_rules_that_were_saved_while_it_answered() -> None:
    there = world()
    tenant = saved(there, replace(there.tenant, program=there.program, rules=()))
    replace_rules(asked(there, tenant))
    with pytest.raises(Exception, match="ConditionalCheckFailed"):
        there.store.commit([copy_write(tenant, replace(there.program, id=ids.derived_id("prg", "another")))])
    assert stored(there, tenant).program == there.program
