"""The execution roles of a stack, as SAM's own transformation writes them for CloudFormation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local.intrinsics import Stack, TemplateError
from local.model import Role, Statement
from local.names import NESTED_STACKS
from local.transform import transform

_BEARERS = {"AWS::Lambda::Function": "Role", "AWS::StepFunctions::StateMachine": "RoleArn"}
_WITH_ROLES = ("AWS::Serverless::Function", "AWS::Serverless::StateMachine", "AWS::IAM::Role")


def read(stack: Stack, resolved: dict[str, Any]) -> dict[str, Role]:
    """By bearer. Raises `TemplateError` where SAM refuses the stack, or grants stand where they would be missed."""
    if not any(resource.get("Type") in _WITH_ROLES for resource in resolved["Resources"].values()):
        return {}
    resources = _transformed(stack, resolved)
    for logical_id, resource in resources.items():
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
            raise TemplateError(f"{stack.file}: write '{logical_id}' into the role, or as a managed policy")
    policies = {
        stack.identity(logical_id).arn: tuple(_statements(stack, logical_id, [resource["Properties"]]))
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
    }
    bearers = _bearers(resources)
    return {
        bearer: _role(stack, bearer, resource["Properties"], policies)
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::IAM::Role"
        for bearer in bearers.get(logical_id, [logical_id])
    }


def references(stack: Stack) -> dict[str, str]:
    """ARN, or name of a bucket -> how this template writes it."""
    found: dict[str, str] = {}
    for logical_id, resource in stack.declared.items():
        if resource.get("Type") in NESTED_STACKS:
            continue
        identity = stack.identity(logical_id)
        written = f"!Ref {logical_id}" if identity.ref == identity.arn else f"!GetAtt {logical_id}.Arn"
        found.setdefault(identity.arn, written)
        if resource.get("Type") == "AWS::S3::Bucket":
            found[identity.name] = logical_id
    for name in stack.template.get("Parameters") or {}:
        value = stack.resolve({"Ref": name})
        if isinstance(value, str) and value.startswith("arn:"):
            found[value] = f"!Ref {name}"
        elif isinstance(value, str) and "Bucket" in name:
            found[value] = name
    return found


def _role(stack: Stack, bearer: str, properties: Mapping[str, Any], policies: Mapping[str, Any]) -> Role:
    statements = list(_statements(stack, bearer, properties.get("Policies") or ()))
    aws = []
    for arn in properties.get("ManagedPolicyArns") or ():
        if arn in policies:
            statements += policies[arn]
        elif ":iam::aws:policy/" in arn:
            aws.append(arn)
        else:
            raise TemplateError(f"{stack.file}: '{bearer}' takes the policy {arn}, which is not of this stack")
    return Role(bearer, stack.file, tuple(statements), tuple(aws))


def _bearers(resources: Mapping[str, Any]) -> dict[str, list[str]]:
    """Role -> the functions and state machines that have it."""
    found: dict[str, list[str]] = {}
    for logical_id, resource in resources.items():
        role = resource.get("Properties", {}).get(_BEARERS.get(resource["Type"], ""))
        attribute = role.get("Fn::GetAtt") if isinstance(role, dict) else None
        if attribute:
            name = attribute[0] if isinstance(attribute, list) else attribute.split(".")[0]
            found.setdefault(name, []).append(logical_id)
        elif isinstance(role, str):
            found.setdefault(role.rsplit("/", 1)[-1].removeprefix("batua-local-"), []).append(logical_id)
    return found


def _statements(stack: Stack, policy: str, bodies: Any) -> Iterator[Statement]:
    documents = [body["PolicyDocument"] for body in bodies]
    written = [each for document in documents for each in _listed(document["Statement"])]
    for number, each in enumerate(written, 1):
        if "NotAction" in each:
            raise TemplateError(f"{stack.file}: '{policy}' allows by NotAction; name the actions")
        excepts = "NotResource" in each
        conditions = {
            operator: {key: tuple(map(_text, _listed(values))) for key, values in keys.items()}
            for operator, keys in (each.get("Condition") or {}).items()
        }
        yield Statement(
            stack.file,
            policy,
            number,
            str(each["Effect"]),
            tuple(map(str, _listed(each["Action"]))),
            tuple(map(str, _listed(stack.resolve(each["NotResource" if excepts else "Resource"])))),
            excepts,
            conditions,
        )


def _transformed(stack: Stack, resolved: dict[str, Any]) -> dict[str, dict[str, Any]]:
    try:
        return dict(transform(resolved)["Resources"])
    except Exception as error:
        raise TemplateError(f"{stack.file}: {error}") from error


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
