from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sqs.models import sqs_backends

from local.model import ACCOUNT, REGION, EventSource

from .conftest import Handlers, function, queue

WORK, DEAD = queue("Work", VisibilityTimeout=60), queue("Dead")
REDRIVEN = queue("Work", VisibilityTimeout=60, RedrivePolicy={"deadLetterTargetArn": DEAD.arn, "maxReceiveCount": 3})


def worker(**properties: Any) -> Any:
    return function("Worker", EventSource("Queue", "SQS", {"Queue": WORK.arn, **properties}))


def send(aws: Any, *bodies: str) -> None:
    url = aws.client("sqs").get_queue_url(QueueName="Work")["QueueUrl"]
    entries = [{"Id": f"{n}", "MessageBody": body} for n, body in enumerate(bodies)]
    aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)


def bodies(aws: Any, name: str) -> list[str]:
    url = aws.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    answer = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


def delivered(handlers: Handlers) -> list[list[str]]:
    return [[record["body"] for record in event["Records"]] for event in handlers.of("Worker")]


def test_messages_are_delivered_in_lambdas_shape_and_leave_the_queue(started: Any, handlers: Handlers) -> None:
    aws = started(WORK, worker())
    url = aws.client("sqs").get_queue_url(QueueName="Work")["QueueUrl"]
    kind = {"kind": {"StringValue": "mail", "DataType": "String"}}
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="hello", MessageAttributes=kind)
    aws.drain()
    ((record,),) = [event["Records"] for event in handlers.of("Worker")]
    assert record["body"] == "hello"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == WORK.arn
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"]["stringValue"] == "mail"
    assert bodies(aws, "Work") == []


def test_a_message_that_is_deleted_is_found_without_looking_at_all(started: Any) -> None:
    """A backlog would take the longer for each of its messages the longer it is."""
    aws = started(WORK)
    url = aws.client("sqs").get_queue_url(QueueName="Work")["QueueUrl"]
    for first in range(0, 300, 10):
        send(aws, *map(str, range(first, first + 10)))
    held = sqs_backends[ACCOUNT][REGION].queues["Work"]
    looked_at = 0

    def asked(message: Any, handle: str) -> bool:
        nonlocal looked_at
        looked_at += 1
        return handle in message.all_receipt_handles

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(held._messages[0]), "had_receipt_handle", asked)
        for _ in range(30):
            answer = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            for message in answer["Messages"]:
                aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert held._messages == []
    assert looked_at <= 2 * 300
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle="made up")


def test_only_the_messages_that_failed_come_again(started: Any, handlers: Handlers) -> None:
    failures = iter(["b"])

    def fail_b_once(event: dict[str, Any]) -> dict[str, Any]:
        doomed = next(failures, None)
        failed = [record["messageId"] for record in event["Records"] if record["body"] == doomed]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}

    handlers.handlers["Worker"] = fail_b_once
    aws = started(WORK, worker(FunctionResponseTypes=["ReportBatchItemFailures"], BatchSize=10))
    send(aws, "b")
    aws.drain()
    send(aws, "a", "c")
    aws.drain()
    flat = [body for batch in delivered(handlers) for body in batch]
    assert sorted(flat) == ["a", "b", "b", "c"]


def test_a_message_that_keeps_failing_ends_in_the_dead_letter_queue(started: Any, handlers: Handlers) -> None:
    def fail(_: dict[str, Any]) -> None:
        raise RuntimeError("always")

    handlers.handlers["Worker"] = fail
    aws = started(REDRIVEN, DEAD, worker())
    send(aws, "poison")
    aws.drain()
    counts = [event["Records"][0]["attributes"]["ApproximateReceiveCount"] for event in handlers.of("Worker")]
    assert counts == ["1", "2", "3"]
    assert bodies(aws, "Dead") == ["poison"]
    assert bodies(aws, "Work") == []


def test_what_the_filter_drops_is_deleted(started: Any, handlers: Handlers) -> None:
    pattern = json.dumps({"body": {"kind": ["mail"]}})
    aws = started(WORK, worker(FilterCriteria={"Filters": [{"Pattern": pattern}]}))
    send(aws, json.dumps({"kind": "mail"}), json.dumps({"kind": "call"}), "not json")
    aws.drain()
    assert [body for batch in delivered(handlers) for body in batch] == ['{"kind": "mail"}']
    assert bodies(aws, "Work") == []


def test_a_message_is_in_flight_while_its_function_works(started: Any, handlers: Handlers) -> None:
    seen: list[list[str]] = []
    handlers.handlers["Worker"] = lambda _: seen.append(bodies(aws, "Work"))
    aws = started(WORK, worker())
    send(aws, "a")
    aws.drain()
    assert seen == [[]]


def test_a_queue_tells_how_many_messages_wait_are_delayed_and_in_flight(started: Any) -> None:
    aws = started(WORK)
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="Work")["QueueUrl"]

    def queue_counts() -> list[str]:
        names = ["", "Delayed", "NotVisible"]
        wanted = [f"ApproximateNumberOfMessages{name}" for name in names]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
        return [attributes[name] for name in wanted]

    send(aws, "a", "b", "c")
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
    assert queue_counts() == ["3", "1", "0"]
    assert bodies(aws, "Work") == ["a", "b", "c"]
    assert queue_counts() == ["0", "1", "3"]
    assert bodies(aws, "Work") == []


def test_a_message_is_forgotten_when_the_queue_has_kept_it_long_enough(started: Any) -> None:
    kept = queue("Work", MessageRetentionPeriod=60)
    aws = started(kept)
    send(aws, "old")
    (message,) = sqs_backends[ACCOUNT][REGION].get_queue("Work")._messages
    assert message.sent_timestamp is not None
    message.sent_timestamp -= 61_000
    assert bodies(aws, "Work") == []


def test_a_message_and_a_batch_have_at_most_a_megabyte(started: Any) -> None:
    aws = started(WORK)
    send(aws, "x" * 2**19, "y" * 2**19)
    with pytest.raises(ClientError, match="longer than 1048576 bytes"):
        send(aws, "x" * 2**19, "y" * (2**19 + 1))
    url = aws.client("sqs").get_queue_url(QueueName="Work")["QueueUrl"]
    with pytest.raises(ClientError, match="1048576"):
        aws.client("sqs").send_message(QueueUrl=url, MessageBody="x" * (2**20 + 1))
