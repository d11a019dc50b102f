"""Resolves CloudFormation's intrinsic functions over a tree of nested stacks.

SAM CLI's resolver stops at a stack's border: a child's outputs and most attributes stay unresolved, and `Ref` gives the
logical id. Here everything becomes a literal, lazily, so that siblings may use each other's outputs in any order.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from local.model import ACCOUNT, REGION
from local.names import NESTED_STACKS, PREFIX, Identity, identify, name_property


class TemplateError(Exception):
    """A template that can't be served; the message names the template and the place."""


_NO_VALUE = object()
_PLACEHOLDER = re.compile(r"\$\{(!?)([^{}]+)\}")
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NotificationARNs": [],
    "AWS::NoValue": _NO_VALUE,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}


class Stack:
    """One template with its parameters; children are made when they are first asked for."""

    def __init__(
        self,
        file: Path,
        read: Callable[[Path], dict[str, Any]],
        name: str = "",
        given: Mapping[str, Any] | None = None,
        parent: Stack | None = None,
    ) -> None:
        self.file, self.name, self.parent = file, name, parent
        self._read = read
        self.template = read(file)
        self._given = given or {}
        self._known: dict[tuple[str, str], Any] = {}
        self._open: set[tuple[str, str]] = set()

    @cached_property
    def path(self) -> str:
        """Logical ids from the root down, as in `Coins/Approvals`; empty for the root."""
        above = self.parent.path if self.parent else ""
        return f"{above}/{self.name}" if above else self.name

    @cached_property
    def declared(self) -> dict[str, dict[str, Any]]:
        """The resources whose condition holds, as they are written."""
        resources: dict[str, dict[str, Any]] = self.template.get("Resources") or {}
        return {
            logical_id: resource
            for logical_id, resource in resources.items()
            if "Condition" not in resource or self.condition(resource["Condition"])
        }

    @cached_property
    def children(self) -> dict[str, Stack]:
        return {
            logical_id: self._child(logical_id, resource)
            for logical_id, resource in self.declared.items()
            if resource.get("Type") in NESTED_STACKS
        }

    def walk(self) -> list[Stack]:
        return [self, *(stack for child in self.children.values() for stack in child.walk())]

    def resolved(self) -> dict[str, Any]:
        """The whole template with literals only; conditions are decided and gone."""
        template = {name: section for name, section in self.template.items() if name not in ("Conditions", "Rules")}
        resources = {}
        for logical_id, resource in self.declared.items():
            kept = {key: value for key, value in resource.items() if key not in ("Condition", "DependsOn")}
            resources[logical_id] = self._at(f"Resources.{logical_id}", kept)
        outputs = {name: {"Value": self.output(name)} for name in self._outputs()}
        rest: dict[str, Any] = {key: self._at(key, template[key]) for key in ("Globals", "Metadata") if key in template}
        return {**template, **rest, "Resources": resources, "Outputs": outputs, "Parameters": {}, "Mappings": {}}

    def output(self, name: str) -> Any:
        outputs = self._outputs()
        if name not in outputs:
            raise self._error(f"there is no output '{name}'")
        return self._once(("Outputs", name), lambda: self.resolve(outputs[name].get("Value")))

    def identity(self, logical_id: str) -> Identity:
        return self._once(("Resources", logical_id), lambda: self._identify(logical_id))  # type: ignore[no-any-return]

    def condition(self, name: str) -> bool:
        conditions = self.template.get("Conditions") or {}
        if name not in conditions:
            raise self._error(f"there is no condition '{name}'")
        return bool(self._once(("Conditions", name), lambda: self.resolve(conditions[name])))

    def resolve(self, value: Any) -> Any:
        """`value` with every intrinsic function in it replaced by what it gives."""
        if isinstance(value, dict):
            if len(value) == 1:
                [(function, argument)] = value.items()
                if function == "Ref" or function == "Condition" or function.startswith("Fn::"):
                    return self._call(function, argument)
            pairs = ((key, self.resolve(item)) for key, item in value.items())
            return {key: item for key, item in pairs if item is not _NO_VALUE}
        if isinstance(value, list):
            return [item for item in (self.resolve(item) for item in value) if item is not _NO_VALUE]
        return value

    def _outputs(self) -> dict[str, dict[str, Any]]:
        outputs: dict[str, dict[str, Any]] = self.template.get("Outputs") or {}
        return {
            name: output
            for name, output in outputs.items()
            if "Condition" not in output or self.condition(output["Condition"])
        }

    def _child(self, logical_id: str, resource: Mapping[str, Any]) -> Stack:
        properties = resource.get("Properties") or {}
        location = properties.get(NESTED_STACKS[resource["Type"]])
        if not isinstance(location, str) or "://" in location:
            raise self._error(f"'{logical_id}' is not a template in this repository: {location!r}")
        return Stack(self.file.parent / location, self._read, logical_id, properties.get("Parameters"), self)

    def _identify(self, logical_id: str) -> Identity:
        resource = self.declared.get(logical_id)
        if resource is None:
            # SAM makes resources of its own (`IssueCoinsRole`, `ServerlessHttpApi`), which templates may refer to.
            if logical_id == "ServerlessHttpApi" or any(logical_id.startswith(name) for name in self.declared):
                return identify(logical_id, "AWS::IAM::Role" if logical_id.endswith("Role") else "", None, {})
            raise self._error(f"refers to '{logical_id}', which is neither a parameter nor a resource")
        properties = resource.get("Properties") or {}
        named = name_property(resource["Type"])
        telling = ("FifoQueue", "FifoTopic", "EventBusName")
        declared = self.resolve(properties[named]) if named in properties else None
        declared = None if declared is _NO_VALUE else declared
        identifying = {key: self.resolve(properties[key]) for key in telling if key in properties}
        return identify(logical_id, resource["Type"], declared, identifying)

    def _call(self, function: str, argument: Any) -> Any:
        match function:
            case "Ref":
                return self._ref(argument)
            case "Condition":
                return self.condition(argument) if isinstance(argument, str) else {function: self.resolve(argument)}
            case "Fn::GetAtt":
                return self._get_att(argument)
            case "Fn::Sub":
                return self._sub(argument)
            case "Fn::If":
                condition, then, otherwise = argument
                return self.resolve(then if self.condition(condition) else otherwise)
            case "Fn::Transform":
                return {function: argument}
        value = self.resolve(argument)
        if function == "Fn::FindInMap":
            return self._find_in_map(value)
        if function not in _OF_VALUES:
            raise self._error(f"{function} can't be resolved locally")
        return _OF_VALUES[function](value)

    def _ref(self, name: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name == "AWS::StackName":
            return "-".join([PREFIX, *filter(None, self.path.split("/"))])
        if name == "AWS::StackId":
            return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self._ref('AWS::StackName')}/local"
        if name in (self.template.get("Parameters") or {}):
            return self._once(("Parameters", name), lambda: self._parameter(name))
        return self.identity(name).ref

    def _parameter(self, name: str) -> Any:
        declaration = self.template["Parameters"][name]
        if name in self._given:
            value = self.parent.resolve(self._given[name]) if self.parent else self._given[name]
        elif "Default" in declaration:
            value = declaration["Default"]
        else:
            raise self._error(f"parameter '{name}' has no value")
        listed = "List" in str(declaration.get("Type", ""))
        return [part.strip() for part in value.split(",")] if listed and isinstance(value, str) else value

    def _get_att(self, argument: str | list[Any]) -> Any:
        logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return self._attribute(logical_id, self.resolve(attribute))

    def _attribute(self, logical_id: str, attribute: str) -> Any:
        if attribute.startswith("Outputs.") and logical_id in self.children:
            return self.children[logical_id].output(attribute.removeprefix("Outputs."))
        return self.identity(logical_id).attribute(attribute)

    def _sub(self, argument: Any) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def replace(match: re.Match[str]) -> str:
            literal, name = match[1], match[2].strip()
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return _text(self.resolve(variables[name]))
            if "." in name:
                return _text(self._attribute(*name.split(".", 1)))
            return _text(self._ref(name))

        return _PLACEHOLDER.sub(replace, text)

    def _find_in_map(self, value: list[Any]) -> Any:
        mapping, first, second = value[:3]
        try:
            return self.resolve(self.template["Mappings"][mapping][first][second])
        except KeyError:
            if len(value) > 3 and "DefaultValue" in value[3]:
                return value[3]["DefaultValue"]
            raise self._error(f"no value at {mapping}.{first}.{second} in the mappings") from None

    def _once(self, key: tuple[str, str], make: Callable[[], Any]) -> Any:
        if key not in self._known:
            if key in self._open:
                raise self._error(f"{'.'.join(key)} refers to itself")
            self._open.add(key)
            try:
                self._known[key] = make()
            finally:
                self._open.discard(key)
        return self._known[key]

    def _at(self, place: str, value: Any) -> Any:
        try:
            return self.resolve(value)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise self._error(f"{place}: {type(error).__name__}: {error}") from error

    def _error(self, message: str) -> TemplateError:
        return TemplateError(f"{self.file}: {message}")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return str(value)


_OF_VALUES: dict[str, Callable[[Any], Any]] = {
    "Fn::And": all,
    "Fn::Base64": lambda value: base64.b64encode(_text(value).encode()).decode(),
    "Fn::Equals": lambda value: _text(value[0]) == _text(value[1]),
    "Fn::GetAZs": lambda value: [f"{value or REGION}{zone}" for zone in "abc"],
    "Fn::Join": lambda value: str(value[0]).join(_text(part) for part in value[1]),
    "Fn::Length": len,
    "Fn::Not": lambda value: not value[0],
    "Fn::Or": any,
    "Fn::Select": lambda value: value[1][int(value[0])],
    "Fn::Split": lambda value: str(value[1]).split(value[0]),
    "Fn::ToJsonString": json.dumps,
}
