"""Exports over HTTP: everything that a tenant owns, as files of JSON Lines.

create_export, list_exports, read_export; the workflow run_export with write_export_part and fail_export.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests

from batua import clock, files
from batua.exports import models, record, steps
from batua.exports.collections import COLLECTIONS
from batua.store import export_keys, keys
from batua.store.store import store
from batua.store.writes import Put
from tests.api.conftest import Client
from tests.api.shops import *  # noqa: F403 - fixtures
from tests.api.shops import Open, Shop
from tests.waiting import until

EXPORTS = "/api/v1/tenant/exports"


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    return open_shop()


def started(client: Client, *names: str) -> str:
    answer = client.post(EXPORTS, {"collections": list(names)} if names else {})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["data"]["id"])


def finished(client: Client, id: str) -> dict[str, Any]:
    def seen() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"{EXPORTS}/{id}").json()["data"]
        return None if found["status"] == "running" else found

    return until(seen, otherwise=f"the export {id} finished")


def rows_of(seen: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Collection -> its rows, out of the files as they were downloaded; each file checked against its digest."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for file in seen["files"]:
        packed = requests.get(file["url"], timeout=30).content
        assert (len(packed), hashlib.sha256(packed).hexdigest()) == (file["size"], file["sha256"])
        lines = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
        assert len(lines) == file["rows"]
        rows.setdefault(file["collection"], []).extend(lines)
    return rows


def issue(shop: Shop, phone: str, coins: int) -> dict[str, Any]:
    answer = shop.live.post("/api/v1/merchant/coins/issue", {"phone": phone, "coins": coins})
    assert answer.status_code == 200, answer.text
    posted: dict[str, Any] = answer.json()["data"]
    return posted


def test_everything_that_a_tenant_owns_is_in_its_files(shop: Shop, phone: str) -> None:
    admin = shop.user("tenant_admin")
    other = phone[:-1] + str((int(phone[-1]) + 1) % 10)
    first, second = issue(shop, phone, 70), issue(shop, other, 30)
    shop.live.post("/api/v1/merchant/coins/redeem", {"phone": phone, "coins": 20})
    secret = admin.post("/api/v1/tenant/self-api-keys", {"name": "T", "mode": "live", "scopes": ["coins:issue"]})
    seen = finished(admin, started(admin))
    assert [each["name"] for each in seen["collections"]] == list(models.COLLECTION_NAMES)
    assert {each["status"] for each in seen["collections"]} == {"finished"}
    rows = rows_of(seen)
    assert {each["name"]: each["rows"] for each in seen["collections"] if each["rows"]} == {
        name: len(lines) for name, lines in rows.items()
    }
    customers = {row["customer_id"]: row for row in rows["customers"]}
    assert len(rows["customers"]) == len(customers) == 2
    assert (customers[first["customer_id"]]["phone"], customers[first["customer_id"]]["balance"]) == (phone, 50)
    assert customers[second["customer_id"]]["balance"] == 30
    ledger = admin.get("/api/v1/merchant/ledger", params={"limit": 100}).json()["data"]
    assert rows["coin_transactions"] == ledger, "as the API lists them"
    settings = {row["setting"]: row for row in rows["settings"]}
    assert settings["context"]["id"] == shop.tenant.id
    assert set(settings) == {"context", "branding", "networks", "origins", "tax_profile", "earning_rules"}
    assert [row["id"] for row in rows["programs"]] == [shop.tenant.program.id if shop.tenant.program else None]
    acts = Counter(row["what"] for row in rows["audit_trail"])
    assert acts["export started"] == 1
    text = json.dumps(rows)
    assert secret.json()["data"]["key"] not in text
    assert admin.headers["Authorization"].removeprefix("Bearer ") not in text


@pytest.mark.parametrize("who", ["tenant_admin", "merchant_tenant_admin", "operator", "other_tenant_admin", "newcomer"])
def test_each_tenant_of_the_seed_is_exported_whole(platform: Any, credentials: Any, who: str) -> None:
    """Between them they own something of every kind; the function's role has to suffice for all of it."""
    proven = {"Authorization": f"Bearer {credentials[who]['token']}", "X-Reauthentication": credentials[who]["proof"]}
    admin = Client(platform.url, proven)
    seen = finished(admin, started(admin))
    assert seen["status"] == "finished", seen["reason"]
    rows = rows_of(seen)
    assert rows["users"]
    assert {row["tenant_id"] for row in rows.get("prefund_requests", [])} <= {rows["settings"][0]["id"]}, "no other's"


