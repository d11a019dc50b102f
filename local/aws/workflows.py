"""Step Functions on moto's interpreter of the Amazon States Language.

Time. `TimeoutSeconds` and `HeartbeatSeconds` do fire (as `States.Timeout`, catchable), on a task that waits for its
token as on any other, and `Wait` does wait: all of them block on `threading.Event.wait`, in seconds of real time.
There is no clock to inject. The seconds pass through `TimeoutSeconds._eval_seconds`, `HeartbeatSeconds._eval_seconds`,
the wait functions and the interval of `Retry`, so a test of a week's reminder substitutes the seconds in the definition
(`DefinitionSubstitutions`) rather than the clock.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from local.model import ACCOUNT, Resource

from .database import Database
from .patching import MOTO, Patches

Client = Callable[[str], Any]


def install(patches: Patches, client: Client, database: Database) -> None:
    """Traps closed: see each function."""
    _keep_cause(patches)
    _quote_string_output(patches)
    _share_clients(patches, client)
    _validate_once(patches, database)


def _keep_cause(patches: Patches) -> None:
    """Trap: SendTaskFailure drops `cause`, so a Catch sees an error without its explanation."""

    def send_task_failure(self: StepFunctionResponse) -> ActionResult:
        error, cause = self._get_param("error"), self._get_param("cause")
        backend: Any = self.stepfunction_backend
        backend.send_task_failure(self._get_param("taskToken"), error=error, cause=cause)
        return EmptyResult()

    patches.replace(StepFunctionResponse, "send_task_failure", send_task_failure)


def _quote_string_output(patches: Patches) -> None:
    """Trap: an execution whose output is a string answers with the bare string, which is not JSON."""
    original = StepFunctionResponse.describe_execution

    def describe_execution(self: StepFunctionResponse) -> ActionResult:
        result = original(self)
        body: dict[str, Any] = result.result  # type: ignore[assignment]
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        if execution.status == ExecutionStatus.SUCCEEDED and isinstance(execution.output, str):
            body["output"] = json.dumps(execution.output)
        return result

    patches.replace(StepFunctionResponse, "describe_execution", describe_execution)


def _share_clients(patches: Patches, client: Client) -> None:
    """Trap: every task makes a client of its own on boto3's default session, which is slow and not thread safe."""

    def shared(service_name: str, **_: Any) -> Any:
        return client(service_name)

    patches.replace(boto_client, "boto3", SimpleNamespace(client=shared))


def _validate_once(patches: Patches, database: Database) -> None:
    """Trap: to parse a definition takes moto a tenth of a second, and each start creates every state machine anew.

    The store remembers those that were valid. An execution parses its own in any case.
    """
    database.execute("CREATE TABLE IF NOT EXISTS valid_definitions (digest TEXT PRIMARY KEY) WITHOUT ROWID")
    validate = StepFunctionsParserBackend._validate_definition

    def validate_once(definition: str) -> None:
        digest = sha256(f"{MOTO}\n{definition}".encode()).hexdigest()
        if database.row("SELECT 1 FROM valid_definitions WHERE digest = ?", (digest,)) is None:
            validate(definition)
            database.execute("INSERT OR IGNORE INTO valid_definitions VALUES (?)", (digest,))

    patches.replace(StepFunctionsParserBackend, "_validate_definition", staticmethod(validate_once))


def create_state_machine(client: Client, resource: Resource) -> None:
    properties = resource.properties
    client("stepfunctions").create_state_machine(
        name=resource.arn.rsplit(":", 1)[-1],
        definition=definition(resource),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{resource.logical_id}",
        type=properties.get("Type") or properties.get("StateMachineType") or "STANDARD",
    )


def definition(resource: Resource) -> str:
    """The ASL with its `${substitutions}` made."""
    properties = resource.properties
    text = _definition_text(resource)
    for name, value in (properties.get("DefinitionSubstitutions") or {}).items():
        text = text.replace(f"${{{name}}}", str(value))
    return text


def _definition_text(resource: Resource) -> str:
    properties = resource.properties
    if "DefinitionUri" in properties:
        base = resource.stack if resource.stack.is_dir() else resource.stack.parent
        return (base / Path(properties["DefinitionUri"])).read_text()
    if "DefinitionString" in properties:
        return str(properties["DefinitionString"])
    if "Definition" in properties:
        return json.dumps(properties["Definition"])
    raise ValueError(f"state machine {resource.logical_id} has no definition that can be read on this machine")
