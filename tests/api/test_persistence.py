"""The platform on its second engine, dynoxide: it keeps what was there, and serves many at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.aws.dynoxide import INSTALL, binary

ROOT = Path(__file__).resolve().parents[2]

# In a process of its own: there is one platform in a process, and the other tests share theirs.
PROGRAM = """
import json, sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import requests
from local.host import LocalPlatform

folder, phone, threads, calls = Path(sys.argv[1]), sys.argv[2], 64, int(sys.argv[3])
with LocalPlatform(store="dynoxide", data_file=folder / "data.db", credentials=folder / "keys.json") as platform:
    key = json.loads(platform.credentials.read_text())["merchant_live_key"]

    def ask(method, path, **more):
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        return requests.request(method, platform.url + path, headers=headers, timeout=60, **more)

    def balance():
        answer = ask("GET", "/api/v1/merchant/customers/balance", params={"phone": phone}).json()
        return answer["data"] and (answer["data"]["wallet_id"], answer["data"]["balance"])

    told = {"before": balance()}
    if calls:
        issued = ask("POST", "/api/v1/merchant/coins/issue", json={"phone": phone, "coins": calls // 2 + 7})
        wallet = issued.json()["data"]["wallet_id"]

        def redeem(coins, **more):
            body = {"phone": phone, "coins": coins}
            return ask("POST", "/api/v1/merchant/coins/redeem", json=body, **more)

        with ThreadPoolExecutor(threads) as pool:
            same = list(pool.map(lambda _: redeem(7, headers={"Idempotency-Key": "at-once"}), range(threads)))
            many = list(pool.map(lambda _: redeem(1), range(calls)))
        told["same"] = len({json.dumps(each.json()["data"]) for each in same})
        told["first"] = sum("Idempotency-Replayed" not in each.headers for each in same)
        told["codes"] = Counter(each.json()["code"] for each in many)
        from batua.audit.verify import verify_wallet
        from batua.store.store import store
        import jwt
        scope = "L#" + jwt.decode(key, options={"verify_signature": False})["own"]
        report = verify_wallet(store(), scope, wallet)
        told["entries"], told["findings"] = report.entries, [str(finding) for finding in report.findings]
    told["after"] = balance()
print(json.dumps(told))
"""


def run(folder: Path, phone: str, calls: int) -> dict[str, Any]:
    environment = {**os.environ, "LOG_LEVEL": "ERROR", "PYTHONPATH": f"{ROOT / 'layers/core'}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), phone, str(calls)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    output: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return output


def test_many_at_once_lose_nothing_and_what_they_leave_is_there_after_a_restart(tmp_path: Path, phone: str) -> None:
    if binary() is None:
        pytest.skip(f"NOT TESTED ON THE SECOND ENGINE: dynoxide is not installed ({INSTALL})")
    first = run(tmp_path, phone, 200)
    assert first["before"] is None
    assert (first["same"], first["first"]) == (1, 1)
    assert first["codes"] == {"success": 100, "insufficient_balance": 100}
    assert (first["entries"], first["findings"]) == (102, [])
    again = run(tmp_path, phone, 0)
    assert again["before"] == again["after"] == first["after"]
    assert again["before"][1] == 0
