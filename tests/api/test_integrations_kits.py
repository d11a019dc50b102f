"""The clients of integrations/, each against the running platform, and each against a network that fails."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.api.shop_fixtures import balance

KITS = Path(__file__).resolve().parents[2] / "integrations"

PYTHON = """
import json, sys
sys.path.insert(0, sys.argv[1])
from batua import Batua, BatuaError, Till, Unreachable
url, key, phone, hook, secret, what = sys.argv[2:8]
counter, till, out = Batua(url, key, timeout=30, retries=3), Till(hook, secret), {}
if what == "all":
    first = counter.issue(phone=phone, bill_amount="1000.00", reference="K-" + phone)
    again = counter.issue(phone=phone, bill_amount="1000.00", reference="K-" + phone)
    out["issued"], out["same"] = int(first["coins_issued"]), first == again
    out["redeemed"] = int(counter.redeem(phone=phone, coins=10, bill_amount="100")["balance"])
    out["reversed"] = int(counter.reverse(first["transaction_id"], coins=5, reason="returned")["balance"])
    out["would"] = int(counter.calculate_issue(phone=phone, bill_amount="200")["coins"])
    out["balance"] = int(counter.balance(phone=phone)["balance"])
    counter.calculate_redeem(phone=phone, coins=1)
    out["found"] = counter.lookup(phone=phone)["wallets"][0]["wallet_id"] == first["wallet_id"]
    out["entries"] = len(list(counter.ledger(customer=phone, limit=2)))
    out["stats"] = isinstance(counter.stats(), dict)
    elsewhere = "http://localhost.example.com"
    for bad in (lambda: counter.issue(phone=phone, bill_amount=1.5), lambda: Batua(elsewhere, key)):
        try:
            bad()
        except (TypeError, ValueError):
            out["bad"] = out.get("bad", 0) + 1
    try:
        counter.redeem(phone=phone, coins=999)
    except BatuaError as refusal:
        out["refused"] = [refusal.status, refusal.code, int(refusal.figures["balance"])]
    sale = {"order_id": "T-" + phone, "amount": "400.00", "phone": phone}
    out["dry"] = int(till.sell(sale, dry_run=True)["sales"][0]["coins_deserved"])
    out["told"] = till.sell(sale)["status"]
else:
    try:
        out["issued"] = int(counter.issue(phone=phone, coins=1)["coins_issued"])
    except Unreachable:
        out["unreachable"] = True
