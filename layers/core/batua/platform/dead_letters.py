"""Dead letters: messages that failed five times, counted by queue and put back to where they came from.

Only queues of messages are here, whose consumers take a message twice without harm. What a stream could not pass on is
in queues of its own, which hold no content; their runbooks say how the stream is read again.
"""

from __future__ import annotations

import time
from typing import Any, Final, Literal, get_args

from pydantic import Field

from .. import audit_trail, clock, errors
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import Reply
from ..aws import client
from ..settings import settings

DeadLetterQueue = Literal[
    "lost_messages",
    "unrouted_events",
    "lost_attempts",
    "unwatched_activity",
    "lost_deliveries",
    "lost_notices",
    "lost_customer_notices",
    "lost_pass_updates",
    "lost_mail",
]
"""Each has a runbook of its name."""

MOST_REPLAYED: Final = 1_000
_TIMEOUT_SECONDS: Final = 15
"""Under the time that the gateway waits; what is left then is put back by the next call."""

DEAD_LETTERS_NOT_FOUND = errors.define("dead_letters_not_found", 404, "There is no such queue of dead letters.")


class DeadLettersOut(Model):
    name: DeadLetterQueue = Field(examples=["lost_notices"])
    messages: int = Field(description="Waiting, about.", examples=[3])


class DeadLettersReplayed(Model):
    name: DeadLetterQueue = Field(examples=["lost_notices"])
    replayed: int = Field(description="Put back, to be tried again at once.", examples=[3])
    left: int = Field(description="Still waiting, about: at most 1,000 are put back at a time.", examples=[0])


def list_dead_letters(call: Call[None]) -> Reply:
    """Every queue, also the empty ones."""
    _require_operator(call)
    return Reply(
        [DeadLettersOut(name=name, messages=_message_count(_url(dead))) for name, (dead, _) in _queues().items()]
    )


def replay_dead_letters(call: Call[None]) -> DeadLettersReplayed:
    """Puts what failed back into the queue that it came from. What fails again comes back here."""
    _require_operator(call)
    name = next((each for each in _queues() if each == call.path["queue"]), None)
    if name is None:
        raise DEAD_LETTERS_NOT_FOUND()
    dead, source = map(_url, _queues()[name])
    replayed = _move(dead, source)
    done = audit_trail.audit_entry(
        "live",
        call.caller.tenant.id,
        clock.system(),
        what="dead letters replayed",
        who=call.caller.id,
        address=call.caller.address,
        reference=name,
        request_id=call.request.id,
        details={"replayed": replayed},
    )
    audit_trail.record_act(call.store, done)
    return DeadLettersReplayed(name=name, replayed=replayed, left=_message_count(dead))


def _move(dead: str, source: str) -> int:
    """Sent before it is deleted: interrupted in between, a message is delivered twice rather than never."""
    sqs, ends, moved = client("sqs"), time.monotonic() + _TIMEOUT_SECONDS, 0
    while moved < MOST_REPLAYED and time.monotonic() < ends:
        found = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10, VisibilityTimeout=60).get("Messages", [])
        if not found:
            break
        for message in found:
            sqs.send_message(QueueUrl=source, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def _queues() -> dict[DeadLetterQueue, tuple[str, str]]:
    """Name -> the ARNs of the queue and of the one that it belongs to.

    The setting has the ARNs in pairs. CloudFormation's names of queues contain those of the template, such as
    `batua-prod-Support-1KJ2-LostMail-9XY8`.
    """
    arns = settings().dead_letters.split(",")
    pairs = dict(zip(arns[::2], arns[1::2], strict=False))
    found: dict[DeadLetterQueue, tuple[str, str]] = {}
    for name in get_args(DeadLetterQueue):
        logical = name.replace("_", " ").title().replace(" ", "").lower()
        dead = next((each for each in pairs if f"-{logical}" in f"-{each.rpartition(':')[2]}".lower()), None)
        if dead is not None:
            found[name] = (dead, pairs[dead])
    return found


def _url(arn: str) -> str:
    answer: dict[str, Any] = client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])
    return str(answer["QueueUrl"])


def _message_count(url: str) -> int:
    asked = "ApproximateNumberOfMessages"
    answer = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[asked])
    return int(answer["Attributes"][asked])


def _require_operator(call: Call[Any]) -> None:
    if call.caller.tenant.kind != "operator":
        raise errors.FORBIDDEN("Only the operator can see the deployment's queues.")
