"""The guides can be followed word for word: a call that takes a proof of identity says so and says how to get one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from batua.openapi.inventory import EndpointSource, endpoint_inventory

ROOT = Path(__file__).resolve().parents[2]
GUIDES = [
    *sorted((ROOT / "docs/guides").glob("*.md")),
    *sorted((ROOT / "integrations").rglob("*.md")),
    ROOT / "README.md",
    *(ROOT / f"docs/{name}.md" for name in ("quickstart", "operate", "tour", "container")),
]
SECTION = "concepts.md#tokens-and-proofs"
"""Where the calls are that get a token and a proof."""

_CURL = re.compile(r"\bcurl (?:[^\n]*\\\n)*[^\n]*")
_NAMED = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) ((?:…|/)[\w/{}….-]*)")
_LINKED = re.compile(r"reference/\w+\.md#(\w+)")


@cache
def needing_proof() -> list[EndpointSource]:
    """Customers prove themselves with a code sent to their phone, on their own page."""
    return [
        each
        for each in endpoint_inventory(ROOT)
        if each.declaration.caller.step_up and each.declaration.caller.kind != "customer"
    ]


def takes_proof(method: str, path: str, *, by_key: bool = False) -> bool:
    """Whether a call does, written with ids or `$VARIABLES` in its path, or with `…` for its beginning.

    A key needs none where it is accepted: there, tenants' software calls what people call.
    """
    end = path.removeprefix("…").rstrip(".")
    for each in needing_proof():
        if each.declaration.method != method or (by_key and each.declaration.caller.kind == "tenant"):
            continue
        pattern = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(each.declaration.path))
        if re.fullmatch(pattern, end) or (path.startswith("…") and each.declaration.path.endswith(end)):
            return True
    return False


def called(curl: str) -> tuple[str, str]:
    method = re.search(r"-X (\w+)", curl)
    path = re.search(r"(?:https?://[^/\s'\"]+|\$URL)(/[^\s'\"?]*)", curl)
    return method[1] if method else "POST" if " -d" in curl else "GET", path[1] if path else ""


@pytest.mark.parametrize("file", GUIDES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_a_call_that_takes_a_proof_says_so(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    curls = [curl for curl in _CURL.findall(text) if takes_proof(*called(curl), by_key='_KEY"' in curl)]
    assert [curl for curl in curls if "X-Reauthentication" not in curl] == []
    linked = {each.function.lower() for each in needing_proof()} & set(_LINKED.findall(text))
    named = [" ".join(call) for call in _NAMED.findall(text) if takes_proof(*call)]
    if curls or linked or named:
        assert SECTION in text, f"names {[*curls, *sorted(linked), *named]}"


def test_calls_are_recognised_as_guides_write_them() -> None:
    assert takes_proof(*called("curl -X POST \"$URL/api/v1/rewards\" \\\n  -d '{}'"))
    assert takes_proof(*called("curl -s http://127.0.0.1:3000/api/v1/tenant/exports/$ID"))
    assert takes_proof("POST", "…/{id}/leave")
    assert not takes_proof(*called('curl -X POST "$URL/api/v1/rewards/$REWARD/redeem"'))
    assert not takes_proof("GET", "/api/v1/rewards")
    approval = ("PUT", "/gateway/wallet/api/balance-requests/$REQUEST/approve")
    assert takes_proof(*approval)
    assert not takes_proof(*approval, by_key=True)