def test_only_the_collections_that_were_asked_for(shop: Shop, phone: str) -> None:
    issue(shop, phone, 5)
    admin = shop.user("tenant_admin")
    seen = finished(admin, started(admin, "users", "customers"))
    assert [each["name"] for each in seen["collections"]] == ["users", "customers"]
    assert set(rows_of(seen)) == {"users", "customers"}


def test_each_collection_that_the_request_names_is_read(shop: Shop) -> None:
    assert tuple(COLLECTIONS) == models.COLLECTION_NAMES
    answer = shop.user("tenant_admin").post(EXPORTS, {"collections": ["users", "passwords"]})
    assert answer.status_code == 400
    [message] = answer.json()["errors"]["collections.1"]
    assert message.startswith("must be one of settings, users, api_keys")


def test_a_tenant_without_a_program_has_no_counter(platform: Any, credentials: Any) -> None:
    person = credentials["prayog_parent"]
    client = Client(platform.url, {"Authorization": f"Bearer {person['token']}"})
    assert client.post(EXPORTS, {"collections": ["customers"]}).status_code in (400, 403)


def test_one_export_runs_at_a_time(shop: Shop) -> None:
    admin, now = shop.user("tenant_admin"), clock.system()
    running = an_export(shop, now)
    store().write(Put(running.key, record.export_item(running)))
    answer = admin.post(EXPORTS, {})
    assert (answer.status_code, answer.json()["code"]) == (409, "export_running")
    assert running.id in answer.json()["message"]
    stalled = replace(running, advanced_at=now - record.STALLED_MS - 1)
    store().write(Put(running.key, record.export_item(stalled)))
    assert finished(admin, started(admin, "users"))["status"] == "finished"


def test_a_request_sent_again_starts_nothing(shop: Shop) -> None:
    admin = shop.user("tenant_admin")
    sent = [
        admin.post(EXPORTS, {"collections": ["users"]}, headers={"Idempotency-Key": "export-november"})
        for _ in range(3)
    ]
    assert len({answer.json()["data"]["id"] for answer in sent}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in sent] == [None, "true", "true"]
    other = admin.post(EXPORTS, {"collections": ["wallets"]}, headers={"Idempotency-Key": "export-november"})
    assert other.json()["code"] == "idempotency_key_reused"
    finished(admin, sent[0].json()["data"]["id"])


@pytest.mark.parametrize("role", ["cashier", "viewer", "merchant_admin"])
def test_only_an_administrator_exports(shop: Shop, role: str) -> None:
    person = shop.user(role)
    assert person.post(EXPORTS, {}).status_code == 403
    assert person.get(EXPORTS).status_code == 403
    assert person.get(f"{EXPORTS}/exp_01KDC0V6M8W3T4Q9X2Z7N5B1FA").status_code == 403


def test_a_stolen_session_exports_nothing_and_follows_no_link(shop: Shop) -> None:
    admin = shop.user("tenant_admin")
    id = started(admin, "users")
    stolen = Client(admin.url, {"Authorization": admin.headers["Authorization"]})
    for answer in (stolen.post(EXPORTS, {}), stolen.get(f"{EXPORTS}/{id}")):
        assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication_required")
    assert "url" not in stolen.get(EXPORTS).text
    finished(admin, id)


