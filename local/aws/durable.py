"""What a store in a file keeps besides tables and their streams: secrets, files, queued messages, events, workflows.

moto holds them in memory. What changes is written to the database too, at the moment of the change, and put back at the
next start. A process may be killed between the two: then a message, an event or a workflow is delivered again, as SQS,
Lambda and the platform's own steps allow. A workflow that was running begins anew, under its name and with its input.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any, Final

from botocore.handlers import BUILTIN_HANDLERS
from moto.secretsmanager.models import SecretsManagerBackend, secretsmanager_backends
from moto.sqs.models import Message, Queue, SQSBackend, sqs_backends
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from local.model import ACCOUNT, REGION

from .database import Database
from .functions import Invocation
from .patching import Patches
from .queue_speed import message_of

Client = Callable[[str], Any]

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS kept_secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS kept_files (bucket TEXT, key TEXT, body BLOB NOT NULL, settings TEXT NOT NULL,"
    " PRIMARY KEY (bucket, key))",
    "CREATE TABLE IF NOT EXISTS kept_messages (id TEXT PRIMARY KEY, queue TEXT NOT NULL, sent REAL NOT NULL,"
    " message TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS kept_events (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS kept_executions (arn TEXT PRIMARY KEY, machine TEXT NOT NULL, name TEXT NOT NULL,"
    " input TEXT NOT NULL)",
)
_MESSAGE: Final = (
    "id",
    "body",
    "message_attributes",
    "system_attributes",
    "sent_timestamp",
    "deduplication_id",
    "group_id",
    "sequence_number",
    "delayed_until",
    "approximate_receive_count",
)
_RETENTION_SECONDS: Final = 14 * 86_400
"""As long as SQS keeps any message."""

_OBJECT: Final = ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "Metadata")


class DurableState:
    """Writes changes down while it is installed. `restore` before functions run, `resume` once they can."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database, self._client = database, client
        self._handlers: list[tuple[str, Any]] = []
        for table in _TABLES:
            database.execute(table)

    def install(self, patches: Patches) -> None:
        self._keep_secrets(patches)
        self._keep_messages(patches)
        self._keep_executions(patches)
        for operation in ("PutObject", "DeleteObject", "DeleteObjects"):
            self._handlers += [
                (f"provide-client-params.s3.{operation}", _remember),
                (f"after-call.s3.{operation}", self._written(operation)),
            ]
        BUILTIN_HANDLERS.extend(self._handlers)

    def remove(self) -> None:
        for handler in self._handlers:
            BUILTIN_HANDLERS.remove(handler)
        self._handlers.clear()

    def restore(self) -> None:
        """Puts back secrets and files, which functions read."""
        backend = secretsmanager_backends[ACCOUNT][REGION]
        for name, value in self._database.rows("SELECT name, value FROM kept_secrets"):
            if name in backend.secrets:
                self._client("secretsmanager").put_secret_value(SecretId=name, SecretString=value)
        for bucket, key, body, settings in self._database.rows("SELECT bucket, key, body, settings FROM kept_files"):
            self._client("s3").put_object(Bucket=bucket, Key=key, Body=body, **json.loads(settings))

    def resume(self, queue: Callable[[Invocation], None], revive: Callable[[dict[str, Any]], Invocation]) -> None:
        """Delivers what was on its way, and begins again what was running."""
        self._restore_messages()
        for number, event in self._database.rows("SELECT id, event FROM kept_events ORDER BY id"):
            self._database.execute("DELETE FROM kept_events WHERE id = ?", (number,))
            queue(revive(json.loads(event)))
        workflows = self._client("stepfunctions")
        for machine, name, content in self._database.rows("SELECT machine, name, input FROM kept_executions"):
            workflows.start_execution(stateMachineArn=machine, name=name, input=content)

    # Secrets

    def _keep_secrets(self, patches: Patches) -> None:
        database = self._database
        original = SecretsManagerBackend.put_secret_value

        def put_secret_value(self: SecretsManagerBackend, secret_id: str, *values: Any, **more: Any) -> str:
            answer = original(self, secret_id, *values, **more)
            secret: Any = self.secrets[secret_id]
            value = secret.versions[secret.default_version_id]["secret_string"]
            database.execute("INSERT OR REPLACE INTO kept_secrets VALUES (?, ?)", (secret.name, value))
            return answer

        patches.replace(SecretsManagerBackend, "put_secret_value", put_secret_value)

    # Files

    def _written(self, operation: str) -> Callable[..., None]:
        def written(http_response: Any, context: Any, **_: Any) -> None:
            params = context.get("batua_params") or {}
            if http_response.status_code >= 300 or not params:
                return
            if operation == "PutObject":
                self._keep_file(params)
            else:
                named = [params] if operation == "DeleteObject" else params["Delete"]["Objects"]
                for one in named:
                    place = (params["Bucket"], one["Key"])
                    self._database.execute("DELETE FROM kept_files WHERE bucket = ? AND key = ?", place)

        return written

    def _keep_file(self, params: dict[str, Any]) -> None:
        body = params.get("Body", b"")
        content = body.encode() if isinstance(body, str) else bytes(body)
        settings = json.dumps({name: params[name] for name in _OBJECT if params.get(name)})
        self._database.execute(
            "INSERT OR REPLACE INTO kept_files VALUES (?, ?, ?, ?)",
            (params["Bucket"], params["Key"], content, settings),
        )

    # Messages

    def _keep_messages(self, patches: Patches) -> None:
        database = self._database
        add, delete, purge = Queue.add_message, Queue.delete_message, SQSBackend.purge_queue

        def add_message(self: Queue, message: Message) -> None:
            # First, since adding wakes who delivers it; a message that goes to the dead letters takes its row along.
            sent: Any = message.sent_timestamp  # moto declares it as None and sets a number
            row = (message.id, self.name, sent or 0, json.dumps(_message_content(message)))
            database.execute("INSERT OR REPLACE INTO kept_messages VALUES (?, ?, ?, ?)", row)
            add(self, message)

        def delete_message(self: Queue, receipt_handle: str) -> None:
            gone = message_of(self, receipt_handle)
            delete(self, receipt_handle)
            if gone:
                database.execute("DELETE FROM kept_messages WHERE id = ?", (gone.id,))

        def purge_queue(self: SQSBackend, queue_name: str) -> None:
            purge(self, queue_name)
            database.execute("DELETE FROM kept_messages WHERE queue = ?", (queue_name,))

        patches.replace(Queue, "add_message", add_message)
        patches.replace(Queue, "delete_message", delete_message)
        patches.replace(SQSBackend, "purge_queue", purge_queue)

    def _restore_messages(self) -> None:
        oldest = (time.time() - _RETENTION_SECONDS) * 1000
        self._database.execute("DELETE FROM kept_messages WHERE sent < ?", (oldest,))
        queues = sqs_backends[ACCOUNT][REGION].queues
        rows = self._database.rows("SELECT queue, message FROM kept_messages ORDER BY sent, rowid")
        for name, content in rows:
            if name in queues:
                queues[name].add_message(_message_from(json.loads(content)))

    # Events on their way to functions

    def keep_event(self, event: dict[str, Any]) -> int:
        """Returns the number by which `forget_event` knows it."""
        cursor = self._database.execute("INSERT INTO kept_events (event) VALUES (?)", (json.dumps(event),))
        return cursor.lastrowid or 0

    def forget_event(self, number: int) -> None:
        self._database.execute("DELETE FROM kept_events WHERE id = ?", (number,))

    # Workflows

    def _keep_executions(self, patches: Patches) -> None:
        database = self._database
        start, terminated = StepFunctionsParserBackend.start_execution, BaseExecutionWorkerCommunication.terminated

        def start_execution(
            self: StepFunctionsParserBackend,
            state_machine_arn: str,
            name: Any = None,
            execution_input: Any = None,
            trace_header: Any = None,
        ) -> Any:
            execution: Any = start(self, state_machine_arn, name, execution_input, trace_header)
            if execution.exec_status == "RUNNING":
                row = (execution.exec_arn, state_machine_arn, execution.name, execution_input or "{}")
                database.execute("INSERT OR REPLACE INTO kept_executions VALUES (?, ?, ?, ?)", row)
                if execution.exec_status != "RUNNING":  # it was quicker
                    database.execute("DELETE FROM kept_executions WHERE arn = ?", (execution.exec_arn,))
            return execution

        def ended(self: BaseExecutionWorkerCommunication) -> None:
            terminated(self)
            database.execute("DELETE FROM kept_executions WHERE arn = ?", (self.execution.exec_arn,))

        patches.replace(StepFunctionsParserBackend, "start_execution", start_execution)
        patches.replace(BaseExecutionWorkerCommunication, "terminated", ended)


def _remember(params: dict[str, Any], context: Any, **_: Any) -> None:
    """A call's parameters, for when its answer is there: the answer alone does not tell what was written."""
    context["batua_params"] = dict(params)


def _message_content(message: Message) -> dict[str, Any]:
    return {name: _encoded(getattr(message, name)) for name in _MESSAGE}


def _message_from(content: dict[str, Any]) -> Message:
    values = _decoded(content)
    message = Message(values["id"], values["body"])
    for name in _MESSAGE[2:]:
        setattr(message, name, values[name])
    return message


def _encoded(value: Any) -> Any:
    """As JSON, which has no bytes."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {name: _encoded(each) for name, each in value.items()}
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"$bytes"}:
            return base64.b64decode(value["$bytes"])
        return {name: _decoded(each) for name, each in value.items()}
    return value
