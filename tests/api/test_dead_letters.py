"""Messages that failed for good, counted and put back. The functions: ListDeadLetters, ReplayDeadLetters."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from batua import clock, ids
from batua.aws import client
from batua.customers.model import customer_id_by_phone
from batua.platform.dead_letters import DeadLetterQueue
from batua.store import keys
from batua.store.store import store
from local.host import LocalPlatform
from tests.api.conftest import Client
from tests.api.rewarding import customer
from tests.api.texted_customers import texts_of
from tests.prefunds import Actor, actor
from tests.support_desk import data, refused
from tests.templates.stacks import ROOT

URL = "/api/v1/health/dead-letters"


@pytest.fixture(scope="module")
def operator(platform: LocalPlatform) -> Actor:
    return actor(platform, "Batua", "super_admin")


def queue_url(part: str) -> str:
    urls = client("sqs").list_queues().get("QueueUrls", [])
    (url,) = [url for url in urls if part.lower() in url.rpartition("/")[2].lower()]
    return str(url)


def waiting(operator: Actor, name: str) -> int:
    (row,) = [row for row in data(operator.get(URL)) if row["name"] == name]
    return int(row["messages"])


def test_what_failed_is_counted_and_put_back_and_then_does_what_it_should(
    operator: Actor, platform: LocalPlatform, live: Client, phone: str, scope: str
) -> None:
    owner, merchant = scope.removeprefix("L#"), actor(platform, "Kaveri Stores", "tenant_admin")
    shopper = customer_id_by_phone(scope, owner, customer(live, phone))
    before = len(texts_of(phone))
    at = clock.system()
    event = {
        "id": ids.new_id("evt", at),
        "type": "ticket.commented",
        "version": 1,
        "created_at": clock.iso(at),
        "tenant": merchant.tenant,
        "mode": "live",
        "subject": ids.new_id("tkt", at),
        "sequence": "000000000002",
        "data": {"requester_id": shopper, "by_type": "staff", "status": "open"},
        "parties": [],
    }
    client("sqs").send_message(
        QueueUrl=queue_url("LostCustomerNotices"),
        MessageBody=json.dumps({"detail-type": event["type"], "source": "batua.events", "detail": event}),
    )
    assert waiting(operator, "lost_customer_notices") == 1
    answer = data(operator.post(f"{URL}/lost_customer_notices/replay"))
    assert answer == {"name": "lost_customer_notices", "replayed": 1, "left": 0}
    assert "has answered your question" in texts_of(phone, before + 1)[-1]
    again = data(operator.post(f"{URL}/lost_customer_notices/replay"))
    assert again["replayed"] == 0
    trail = store().query_all("directory", keys.audit_partition("live", operator.tenant), consistent=True)
    (first, second) = [row for row in trail if row["what"] == "dead letters replayed"]
    assert (first["ref"], first["more"], second["more"]) == (
        "lost_customer_notices",
        {"replayed": 1},
        {"replayed": 0},
    )


def test_every_queue_of_dead_letters_is_listed_with_a_runbook(operator: Actor) -> None:
    rows = data(operator.get(URL))
    assert [row["name"] for row in rows] == list(get_args(DeadLetterQueue))
    for row in rows:
        assert (ROOT / f"docs/runbooks/{row['name']}.md").is_file()


def test_only_the_operator_sees_them_and_only_its_administrators_put_them_back(
    operator: Actor, platform: LocalPlatform
) -> None:
    staff, merchant = actor(platform, "Batua", "staff"), actor(platform, "Kaveri Stores", "tenant_admin")
    assert len(data(staff.get(URL))) == len(get_args(DeadLetterQueue))
    assert refused(staff.post(f"{URL}/lost_mail/replay")) == (403, "forbidden")
    assert refused(merchant.get(URL)) == (403, "forbidden")
    assert refused(merchant.post(f"{URL}/lost_mail/replay")) == (403, "forbidden")
    for name in ("lost_events", "nothing", "LostMail"):
        assert refused(operator.post(f"{URL}/{name}/replay")) == (404, "dead_letters_not_found")
