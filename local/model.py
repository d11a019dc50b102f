"""What the templates declare, with every intrinsic function resolved for this machine.

`templates.py` makes a `Platform` from `template.yaml` and its nested stacks; everything else in `local/` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACCOUNT = "123456789012"
REGION = "ap-south-1"
PAYLOAD_LIMIT = 6 * 1024 * 1024
"""Bytes that Lambda takes and gives in a synchronous invocation."""


class FreshEvent(dict[str, Any]):
    """An event that was parsed from JSON for one call alone: no copy of it is needed."""


@dataclass(frozen=True)
class EventSource:
    """One entry of a function's `Events`, properties resolved. `type` is SAM's: HttpApi, SQS, DynamoDB, Schedule ..."""

    name: str
    type: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Function:
    """An AWS::Serverless::Function: where its code stands and what it is given."""

    logical_id: str
    domain: str
    code: Path
    module: str
    attribute: str
    environment: Mapping[str, str]
    timeout: int
    memory: int
    events: tuple[EventSource, ...] = ()

    @property
    def file(self) -> Path:
        return self.code / f"{self.module.replace('.', '/')}.py"

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.logical_id}"


@dataclass(frozen=True)
class Resource:
    """Any other resource. `name` is the physical name or id that `Ref` gives, `arn` what `GetAtt Arn` gives."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    name: str
    arn: str
    stack: Path


@dataclass(frozen=True)
class Statement:
    """One statement of a policy. `policy` is the logical id of what has it, a managed policy or the role's bearer."""

    stack: Path
    policy: str
    number: int
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    excepts_resources: bool = False
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Role:
    """What an execution role grants. `bearer` is the function or state machine that has it, else the role itself."""

    bearer: str
    stack: Path
    statements: tuple[Statement, ...] = ()
    managed: tuple[str, ...] = ()
    """ARNs of AWS's own policies."""


@dataclass(frozen=True)
class Platform:
    """All stacks merged: logical ids are unique over them."""

    root: Path
    functions: Mapping[str, Function] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    """By bearer."""
    references: Mapping[Path, Mapping[str, str]] = field(default_factory=dict)
    """Per template: how it writes the ARN or the bucket's name, such as `!Ref LedgerTableArn`."""

    def of_type(self, *types: str) -> list[Resource]:
        return [resource for resource in self.resources.values() if resource.type in types]