print(json.dumps(out))
"""

NODE = """
const [dir, url, key, phone, hook, secret, what] = process.argv.slice(2);
const { Batua, BatuaError, Till, Unreachable } = await import(dir + '/batua.mjs');
const counter = new Batua(url, key, { timeout: 5000, retries: 3 }), till = new Till(hook, secret), out = {};
if (what === 'all') {
  const bill = { phone, bill_amount: '1000.00', reference: 'K-' + phone };
  const first = await counter.issue(bill), again = await counter.issue(bill);
  out.issued = first.coins_issued; out.same = JSON.stringify(first) === JSON.stringify(again);
  out.redeemed = (await counter.redeem({ phone, coins: 10, bill_amount: '100' })).balance;
  out.reversed = (await counter.reverse(first.transaction_id, { coins: 5, reason: 'returned' })).balance;
  out.would = (await counter.calculateIssue({ phone, bill_amount: '200' })).coins;
  out.balance = (await counter.balance({ phone })).balance;
  await counter.calculateRedeem({ phone, coins: 1 });
  out.found = (await counter.lookup({ phone })).wallets[0].wallet_id === first.wallet_id;
  out.entries = 0;
  for await (const entry of counter.ledger({ customer: phone, limit: 2 })) out.entries += entry ? 1 : 0;
  out.stats = typeof (await counter.stats()) === 'object'; out.bad = 0;
  await counter.issue({ phone, bill_amount: 1.5 }).catch((bad) => { if (bad instanceof TypeError) out.bad += 1; });
  try { new Batua('http://localhost.example.com', key); } catch { out.bad += 1; }
  try { await counter.redeem({ phone, coins: 999 }); } catch (refusal) {
    if (!(refusal instanceof BatuaError)) throw refusal;
    out.refused = [refusal.status, refusal.code, refusal.figures.balance];
  }
  const sale = { order_id: 'T-' + phone, amount: '400.00', phone };
  out.dry = (await till.sell(sale, { dryRun: true })).sales[0].coins_deserved;
  out.told = (await till.sell(sale)).status;
} else {
  try { out.issued = (await counter.issue({ phone, coins: 1 })).coins_issued; }
  catch (silence) { if (!(silence instanceof Unreachable)) throw silence; out.unreachable = true; }
}
console.log(JSON.stringify(out));
"""

PHP = """<?php
[, $dir, $url, $key, $phone, $hook, $secret, $what] = $argv;
require "$dir/Batua.php";
$counter = new Batua($url, $key, 5, 3); $till = new BatuaTill($hook, $secret); $out = [];
if ($what === 'all') {
    $bill = ['phone' => $phone, 'bill_amount' => '1000.00', 'reference' => "K-$phone"];
    $first = $counter->issue($bill); $again = $counter->issue($bill);
    $out['issued'] = $first['coins_issued']; $out['same'] = $first === $again;
    $out['redeemed'] = $counter->redeem(['phone' => $phone, 'coins' => 10, 'bill_amount' => '100'])['balance'];
    $out['reversed'] = $counter->reverse($first['transaction_id'], ['coins' => 5, 'reason' => 'returned'])['balance'];
    $out['would'] = $counter->calculateIssue(['phone' => $phone, 'bill_amount' => '200'])['coins'];
    $out['balance'] = $counter->balance(['phone' => $phone])['balance'];
    $counter->calculateRedeem(['phone' => $phone, 'coins' => 1]);
    $out['found'] = $counter->lookup(["phone" => $phone])["wallets"][0]["wallet_id"] === $first['wallet_id'];
    $out['entries'] = iterator_count($counter->ledger(['customer' => $phone, 'limit' => 2]));
    $out['stats'] = is_array($counter->stats()); $out['bad'] = 0;
    try { $counter->issue(['phone' => $phone, 'bill_amount' => 1.5]); }
    catch (InvalidArgumentException) { $out['bad']++; }
    try { new Batua('http://localhost.example.com', $key); } catch (InvalidArgumentException) { $out['bad']++; }
    try { $counter->redeem(['phone' => $phone, 'coins' => 999]); } catch (BatuaError $refusal) {
        $out['refused'] = [$refusal->status, $refusal->errorCode, $refusal->figures['balance']];
    }
    $sale = ['order_id' => "T-$phone", 'amount' => '400.00', 'phone' => $phone];
    $out['dry'] = $till->sell($sale, true)['sales'][0]['coins_deserved'];
    $out['told'] = $till->sell($sale)['status'];
} else {
    try { $out['issued'] = $counter->issue(['phone' => $phone, 'coins' => 1])['coins_issued']; }
    catch (BatuaUnreachable $silence) { $out['unreachable'] = true; }
}
echo json_encode($out);
"""

CLIENTS = {
    "python": ([sys.executable], "run.py", PYTHON),
    "node": (["node"], "run.mjs", NODE),
    "php": (["php", "-d", "allow_url_fopen=1"], "run.php", PHP),
}
PLAIN = {"no_proxy": "*", "NO_PROXY": "*"}


def run(client: str, folder: Path, url: str, key: str, phone: str, hook: str, secret: str, what: str) -> Any:
    command, name, script = CLIENTS[client]
    if shutil.which(command[0]) is None:
        pytest.skip(f"NOT TRIED: {command[0]} is not on this machine (Debian: apt-get install {client}-cli or nodejs)")
    file = folder / name
    file.write_text(script)
    arguments = [str(KITS / client), url, key, phone, hook, secret, what]
    done = subprocess.run(
        [*command, str(file), *arguments], capture_output=True, text=True, timeout=60, env=_environment()
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, **PLAIN}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_does_what_a_counter_does(
    platform: Any, credentials: dict[str, Any], live: Any, phone: str, client: str, tmp_path: Path
) -> None:
    pos = credentials["pos"]
    key = credentials["merchant_live_key"]
    output = run(client, tmp_path, platform.url, key, phone, platform.url + pos["path"], pos["secret"], "all")
    assert output == {
        "issued": 50,
        "same": True,
        "redeemed": 40,
        "reversed": 35,
        "would": 10,
        "balance": 35,
        "found": True,
        "entries": 3,
        "stats": True,
        "bad": 2,
        "refused": [409, "insufficient_balance", 35],
        "dry": 20,
        "told": "accepted",
    }
    platform.embedded_aws.drain(120)
    assert balance(live, phone) == 55


class Flaky(BaseHTTPRequestHandler):
    """Fails as networks and servers do, then answers; notes the key of each attempt."""

    protocol_version = "HTTP/1.1"
    plan: list[str]
    keys: list[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.keys.append(self.headers.get("Idempotency-Key", ""))
        step = self.plan.pop(0) if self.plan else "good"
        if step == "silence":
            time.sleep(0.05)
            self.close_connection = True
            self.connection.close()
            return
        status = {"good": 200, "busy": 503, "many": 429, "wrong": 422}[step]
        body = {"data": {"coins_issued": 1}} if status == 200 else {"code": step, "message": step}
        content = json.dumps(body).encode()
        self.send_response(status)
        if step == "many":
            self.send_header("Retry-After", "1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def flaky() -> Iterator[Any]:
    handler = type("Planned", (Flaky,), {"plan": [], "keys": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_asks_again_with_the_same_key(flaky: Any, phone: str, client: str, tmp_path: Path) -> None:
    handler, url = flaky
    handler.plan[:] = ["busy", "silence", "many"]
    began = time.monotonic()
    assert run(client, tmp_path, url, "key", phone, url, "secret", "one") == {"issued": 1}
    assert time.monotonic() - began >= 1, "it waits as long as it is told"
    assert len(handler.keys) == 4
    assert len(set(handler.keys)) == 1
    assert len(handler.keys[0]) >= 32


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_gives_up_and_says_that_nobody_knows(flaky: Any, phone: str, client: str, tmp_path: Path) -> None:
    handler, url = flaky
    handler.plan[:] = ["silence"] * 9
    assert run(client, tmp_path, url, "key", phone, url, "secret", "one") == {"unreachable": True}
    assert len(handler.keys) == 4


def test_a_client_sends_no_key_over_plain_http() -> None:
    spec = importlib.util.spec_from_file_location("batua_kit", KITS / "python" / "batua.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(ValueError, match="https"):
        module.Batua("http://wallet.example.com", "key")


def test_what_the_tally_add_on_sends_is_a_sale_to_the_ready_mapping(
    platform: Any, credentials: dict[str, Any], live: Any, phone: str
) -> None:
    """The document of batua.tdl: its tags, filled as TallyPrime fills them."""
    import requests

    from tests.api.auth_fixtures import proof_of
    from tests.api.conftest import Client

    source = (KITS / "tally" / "batua.tdl").read_text()
    fields = ", ".join(re.findall(r"^    Field   : (.+)$", source, re.MULTILINE))
    tags = [
        re.search(rf"\[Field: {name.strip()}\].*?XML Tag : \"(\w+)\"", source, re.DOTALL) for name in fields.split(",")
    ]
    values = {
        "GUID": f"6d1b0f0e-0000-4000-8000-{phone[1:]}-00000001",
        "VOUCHERNUMBER": "17",
        "DATE": "28-Nov-26",
        "PARTYLEDGERNAME": "Asha",
        "REFERENCE": "",
        "REFERENCEDATE": "",
        "VOUCHERTYPENAME": "Sales",
        "ALTERID": " 42",
        "AMOUNT": "-1180.00",
    }
    values |= {"PARTYMOBILE": phone, "ISCANCELLED": "No", "ISOPTIONAL": "No"}
    token = credentials["merchant_admin"]["token"]
    admin = Client(platform.url, {"Authorization": f"Bearer {token}", "X-Reauthentication": proof_of(token)})
    answer = admin.post("/api/v1/integrations", {"system": "pos", "name": "Tally", "mapping": {"base": "tally"}})
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]

    def tell(**changed: str) -> None:
        now = {**values, **changed}
        lines = "".join(f"<{tag[1]}>{now[tag[1]]}</{tag[1]}>" for tag in tags if tag)
        body = f"<ENVELOPE><BATUAVOUCHER>{lines}</BATUAVOUCHER></ENVELOPE>".encode()
        headers = {"Content-Type": "text/xml", "X-Batua-Key": made["secret"]}
        url = f"{platform.url}/webhooks/pos/{made['id']}"
        assert requests.post(url, data=body, headers=headers, timeout=30).status_code == 200
        platform.embedded_aws.drain(120)

    assert all(tags)
    tell()
    assert balance(live, phone) == 59
    tell(AMOUNT="-590.00", ALTERID=" 43")
    assert balance(live, phone) == 29
    note = {"GUID": f"6d1b0f0e-0000-4000-8000-{phone[1:]}-00000002", "VOUCHERNUMBER": "CN-1", "AMOUNT": "236.00"}
    note |= {"VOUCHERTYPENAME": "Credit Note", "REFERENCE": "17", "REFERENCEDATE": "28-Nov-26", "DATE": "29-Nov-26"}
    tell(**note)
    assert balance(live, phone) == 17  # 354 of 590 are left of 29 coins
    tell(**{**note, "ISCANCELLED": "Yes", "ALTERID": " 45"})
    assert balance(live, phone) == 29
    tell(ISCANCELLED="Yes", ALTERID=" 44")
    assert balance(live, phone) == 0
    tell(ALTERID=" 42")
    assert balance(live, phone) == 0
    admin.call("DELETE", f"/api/v1/integrations/{made['id']}")
