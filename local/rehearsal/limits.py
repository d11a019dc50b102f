"""What AWS limits in a template, and how near the stacks are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.model import Platform

TEMPLATE_IN_S3 = 1_000_000
"""Bytes. `sam deploy` uploads templates; one that is passed in the request itself has 51,200."""
RESOURCES, PARAMETERS, OUTPUTS = 500, 200, 200
INLINE_POLICIES, MANAGED_POLICY = 10_240, 6_144
"""Characters without white space: of all inline policies of a role together, and of one managed policy."""
POLICIES_OF_A_ROLE = 10
ENVIRONMENT = 4_096
"""Bytes of a function's variables, names and values."""
LONGER_NAMES = 24
"""Characters that a physical name in AWS may be longer than here: the stack's name and the suffix."""
ROUTES = 300
BEHAVIORS, ORIGINS = 75, 100
STATE_MACHINE = 1_048_576
DESCRIPTION = 1_024


@dataclass(frozen=True)
class Measure:
    what: str
    where: str
    value: int
    limit: int

    @property
    def share(self) -> float:
        return self.value / self.limit

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.value:,} of {self.limit:,}"


def of_template(name: str, template: Mapping[str, Any]) -> Iterator[Measure]:
    """`template` is a transformed one."""
    yield Measure("bytes", name, len(json.dumps(template, separators=(",", ":")).encode()), TEMPLATE_IN_S3)
    yield Measure("resources", name, len(template["Resources"]), RESOURCES)
    yield Measure("parameters", name, len(template.get("Parameters") or {}), PARAMETERS)
    yield Measure("outputs", name, len(template.get("Outputs") or {}), OUTPUTS)
    yield Measure("characters of its description", name, len(template.get("Description") or ""), DESCRIPTION)
    for logical_id, resource in template["Resources"].items():
        yield from _of_resource(f"{name} {logical_id}", resource["Type"], resource.get("Properties") or {})


def of_roles(platform: Platform) -> Iterator[Measure]:
    """With every reference resolved, as IAM counts them."""
    for role in platform.roles.values():
        policies: dict[str, int] = {}
        for each in role.statements:
            document = {
                "Effect": each.effect,
                "Action": each.actions,
                "Resource": each.resources,
                "Condition": {operator: dict(keys) for operator, keys in each.conditions.items()},
            }
            longer = LONGER_NAMES * len(each.resources)
            policies[each.policy] = policies.get(each.policy, 40) + len(_packed(document)) + longer
        where = f"{role.stack.parent.name} {role.bearer}"
        yield Measure("characters of inline policies", where, policies.pop(role.bearer, 0), INLINE_POLICIES)
        for name, size in policies.items():
            yield Measure("characters of the policy", f"{role.stack.parent.name} {name}", size, MANAGED_POLICY)


def of_environments(platform: Platform) -> Iterator[Measure]:
    for name, function in platform.functions.items():
        size = sum(len(key) + len(str(value)) + LONGER_NAMES for key, value in function.environment.items())
        yield Measure("bytes of environment", f"{function.domain} {name}", size, ENVIRONMENT)


def _of_resource(where: str, kind: str, properties: Mapping[str, Any]) -> Iterator[Measure]:
    if kind == "AWS::IAM::Role":
        yield Measure("policies", where, len(properties.get("ManagedPolicyArns") or ()), POLICIES_OF_A_ROLE)
    elif kind == "AWS::ApiGatewayV2::Api":
        paths = (properties.get("Body") or {}).get("paths") or {}
        yield Measure("routes", where, sum(len(methods) for methods in paths.values()), ROUTES)
    elif kind == "AWS::CloudFront::Distribution":
        config = properties["DistributionConfig"]
        yield Measure("cache behaviors", where, len(config.get("CacheBehaviors") or ()) + 1, BEHAVIORS)
        yield Measure("origins", where, len(config.get("Origins") or ()), ORIGINS)
    elif kind == "AWS::StepFunctions::StateMachine":
        yield Measure("characters of its definition", where, len(_packed(properties)), STATE_MACHINE)


def _packed(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
