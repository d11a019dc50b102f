"""Workers run the functions of requests: on the same tables, with the same rights, and replaced when they end."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from local.host import LocalPlatform
from local.workers.messages import Ask
from local.workers.pool import Worker
from tests.waiting import until

from .conftest import REPOSITORY, subprocess_environment

ISSUE, BALANCE = "/api/v1/merchant/coins/issue", "/api/v1/merchant/customers/balance"
NUMBER = 2


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    credentials = tmp_path_factory.mktemp("workers") / "credentials.json"
    with LocalPlatform(credentials=credentials, workers=NUMBER) as running:
        all_ready(running)
        yield running


def all_ready(platform: LocalPlatform) -> None:
    until(lambda: platform.workers.ready == NUMBER, otherwise="the workers are ready")


def processes(platform: LocalPlatform) -> list[int]:
    return [worker._process.pid for worker in platform.workers._all]


@pytest.fixture
def here(platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions of requests that ran in the main process."""
    ran: list[str] = []
    invoke = platform.workers._here

    def noted(function: str, event: Any) -> Any:
        ran.append(function)
        return invoke(function, event)

    monkeypatch.setattr(platform.workers, "_here", noted)
    return ran


class Shop:
    def __init__(self, platform: LocalPlatform) -> None:
        keys = json.loads(platform.credentials.read_text())
        self.url, self.session = platform.url, requests.Session()
        self.session.headers["Authorization"] = f"Bearer {keys['merchant_live_key']}"
        self.phone = f"+9197{uuid.uuid4().int % 10**8:08d}"

    def issue(self, coins: int, key: str | None = None) -> requests.Response:
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        body = {"phone": self.phone, "coins": coins}
        return self.session.post(self.url + ISSUE, json=body, headers=headers, timeout=60)

    def balance(self) -> int:
        answer = self.session.get(self.url + BALANCE, params={"phone": self.phone}, timeout=60)
        return int(answer.json()["data"]["balance"])


@pytest.fixture
def shop(platform: LocalPlatform) -> Shop:
    return Shop(platform)


def test_workers_move_value_on_the_tables_of_the_main_process(
    platform: LocalPlatform, shop: Shop, here: list[str]
) -> None:
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: shop.issue(5), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    here.clear()
    assert shop.issue(1).status_code == 200
    assert shop.balance() == 121
    assert not here, "an idle worker runs them"
    found = platform.embedded_aws.client("dynamodb").scan(
        TableName=os.environ["LEDGER_TABLE"], Limit=1, ConsistentRead=True
    )
    assert found["Items"], "what workers write is there for the main process"


def test_a_key_counts_once_whichever_worker_is_asked(shop: Shop) -> None:
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: shop.issue(7, "once"), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["data"]["transaction_id"] for answer in answers}) == 1
    assert shop.balance() == 7


def test_what_workers_changed_reaches_the_functions_on_the_stream(
    platform: LocalPlatform, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, int]] = []
    count = platform.embedded_aws.records_kept
    monkeypatch.setattr(platform.embedded_aws, "records_kept", lambda counts: (told.append(counts), count(counts)))
    assert shop.issue(3).status_code == 200
    assert sum(sum(counts.values()) for counts in told) > 0, "an issue leaves something to deliver"
    platform.embedded_aws.drain()
    left = platform.embedded_aws.database.row("SELECT count(*) FROM stream_records")
    assert left == (0,)
    assert not platform.embedded_aws.functions.given_up


def test_other_services_answer_workers(platform: LocalPlatform, here: list[str]) -> None:
    """An export: the request starts a workflow, which writes files, whose links a request signs."""
    person = json.loads(platform.credentials.read_text())["merchant_tenant_admin"]
    session = requests.Session()
    session.headers.update({"Authorization": f"Bearer {person['token']}", "X-Reauthentication": person["proof"]})
    answer = session.post(f"{platform.url}/api/v1/tenant/exports", json={"collections": ["customers"]}, timeout=60)
    assert answer.status_code == 202, answer.text
    address = f"{platform.url}/api/v1/tenant/exports/{answer.json()['data']['id']}"

    def finished() -> Any:
        seen = session.get(address, timeout=60).json()["data"]
        return None if seen["status"] == "running" else seen

    seen = until(finished, otherwise="the export finishes")
    assert seen["status"] == "finished", seen
    assert gzip.decompress(requests.get(seen["files"][0]["url"], timeout=60).content)


