"""Publishing, routing and delivering, with the services of AWS and the receivers played."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from batua import clock, ids, queues
from batua.events import deliver, publish, requeue
from batua.events.consuming import EventConsumer
from batua.events.event import Event, read_queued_event
from batua.events.model import endpoint_item, read_endpoint, read_webhook_delivery
from batua.events.retry_schedule import DISABLED_AFTER_MS, JITTER, RETRY_DELAYS, RETRY_HOUR_MS, retry_delay
from batua.events.sending import SendOutcome
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.tenant_money import FundsPosting, FundsState
from batua.ledger.model import Origin
from batua.ledger.records.tenant_money import posting_items
from batua.settings import settings
from batua.store import event_keys
from batua.store.codec import encode
from batua.store.store import Store
from batua.store.writes import Put, Update
from tests.unit.delivery_fixtures import NOW, SHOP, Aws, aws, endpoint, event, routed, store  # noqa: F401 - fixtures

MONEY = tenant_money.tenant_wallet("live", SHOP)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`time.now` is what the clock shows."""

    class Time:
        now = NOW

    monkeypatch.setattr(clock, "system", lambda: Time.now)
    monkeypatch.setattr(deliver, "open_tenant_secret", lambda tenant, endpoint, sealed: sealed)
    return Time


def change(name: str, **broken: Any) -> dict[str, Any]:
    """A record of the stream: a credit under this name."""
    posting = tenant_money.decide_credit(FundsState(), MONEY, 100, NOW)
    assert isinstance(posting, FundsPosting)
    transaction = ids.derived_id("txn", name)
    ((key, item),) = posting_items(transaction, posting, Origin("usr", "::1", SHOP, name), b"", 20261121)
    image = {name: value for name, value in {"pk": key.pk, "sk": key.sk, **item, **broken}.items() if value is not None}
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": f"n-{name}", "NewImage": encode(image)}}


def batch(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(changes)}


def test_of_a_call_that_the_bus_takes_in_part_only_the_rest_is_put_again(aws: Aws, store: Store) -> None:
    aws.refuse = lambda call, detail: call == 1 and detail["data"]["reference"] in ("b", "d")
    assert publish.publish_changes(store, batch(*map(change, "abcde"))) == []
    assert aws.calls == [["a", "b", "c", "d", "e"], ["b", "d"]]


def test_what_the_bus_never_takes_comes_again_from_the_stream(aws: Aws, store: Store) -> None:
    aws.refuse = lambda call, detail: detail["data"]["reference"] == "b"
    assert publish.publish_changes(store, batch(*map(change, "abc"))) == ["n-b"]
    assert aws.calls == [["a", "b", "c"], ["b"], ["b"], ["b"]]


def test_a_bus_that_does_not_answer_is_asked_again(aws: Aws, store: Store) -> None:
    aws.silent = 2
    assert publish.publish_changes(store, batch(*map(change, "ab"))) == []
    aws.silent = 99
    assert publish.publish_changes(store, batch(*map(change, "ab"))) == ["n-a", "n-b"]


def test_ten_events_go_in_one_call(aws: Aws, store: Store) -> None:
    assert publish.publish_changes(store, batch(*(change(f"{each}") for each in range(23)))) == []
    assert [len(call) for call in aws.calls] == [10, 10, 3]


def test_a_change_that_cannot_be_read_is_left_among_the_lost_and_holds_up_nothing(aws: Aws, store: Store) -> None:
    poison = change("b", kind="teleport")
    assert publish.publish_changes(store, batch(change("a"), poison, change("c"))) == []
    assert aws.calls == [["a", "c"]]
    (lost,) = aws.lost
    assert lost["change"]["dynamodb"]["SequenceNumber"] == "n-b"
    assert "teleport" in lost["why"]


