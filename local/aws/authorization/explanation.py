"""Why a call was denied, and the statement that would grant it, as its template would write it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .policies import LEADING_KEYS, Context, Policies, kind_of_key


def explain(
    root: Path, policies: Policies, written: Mapping[str, str], action: str, resource: str, context: Context
) -> str:
    """`written` is how the template writes an ARN (`Platform.references`)."""
    role = policies.role
    template = role.stack.relative_to(root) if role.stack.is_relative_to(root) else role.stack
    lines = [f"{template}: the role of {role.bearer} does not grant {action} on {resource}."]
    for rule in policies.rules(action, resource)[1]:
        condition = rule.unmet(context)
        if condition:
            statement = rule.grant.statement
            value = context.get(condition.key)
            shown = value() if callable(value) else value
            lines.append(
                f"  Statement {statement.number} of {statement.policy} would, but its condition on {condition.key} "
                f"does not hold for {shown if shown is not None else 'a request without it'}."
            )
    lines.append("  If the call is meant, the statement that is missing is:")
    lines.append("    - Effect: Allow")
    lines.append(f"      Action: {action}")
    lines.append(f"      Resource: {_reference(resource, written)}")
    if beginnings := _beginnings(context.get(LEADING_KEYS)):
        listed = ", ".join(f'"{each}"' for each in beginnings)
        lines.append(f'      Condition: {{"ForAllValues:StringLike": {{"{LEADING_KEYS}": [{listed}]}}}}')
    return "\n".join(lines)


def _beginnings(keys: Any) -> list[str]:
    return list(dict.fromkeys(map(kind_of_key, keys or ())))


def _reference(resource: str, written: Mapping[str, str]) -> str:
    if resource in written:
        return written[resource]
    base, slash, rest = resource.partition("/index/")
    if slash and base in written:
        return f'!Sub "${{{_name(written[base])}}}/index/{rest}"'
    bucket, slash, key = resource.removeprefix("arn:aws:s3:::").partition("/")
    if resource.startswith("arn:aws:s3:::") and bucket in written:
        folder = f"/{key.partition('/')[0]}/*" if slash else ""
        return f'!Sub "arn:${{AWS::Partition}}:s3:::${{{written[bucket]}}}{folder}"'
    return resource


def _name(reference: str) -> str:
    return reference.split(" ", 1)[1]