def test_a_call_from_a_worker_is_judged_by_the_role_of_its_function(platform: LocalPlatform) -> None:
    queue = platform.platform.of_type("AWS::SQS::Queue")[0]
    aws = platform.embedded_aws
    url = aws.client("sqs").get_queue_url(QueueName=queue.name)["QueueUrl"]
    with pytest.raises(ClientError, match="not authorized to perform: sqs:SendMessage"):
        aws.call_for("IssueCoins", "sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "{}"})
    platform.embedded_aws.authorizer.denials.clear()  # this one was meant


def test_a_worker_that_ends_is_replaced(platform: LocalPlatform, shop: Shop) -> None:
    before = processes(platform)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    answers = [shop.issue(1) for _ in range(NUMBER + 1)]
    assert answers[-1].status_code == 200
    all_ready(platform)
    assert not set(processes(platform)) & set(before)
    landed = sum(answer.status_code == 200 for answer in answers)
    assert shop.balance() == landed
    platform.embedded_aws.drain()


def test_a_request_that_its_worker_did_not_end_has_failed(platform: LocalPlatform, shop: Shop) -> None:
    worker: Worker = platform.workers._take()
    os.kill(worker._process.pid, signal.SIGKILL)
    worker._process.wait()
    platform.workers._release(worker)
    answer = shop.issue(1)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    assert shop.issue(1).status_code == 200
    all_ready(platform)


def test_a_request_goes_on_while_all_workers_are_busy(platform: LocalPlatform, shop: Shop, here: list[str]) -> None:
    taken = [platform.workers._take() for _ in range(NUMBER)]
    assert shop.issue(2).status_code == 200
    assert here == ["IssueCoins"]
    for worker in taken:
        platform.workers._release(worker)


def test_a_function_that_does_not_end_is_stopped(
    platform: LocalPlatform, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker stands still, so that the function is not done in time however long that is."""
    before = processes(platform)
    for pid in before:
        os.kill(pid, signal.SIGSTOP)
    timeout = platform.platform.functions["IssueCoins"].timeout
    monkeypatch.setattr("local.workers.pool._GRACE_SECONDS", 0.1 - timeout)
    assert shop.issue(1).status_code == 500
    monkeypatch.undo()
    for pid in processes(platform):
        os.kill(pid, signal.SIGCONT)
    all_ready(platform)
    assert len(set(processes(platform)) & set(before)) == NUMBER - 1, "the one that was stopped is replaced"
    assert shop.issue(1).status_code == 200


def test_a_call_that_no_service_answers_fails_in_the_function_and_the_worker_goes_on(platform: LocalPlatform) -> None:
    told = platform.workers._all[0]._told(Ask("IssueCoins", "sqs", "NoSuchOperation", {}))
    assert told.answer is None
    assert told.error


HOLD = """
import sys, time
from pathlib import Path
from local.host import LocalPlatform
folder = Path(sys.argv[1])
with LocalPlatform(store="file", data_file=folder / "s.sqlite", credentials=folder / "c.json", workers=2) as platform:
    while platform.workers.ready < 2:
        time.sleep(0.01)
    print(*(worker._process.pid for worker in platform.workers._all), flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("end", ["killed", "closed"])
def test_workers_end_with_the_main_process(tmp_path: Path, end: str) -> None:
    main = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        env=subprocess_environment(LOG_LEVEL="ERROR"),
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert main.stdout
    assert main.stdin
    pids = [int(each) for each in main.stdout.readline().split()]
    assert len(pids) == 2
    if end == "killed":
        main.kill()
    else:
        main.stdin.close()
    main.wait(60)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), otherwise="the workers end")
