"""The calls that the documentation prints are sent as they are printed, page by page, to the sample data."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.served import Served, served

ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = re.compile(r"^( *)```sh\n(.*?)^ *```|((?:^ {4,}[^\n]*\n|^\n(?= {4}))+)", re.DOTALL | re.MULTILINE)

RECORDED = r"""
set -u
count=0
# In place of curl: keeps what it was answered, and what is called ID, REQUEST or UPLOAD_URL further down the page.
curl() {
  local status body
  count=$((count + 1))
  body=$(command curl -s -w '\n%{http_code}' "$@")
  status=${body##*$'\n'} body=${body%$'\n'*}
  printf '%s %s\n%s\n' "$status" "${*//$'\n'/ }" "$body" > "$CALLS/$(printf %03d $count)-$BASHPID"
  printf '%s\n' "$body"
  eval "$(printf '%s' "$body" | python3 -c "$LEARN")"
}
"""
LEARN = """
import json, sys
try:
    data = json.load(sys.stdin)["data"]
except (ValueError, KeyError, TypeError):
    data = None
if isinstance(data, dict):
    if str(data.get("id", "")).isidentifier():
        kind = {"prg": "PROGRAM", "rew": "REWARD", "breq": "REQUEST"}.get(data["id"].partition("_")[0], "ID")
        print(f"{kind}={data['id']}")
    if isinstance(data.get("upload"), dict):
        print(f"UPLOAD_URL='{data['upload']['url']}'")
"""

PAGES: dict[str, tuple[str, list[str]]] = {
    "README.md": ("merchant_tenant_admin", ["issue 200", "redeem 200", "balance 200"]),
    "docs/quickstart.md": ("merchant_tenant_admin", ["issue 200", "redeem 200", "balance 200", "ledger 200"]),
    "docs/concepts.md": ("merchant_tenant_admin", ["token 200", "reauthenticate 200"]),
    "docs/guides/point-of-sale.md": ("merchant_tenant_admin", ["integrations 201"]),
    "docs/guides/tenant-money.md": (
        "tenant_admin",
        [
            *("documents 201", "upload 200"),
            *("balance-request 200", "child-balance-requests 200", "approve 200", "balance 200"),
        ],
    ),
    "docs/guides/moving-in.md": ("tenant_admin", ["imports 201", "upload 200"]),
    "docs/guides/moving-out.md": ("tenant_admin", ["exports 202", "exports/{id} 200"]),
    "docs/guides/programs.md": ("newcomer", ["programs 201", "programs/{id} 200", "campaigns 201"]),
    "docs/guides/rewards.md": ("tenant_admin", ["rewards 201", "redeem 201"]),
    # What the sample's product costs, the page cannot know.
    "docs/guides/marketplace.md": ("merchant_tenant_admin", ["runa 200", "checkout 409 product_price_changed"]),
    "docs/guides/widget.md": ("merchant_tenant_admin", ["origins 200", "redeem 200"]),
}
"""Who is signed in on a page, and how its calls end, in their order."""

pytestmark = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="NO BASH OR CURL: printed calls are not tried"
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("platform")) as running:
        # The customer of the pages has what they spend.
        body = {"phone": "+919876543210", "coins": 1_000}
        headers = {"Authorization": f"Bearer {running.credentials['merchant_live_key']}"}
        assert requests.post(f"{running.url}/api/v1/merchant/coins/issue", json=body, headers=headers, timeout=60).ok
        yield running


def scripts(page: str) -> Iterator[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    for indent, fenced, indented in _SCRIPT.findall(text):
        script = fenced if fenced else re.sub(r"^ {4,7}", "", indented, flags=re.MULTILINE)
        if re.search(r"^\s*(?:\w+=\$\()?curl ", script, re.MULTILINE):
            yield re.sub(rf"^{indent}", "", script, flags=re.MULTILINE)


def names(platform: Served, who: str) -> dict[str, str]:
    """What pages leave to the reader to fill in."""
    person, samples = platform.credentials[who], platform.credentials["samples"]
    return {
        "URL": platform.url,
        "TOKEN": person["token"],
        "PROOF": person["proof"],
        "BATUA_KEY": platform.credentials["merchant_live_key"],
        "PRODUCT": samples["product_id"],
        "BASKET": "basket-1",
        "ORDER": "order-1",
        "RUNA_KEY": "sandbox-key",
    }


@pytest.mark.parametrize("page", PAGES)
def test_printed_calls_work_as_they_stand(platform: Served, tmp_path: Path, page: str) -> None:
    who, expected = PAGES[page]
    kept, calls = tmp_path / ".local", tmp_path / "calls"
    kept.mkdir()
    calls.mkdir()
    (kept / "credentials.json").write_text(json.dumps(platform.credentials))
    (tmp_path / "transfer.pdf").write_bytes(b"%PDF-1.7".ljust(48_211))
    (tmp_path / "customers.csv").write_bytes(b"phone,coins\n".ljust(1024))
    script = RECORDED + "\n".join(scripts(page))
    for printed, here in {
        "http://127.0.0.1:3000": platform.url,
        "https://batua.example": platform.url,
        "BATUA.01KD….1.1795254000.MFRG…": platform.credentials["samples"]["qr"],
    }.items():
        script = script.replace(printed, here)
    given = {**os.environ, **names(platform, who), "CALLS": str(calls), "LEARN": LEARN}
    ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=given, capture_output=True, text=True, timeout=120)
    answers = [file.read_text(encoding="utf-8") for file in sorted(calls.iterdir())]
    assert [_ended(answer) for answer in answers] == expected, "\n".join([*answers, ran.stderr])
    assert ran.returncode == 0, ran.stderr


def _ended(answer: str) -> str:
    """The end of the address that was called, the status, and the code of a refusal."""
    called, _, body = answer.partition("\n")
    status, _, arguments = called.partition(" ")
    path = re.search(r"https?://[^/\s]+(/[^\s?]*)", arguments)
    assert path, arguments
    place = "upload" if "/s3/" in path[1] else re.sub(r"/[a-z]+_\w{26}$", "/{id}", path[1])
    name = "/".join(place.split("/")[-2 if place.endswith("{id}") else -1 :])
    return " ".join([name, status, *([json.loads(body)["code"]] if int(status) >= 400 else [])])