def test_another_tenants_export_is_not_found(shop: Shop, open_shop: Open) -> None:
    admin, stranger = shop.user("tenant_admin"), open_shop().user("tenant_admin")
    id = started(admin, "users")
    finished(admin, id)
    answer = stranger.get(f"{EXPORTS}/{id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "export_not_found")
    assert stranger.get(EXPORTS).json()["data"] == []


def test_the_list_goes_on_where_it_stopped(shop: Shop) -> None:
    admin = shop.user("tenant_admin")
    ids = [started_and_finished(admin) for _ in range(3)]
    first = admin.get(EXPORTS, params={"limit": 2}).json()
    rest = admin.get(EXPORTS, params={"limit": 2, "cursor": first["meta"]["next_cursor"]}).json()
    assert [row["id"] for row in (*first["data"], *rest["data"])] == list(reversed(ids))
    assert rest["meta"]["next_cursor"] is None


def started_and_finished(admin: Client) -> str:
    id = started(admin, "users")
    finished(admin, id)
    return id


def test_files_that_are_gone_are_not_linked(shop: Shop) -> None:
    now = clock.system()
    old = replace(an_export(shop, now - record.EXPORT_KEPT_MS), status="finished", finished_at=now)
    old = replace(old, files=(record.ExportFile("users-0001.jsonl.gz", "users", 1, 40, "0" * 64),))
    store().write(Put(old.key, record.export_item(old)))
    seen = shop.user("tenant_admin").get(f"{EXPORTS}/{old.id}").json()["data"]
    assert (seen["files"], seen["collections"][0]["rows"]) == ([], 1)


def an_export(shop: Shop, now: int, **more: Any) -> record.Export:
    return record.Export(
        id=f"exp_{'0' * 10}{abs(hash(shop.tenant.id)) % 10**16:016d}",
        tenant=shop.tenant.id,
        mode="live",
        status="running",
        collections=more.pop("collections", ("users",)),
        permissions=("audit:read", "ledger:read", "tenant:admin"),
        created_at=now,
        created_by="usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA",
        address="127.0.0.1",
        advanced_at=now,
        **more,
    )


@pytest.fixture
def step(shop: Shop) -> Callable[..., Any]:
    """`step()`: runs the task that writes a part, and returns the record afterwards."""

    def run(task: Any = steps.write_export_part, **event: Any) -> record.Export:
        export = an_export(shop, 0)
        scope = keys.scope("live", shop.tenant.id)
        task(store(), {"scope": scope, "export": export.id, **event}, clock.system())
        stored = store().read([export.key])[export.key]
        assert stored
        return record.read_export_record(stored)

    return run


def test_a_collection_is_split_into_files_and_no_row_is_lost_or_doubled(
    shop: Shop, phone: str, step: Callable[..., record.Export], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between storing a file and writing the record the task dies once for each file: the file is written again."""
    monkeypatch.setattr(steps, "ROWS_OF_A_FILE", 1)
    monkeypatch.setattr("batua.exports.customers._ENTRIES", 2)
    numbers = [phone[:-2] + f"{(int(phone[-2:]) + each) % 100:02d}" for each in range(5)]
    posted = [issue(shop, number, 10)["customer_id"] for number in (*numbers, *numbers[:3])]
    export = an_export(shop, clock.system(), collections=("customers",))
    store().write(Put(export.key, record.export_item(export)))
    commit = steps._commit_export
    while export.status == "running":
        monkeypatch.setattr(steps, "_commit_export", lambda *writes: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            step()
        monkeypatch.setattr(steps, "_commit_export", commit)
        export = step()
    assert len(export.files) >= 3
    found: list[str] = []
    for file in export.files:
        packed = files.read_content(export.file_key(file.name), file.size)
        assert packed
        found += [json.loads(line)["customer_id"] for line in gzip.decompress(packed).splitlines()]
    assert sorted(found) == sorted(set(posted))


def test_a_run_that_was_overtaken_writes_no_record(
    shop: Shop, step: Callable[..., record.Export], monkeypatch: pytest.MonkeyPatch
) -> None:
    export = an_export(shop, clock.system())
    store().write(Put(export.key, record.export_item(export)))
    read = steps._read_part

    def slower(reader: Any, asked: record.Export) -> Any:
        part = read(reader, asked)
        if asked.id != export.id:  # a workflow of an earlier test goes on in the meantime
            return part
        monkeypatch.setattr(steps, "_read_part", read)
        step()
        return part

    monkeypatch.setattr(steps, "_read_part", slower)
    with pytest.raises(steps.ExportOvertaken):
        step()
    assert step().status == "finished"
    assert step().version == 3, "an export that has finished stays as it is"


def test_a_failed_export_says_where_it_stopped(shop: Shop, step: Callable[..., record.Export]) -> None:
    with pytest.raises(steps.ExportNotWritten):
        step()
    export = an_export(shop, clock.system())
    store().write(Put(export.key, record.export_item(export)))
    assert step(steps.fail_export, error={"Error": "States.Timeout"}).status == "failed"
    seen = shop.user("tenant_admin").get(f"{EXPORTS}/{export.id}").json()["data"]
    assert seen["reason"] == "The export stopped with States.Timeout. Ask for a new one."
    assert seen["files"] == []
    assert step().status == "failed", "it is not taken up again"


def test_the_sandbox_has_exports_of_its_own(shop: Shop, phone: str) -> None:
    issue(shop, phone, 10)
    sandbox = shop.user("tenant_admin", "test")
    seen = finished(sandbox, started(sandbox, "customers", "coin_transactions"))
    assert rows_of(seen) == {}
    partition = export_keys.exports_partition(keys.scope("live", shop.tenant.id))
    assert list(store().query_all("directory", partition)) == []
