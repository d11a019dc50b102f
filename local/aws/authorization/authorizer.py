"""Denies a function's calls to AWS what the function's role does not grant.

Only calls that are made while a function runs are judged, by the role of that function: the adapter's own clients, the
seed and tests have every right. What is denied is kept, so that a test run fails of it even where a function goes on.
"""

from __future__ import annotations

import concurrent.futures
import contextvars
import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.handlers import BUILTIN_HANDLERS
from botocore.session import Session

from local.aws.patching import Patches
from local.model import ACCOUNT, REGION, Platform
from local.runner import DENIED, RUNNING

from .explanation import explain
from .policies import Context, Grant, Policies
from .required import Requirements, UnknownCall, UnknownResource

log = logging.getLogger(__name__)

_SIGNER = "local-function-"
_DENIED = {"s3": ("AccessDenied", 403), "sns": ("AuthorizationError", 403), "sesv2": ("AccessDeniedException", 403)}
_MISSING = frozenset({"NoSuchKey", "404"})
_EVENTS = (
    ("before-parameter-build", "_judge"),
    ("after-call.s3", "_hide_what_is_missing"),
)


class Authorizer:
    """Installed, it judges every client whose session is made from then on, except the `trusted` ones."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._required = Requirements(platform, _machine_of_token)
        self._grants: dict[tuple[Any, ...], Grant] = {}
        self._policies = {bearer: Policies(role, self._grants) for bearer, role in platform.roles.items()}
        self._handlers = [(event, getattr(self, name)) for event, name in _EVENTS]
        self.denials: dict[str, None] = {}
        """What was denied and how to mend it, each once, in order."""

    def install(self, patches: Patches) -> None:
        BUILTIN_HANDLERS.extend(self._handlers)
        _separate_secrets(patches)
        _share_with_threads(patches)
        _mark_credentials(patches)

    def remove(self) -> None:
        for handler in self._handlers:
            BUILTIN_HANDLERS.remove(handler)

    def trust(self, client: Any) -> Any:
        """The client, which is not a function's."""
        for event, handler in self._handlers:
            client.meta.events.unregister(event, handler)
        return client

    def allows_link(self, token: str, action: str, resource: str) -> bool:
        """Whether the function whose credentials signed a link may do what the link does."""
        bearer = token.removeprefix(_SIGNER)
        return bearer == token or self._allows(bearer, action, resource, {})

    @property
    def grants(self) -> list[Grant]:
        return list(self._grants.values())

    def write_usage(self, file: Path) -> None:
        """What of each grant was used, to be merged with what other processes used."""
        used = [
            [str(g.statement.stack), g.statement.policy, g.statement.number, g.action, g.resource, sorted(g.keys)]
            for g in self.grants
            if g.used
        ]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(used))

    def _judge(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        bearer = RUNNING.get()
        if bearer is None:
            return
        service = model.service_model.service_name
        try:
            needed: Iterable[tuple[str, str, Context]] = list(self._required.of(service, model.name, params))
        except UnknownResource:
            return
        except UnknownCall as error:
            self._deny(f"{bearer} calls {error}: add its rights to local/aws/authorization/required.py")
            raise _refusal(service, model.name, f"{bearer}: {error} is unknown here") from None
        for action, resource, context in needed:
            if not self._allows(bearer, action, resource, context):
                raise _refusal(service, model.name, _message(bearer, action, resource))

    def _allows(self, bearer: str, action: str, resource: str, context: Context) -> bool:
        policies = self._policies.get(bearer)
        if policies is None:
            self._deny(f"{bearer} has no role in any template")
            return False
        if policies.allows(action, resource, context):
            return True
        written = self._platform.references.get(policies.role.stack, {})
        self._deny(explain(self._platform.root, policies, written, action, resource, context))
        return False

    def _deny(self, explanation: str) -> None:
        if explanation not in self.denials:
            self.denials[explanation] = None
            log.error("%s: %s", DENIED, explanation)

    def _hide_what_is_missing(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        """S3 tells only those who may list a bucket that an object is missing; others are denied."""
        bearer = RUNNING.get()
        code = str((parsed.get("Error") or {}).get("Code"))
        if bearer is None or code not in _MISSING or model.name not in ("GetObject", "HeadObject"):
            return
        bucket = str((context.get("s3_redirect") or {}).get("bucket"))
        if not self._allows(bearer, "s3:ListBucket", f"arn:aws:s3:::{bucket}", {}):
            parsed["Error"] = {"Code": "AccessDenied", "Message": "Access Denied"}
            parsed["ResponseMetadata"]["HTTPStatusCode"] = 403


class _KeptByFunction(dict[Any, Any]):
    """What each function keeps for itself. With what another has read, its own right to read would go unjudged."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get((RUNNING.get(), name), default)

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__((RUNNING.get(), name), value)


def _separate_secrets(patches: Patches) -> None:
    from batua.identity import secrets

    patches.replace(secrets, "_cache", _KeptByFunction())


def _share_with_threads(patches: Patches) -> None:
    """What a function hands to a pool of threads runs with the function's role."""
    submit = concurrent.futures.ThreadPoolExecutor.submit

    def submit_with_role(self: Any, call: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        if RUNNING.get() is None:
            return submit(self, call, *args, **named)
        return submit(self, contextvars.copy_context().run, call, *args, **named)

    patches.replace(concurrent.futures.ThreadPoolExecutor, "submit", submit_with_role)


def _mark_credentials(patches: Patches) -> None:
    """The session token names the function, as on AWS: what a signed link may do depends on who signed it."""
    get_credentials = Session.get_credentials

    def credentials(self: Session) -> Any:
        bearer = RUNNING.get()
        return Credentials("local", "local", f"{_SIGNER}{bearer}") if bearer else get_credentials(self)

    patches.replace(Session, "get_credentials", credentials)


def _machine_of_token(token: str) -> str | None:
    """The state machine whose execution waits for the token."""
    # Here, since workers judge too, whose calls of Step Functions are judged where those are answered.
    from moto.stepfunctions.parser.api import ExecutionStatus
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    for machine in list(stepfunctions_parser_backends[ACCOUNT][REGION].state_machines):
        for execution in list(machine.executions):
            worker = getattr(execution, "exec_worker", None)
            if execution.status == ExecutionStatus.RUNNING and worker and worker.env.callback_pool_manager.get(token):
                return str(machine.arn)
    return None


def _message(bearer: str, action: str, resource: str) -> str:
    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{bearer}Role/{bearer}"
    return (
        f"User: {who} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


def _refusal(service: str, operation: str, message: str) -> ClientError:
    code, status = _DENIED.get(service, ("AccessDeniedException", 400))
    metadata: Any = {
        "HTTPStatusCode": status,
        "RetryAttempts": 0,
        "RequestId": "local",
        "HTTPHeaders": {},
        "HostId": "",
    }
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, operation)