def test_where_even_that_fails_the_batch_comes_again(aws: Aws, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": ""}}, "SendMessage")

    monkeypatch.setattr(aws, "send_message", down)
    with pytest.raises(ClientError):
        publish.publish_changes(store, batch(change("b", kind="teleport")))


def consumer(*undone: str, wants: str = "abcdefgh") -> tuple[EventConsumer, list[str]]:
    """One that can't finish the events of these references, and what it was given."""
    given: list[str] = []

    def consume(store: Store, events: Sequence[Event], now: int) -> list[Event]:
        given.extend(each.data["reference"] for each in events)
        return [each for each in events if each.data["reference"] in undone]

    return EventConsumer(lambda each: each.data["reference"] in wants, consume, "queue"), given


class Queue:
    """Takes what it is sent, but for these references."""

    def __init__(self, *refuses: str) -> None:
        self.took: list[str] = []
        self.refuses = refuses

    def send_message_batch(self, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        failed = []
        for each in Entries:
            reference = read_queued_event(each["MessageBody"]).data["reference"]
            if reference in self.refuses:
                failed.append({"Id": each["Id"]})
            else:
                self.took.append(reference)
        return {"Successful": [], "Failed": failed}


def test_what_a_consumer_cannot_finish_waits_in_its_queue(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    queue = Queue()
    monkeypatch.setattr(publish, "client", lambda service: queue)
    (first, given), (other, heard) = consumer("b"), consumer(wants="c")
    assert publish.publish_changes(store, batch(*map(change, "abc")), [first, other], frozenset()) == []
    assert (given, heard, queue.took) == (["a", "b", "c"], ["c"], ["b"])


def test_what_no_queue_takes_comes_again_from_the_stream(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    queue = Queue("c")
    monkeypatch.setattr(publish, "client", lambda service: queue)
    first, _ = consumer("b", "c")
    assert publish.publish_changes(store, batch(*map(change, "abc")), [first], frozenset()) == ["n-c"]
    assert queue.took == ["b"]


def test_a_consumer_that_breaks_stops_no_other(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    def breaks(*_: Any) -> list[Event]:
        raise ZeroDivisionError

    queue = Queue()
    monkeypatch.setattr(publish, "client", lambda service: queue)
    other, given = consumer()
    broken = EventConsumer(lambda each: True, breaks, "queue")
    assert publish.publish_changes(store, batch(*map(change, "ab")), [broken, other], frozenset()) == []
    assert (given, queue.took) == (["a", "b"], ["a", "b"])


def test_behind_the_stream_all_goes_to_the_queues(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    queue = Queue()
    monkeypatch.setattr(publish, "client", lambda service: queue)
    monkeypatch.setattr(queues, "settings", lambda: replace(settings(), streams_behind_seconds=0))
    first, given = consumer()
    late = change("a")
    late["dynamodb"]["ApproximateCreationDateTime"] = clock.system() // 1000 - 60
    assert publish.publish_changes(store, batch(late, change("b")), [first], frozenset()) == []
    assert (given, queue.took) == ([], ["a", "b"])


def test_where_one_machine_serves_both_nothing_goes_to_the_queues(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    queue = Queue()
    monkeypatch.setattr(publish, "client", lambda service: queue)
    monkeypatch.setattr(queues, "settings", lambda: replace(settings(), streams_behind_seconds=86_400))
    first, given = consumer()
    late = change("a")
    late["dynamodb"]["ApproximateCreationDateTime"] = clock.system() // 1000 - 60
    assert publish.publish_changes(store, batch(late, change("b")), [first], frozenset()) == []
    assert (given, queue.took) == (["a", "b"], [])


def test_the_bus_gets_the_types_of_its_rules_alone(aws: Aws, store: Store) -> None:
    assert publish.publish_changes(store, batch(change("a")), (), frozenset({"dispute.raised"})) == []
    assert aws.calls == []
    assert publish.publish_changes(store, batch(change("a")), (), frozenset({"wallet.credited"})) == []
    assert aws.calls == [["a"]]


def answering(status: int | None, failure: str | None = None) -> Any:
    return lambda *_, **__: SendOutcome(status, 5, b"", failure)


def standing(store: Store) -> Any:
    place = event_keys.webhook_delivery_key(endpoint().id, event().id)
    record = store.read([place])[place]
    assert record
    return read_webhook_delivery(record)


def test_the_schedule_is_about_a_day_with_jitter() -> None:
    assert 22 * RETRY_HOUR_MS < sum(RETRY_DELAYS) < 26 * RETRY_HOUR_MS
    assert list(RETRY_DELAYS) == sorted(RETRY_DELAYS)
    for step, usual in enumerate(RETRY_DELAYS, start=1):
        waits = [retry_delay(step) or 0 for _ in range(200)]
        assert all((1 - JITTER) * usual <= each <= (1 + JITTER) * usual for each in waits)
        assert len(set(waits)) > 100
    assert retry_delay(len(RETRY_DELAYS) + 1) is None


@pytest.mark.parametrize("outcome", [(500, None), (302, None), (404, None), (None, "no connection could be made")])
def test_a_day_of_failures_minute_by_minute(store: Store, aws: Aws, time: Any, outcome: Any) -> None:
    """The job runs every minute; whatever is queued is tried. Nothing is tried early, nothing is forgotten."""
    routed(store, event(), endpoint())
    tried: list[int] = []
    for minute in range(30 * 60):
        time.now = NOW + minute * 60_000
        requeue.requeue_due(store, time.now)
        while aws.sent:
            expected = standing(store).due
            assert deliver.make_attempt(store, aws.sent.pop(), answering(*outcome)) is not None
            assert not tried or expected is not None
            tried.append(time.now)
    published = standing(store)
    assert (published.status, published.reason, published.tries, published.due) == (
        "failed",
        "attempts_used_up",
        10,
        None,
    )
    waits = [after - before for before, after in pairwise(tried)]
    for took, usual in zip(waits, RETRY_DELAYS, strict=True):
        assert (1 - JITTER) * usual <= took <= (1 + JITTER) * usual + 60_000
    assert len(published.attempts) == 10


def test_who_dies_after_sending_sends_again_under_the_same_id(
    store: Store, aws: Aws, time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    routed(store, event(), endpoint())
    (nudge,) = aws.sent
    sent: list[str] = []

    def send(url: str, body: bytes, headers: Mapping[str, str], **_: Any) -> SendOutcome:
        sent.append(headers["webhook-id"])
        return SendOutcome(200, 5, b"", None)

    with monkeypatch.context() as dying:
        dying.setattr(store, "write", lambda write: (_ for _ in ()).throw(MemoryError()))
        with pytest.raises(MemoryError):
            deliver.make_attempt(store, nudge, send)
    assert standing(store).status == "pending"
    time.now = NOW + 16 * 60_000
    assert requeue.requeue_due(store, time.now) == 1
    deliver.make_attempt(store, aws.sent.pop(), send)
    assert (standing(store).status, sent) == ("delivered", [event().id] * 2)


def test_of_two_attempts_at_once_one_is_recorded(store: Store, aws: Aws, time: Any) -> None:
    routed(store, event(), endpoint())
    (nudge,) = aws.sent

    def send(*_: Any, **__: Any) -> SendOutcome:
        deliver.make_attempt(store, nudge, answering(200))
        return SendOutcome(500, 5, b"", None)

    assert deliver.make_attempt(store, nudge, send) is None, "the other one was recorded"
    published = standing(store)
    assert (published.status, published.tries, [each.status for each in published.attempts]) == ("delivered", 1, [200])


def test_two_jobs_at_once_queue_what_is_due_once(store: Store, aws: Aws, time: Any) -> None:
    routed(store, event(), endpoint())
    aws.sent.clear()
    later = NOW + RETRY_HOUR_MS
    found = list(requeue._due(store, later))
    assert len(found) == 1
    assert requeue.requeue_due(store, later) == 1
    assert requeue.requeue_due(store, later) == 0
    assert len(aws.sent) == 1


def test_an_index_that_is_behind_queues_nothing_again(
    store: Store, aws: Aws, time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    routed(store, event(), endpoint())
    stale = list(requeue._due(store, NOW + RETRY_HOUR_MS))
    deliver.make_attempt(store, aws.sent.pop(), answering(500))
    tried_next = standing(store).due
    monkeypatch.setattr(requeue, "_due", lambda store, now: iter(stale))
    assert requeue.requeue_due(store, NOW + RETRY_HOUR_MS) == 0
    assert standing(store).due == tried_next, "its next attempt is not put off"


def test_a_nudge_of_an_attempt_that_was_made_does_nothing(store: Store, aws: Aws, time: Any) -> None:
    routed(store, event(), endpoint())
    (nudge,) = aws.sent
    deliver.make_attempt(store, nudge, answering(500))
    assert deliver.make_attempt(store, nudge, answering(200)) is None
    assert (standing(store).status, standing(store).tries) == ("pending", 1)


def test_of_very_many_one_run_queues_its_part_and_the_next_goes_on(store: Store, aws: Aws, time: Any) -> None:
    for tenant in range(7):
        routed(store, replace(event(), id=ids.dated_id("evt", NOW, str(tenant))), endpoint())
    aws.sent.clear()
    assert [requeue.requeue_due(store, NOW + RETRY_HOUR_MS, most=3) for _ in range(4)] == [3, 3, 1, 0]
    assert len({nudge.event for nudge in aws.sent}) == 7


def test_an_endpoint_is_not_disabled_over_somebodys_change(store: Store, aws: Aws, time: Any) -> None:
    routed(store, event(), endpoint())
    store.write(Update(event_keys.webhook_health_key(endpoint().id), set={"failing": NOW - DISABLED_AFTER_MS}))

    def send(*_: Any, **__: Any) -> SendOutcome:
        changed = replace(endpoint(), url="https://other.example.com", version=2)
        store.write(Put(changed.key, endpoint_item(changed)))
        return SendOutcome(500, 5, b"", None)

    deliver.make_attempt(store, aws.sent.pop(), send)
    stands = store.read([endpoint().key])[endpoint().key]
    assert stands
    assert (read_endpoint(stands).status, read_endpoint(stands).url) == ("active", "https://other.example.com")


def test_a_deleted_endpoint_is_sent_nothing(store: Store, aws: Aws, time: Any) -> None:
    from batua.store.writes import Delete

    routed(store, event(), endpoint())
    store.commit([Delete(endpoint().key)])
    deliver.make_attempt(store, aws.sent.pop(), answering(200))
    assert (standing(store).status, standing(store).reason, standing(store).tries) == ("failed", "endpoint_deleted", 0)


def test_an_answer_is_kept_as_a_printable_line() -> None:
    published = deliver.attempt_summary(SendOutcome(500, 5, b"\x00\x1b[31mno\r\n" + b"\xff" * 2_000, None), NOW)
    assert published.answer.isprintable()
    assert "no" in published.answer
    assert len(published.answer) <= 256
