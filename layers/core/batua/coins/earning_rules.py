"""The merchant's earning rules: read, and replaced as a whole."""

from __future__ import annotations

from .. import errors
from ..api.endpoint import Call
from ..identity.tenant import rule_item
from ..store.store import commit_unless_changed
from ..tenants.as_read import tenant_as_read
from . import counter
from .rule_wire import ReplaceRules, RulesOut, earning_rule_from, earning_rule_out


def read_rules(call: Call[None]) -> RulesOut:
    """The rules in force: the merchant's own, or its program's where it has none."""
    program, tenant = counter.program_of(call.caller), call.caller.tenant
    return RulesOut(
        rules=[earning_rule_out(rule, program) for rule in tenant.rules or program.rules],
        version=tenant.rules_version,
        source="merchant" if tenant.rules else "program",
    )


def replace_rules(call: Call[ReplaceRules]) -> RulesOut:
    """Puts these rules in the place of the merchant's; an empty list goes back to those of the program."""
    program, tenant, body = counter.program_of(call.caller), call.caller.tenant, call.input
    if call.caller.mode != "live":
        raise errors.FORBIDDEN("The sandbox uses the live earning rules. Sign in to live mode to change them.")
    if body.version not in (None, tenant.rules_version):
        raise errors.VERSION_CONFLICT(figures={"version": tenant.rules_version})
    there = {rule.id: rule for rule in tenant.rules}
    rules = [earning_rule_from(given, index, program, there) for index, given in enumerate(body.rules)]
    if len({rule.id for rule in rules}) != len(rules):
        raise errors.invalid("rules", "must not repeat an id")
    version = tenant.rules_version + 1
    # Under the version of the whole tenant: rules made for one program must not be saved after it has joined another.
    change = tenant_as_read(tenant).change({"rules": [rule_item(rule) for rule in rules], "rules_version": version})
    announce = "The rules by which your customers earn coins were changed."
    act = call.act("earning rules replaced", announce=announce, version=version, rules=[rule.id for rule in rules])
    commit_unless_changed(call.store, [change, act], caller=call.request.id)
    shown_rules = rules or list(program.rules)
    return RulesOut(
        rules=[earning_rule_out(rule, program) for rule in shown_rules],
        version=version,
        source="merchant" if rules else "program",
    )
