"""Every stack of the repository, as written and as SAM transforms it, without a network."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from local.transform import transform

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Route:
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Function:
    """An AWS::Serverless::Function of a stack, and the file that it names."""

    logical_id: str
    stack: Stack
    properties: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.stack}: {self.logical_id}"

    @property
    def module(self) -> str:
        return str(self.properties["Handler"]).rsplit(".", 1)[0]

    @property
    def file(self) -> Path:
        return Path(self.stack.file.parent, self.properties["CodeUri"], f"{self.module}.py").resolve()

    @property
    def sample(self) -> Path:
        return ROOT / "events" / self.stack.file.parent.name / f"{self.module}.json"

    @property
    def events(self) -> list[dict[str, Any]]:
        return list((self.properties.get("Events") or {}).values())

    @property
    def routes(self) -> list[Route]:
        specs = [event["Properties"] for event in self.events if event["Type"] == "HttpApi"]
        return [Route(spec["Method"].upper(), spec["Path"]) for spec in specs]

    @property
    def transformed(self) -> dict[str, Any]:
        properties: dict[str, Any] = self.stack.transformed["Resources"][self.logical_id]["Properties"]
        return properties

    @cached_property
    def source(self) -> ast.Module:
        return ast.parse(self.file.read_text(), str(self.file))

    @property
    def defines_handler(self) -> bool:
        return any(
            (isinstance(node, ast.FunctionDef) and node.name == "handler")
            or (
                isinstance(node, ast.Assign)
                and any(isinstance(t, ast.Name) and t.id == "handler" for t in node.targets)
            )
            for node in self.source.body
        )

    @property
    def declarations(self) -> list[ast.Call]:
        """The calls of `endpoint(...)` in the handler's file."""
        calls = (node for node in ast.walk(self.source) if isinstance(node, ast.Call))
        return [call for call in calls if _name(call.func) == "endpoint"]

    @property
    def declared_routes(self) -> list[Route]:
        return [Route(*(ast.literal_eval(part) for part in call.args[:2])) for call in self.declarations]

    @property
    def moves_value(self) -> bool:
        return any(
            keyword.arg == "moves_value" and ast.literal_eval(keyword.value) is True
            for call in self.declarations
            for keyword in call.keywords
        )

    @property
    def statements(self) -> list[dict[str, Any]]:
        """All that the function's role allows, by its own statements and by the stack's managed policies."""
        resources = self.stack.transformed["Resources"]
        role = resources[role_id(self)]["Properties"]
        taken = [arn["Ref"] for arn in role.get("ManagedPolicyArns", []) if isinstance(arn, dict) and "Ref" in arn]
        documents = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
        documents += [resources[name]["Properties"]["PolicyDocument"] for name in taken if name in resources]
        return [statement for document in documents for statement in listed(document["Statement"])]


@dataclass(frozen=True)
class Stack:
    file: Path
    template: Mapping[str, Any] = field(repr=False, hash=False, compare=False)

    def __str__(self) -> str:
        return str(self.file.relative_to(ROOT))

    @property
    def resources(self) -> Mapping[str, Any]:
        resources: Mapping[str, Any] = self.template["Resources"]
        return resources

    @cached_property
    def transformed(self) -> dict[str, Any]:
        """The template as CloudFormation gets it, with all that SAM adds."""
        return transform(self.template, {name: f"given{name}" for name in self.template.get("Parameters", {})})

    @property
    def functions(self) -> list[Function]:
        defaults = (self.template.get("Globals") or {}).get("Function") or {}
        return [
            Function(logical_id, self, _merged(defaults, resource["Properties"]))
            for logical_id, resource in self.resources.items()
            if resource["Type"] == "AWS::Serverless::Function"
        ]

    @property
    def nested(self) -> list[Path]:
        locations = [
            resource["Properties"]["Location"]
            for resource in self.resources.values()
            if resource["Type"] == "AWS::Serverless::Application"
        ]
        return [(self.file.parent / location).resolve() for location in locations]


@cache
def stacks() -> tuple[Stack, ...]:
    """The root stack and all that it nests, however deep."""
    return tuple(_reached(ROOT / "template.yaml"))


def functions() -> list[Function]:
    return [function for stack in stacks() for function in stack.functions]


def domain_templates() -> list[Path]:
    return sorted(ROOT.glob("functions/*/template.yaml"))


def role_id(function: Function) -> str:
    """The logical id of the role that SAM made for the function, or that it was given."""
    role = function.transformed["Role"]
    attribute = role["Fn::GetAtt"] if isinstance(role, dict) else None
    assert attribute, f"{function}: its role is not one of the stack"
    return str(attribute[0] if isinstance(attribute, list) else attribute.split(".")[0])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def strings(value: Any) -> Iterator[str]:
    """Every string in a value, at any depth, keys of mappings left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def obey(rule: str, faults: Iterable[str]) -> None:
    """Fails with the rule and a line per fault."""
    found = sorted(set(faults))
    if found:
        pytest.fail("\n  ".join([f"House rule: {rule}", *found]), pytrace=False)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _reached(file: Path) -> Iterator[Stack]:
    text = file.read_text()
    stack = Stack(file, yaml_parse(text))
    yield stack
    for nested in stack.nested:
        yield from _reached(nested)


def _merged(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A function's properties over those of `Globals`, as SAM merges them: maps by their parts."""
    both = {name: _merged(defaults[name], own[name]) for name in defaults if _is_map(defaults[name], own.get(name))}
    return {**defaults, **own, **both}


def _is_map(*values: Any) -> bool:
    """Plain maps; a call of CloudFormation's own functions is a value."""
    return all(isinstance(each, dict) and not any(n == "Ref" or n.startswith("Fn::") for n in each) for each in values)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
