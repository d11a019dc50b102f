"""The platform about itself, as anyone may ask: health, version, OpenAPI document, documentation."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batua import __version__, settings
from batua.identity import secrets
from batua.platform import health
from batua.store import store
from local.host import LocalPlatform

ROOT = Path(__file__).resolve().parents[2]
PAGE = "/api/v1/docs"
ASSETS = ("page.css", "page.js", "mark.svg", "swagger-ui.css", "swagger-ui-bundle.js")


@pytest.mark.parametrize("path", ["", "/ready", "/version"])
def test_a_monitor_that_asks_with_head_gets_the_same_answer_without_a_body(anyone: Any, path: str) -> None:
    full, head = (anyone.call(method, f"/api/v1/health{path}") for method in ("GET", "HEAD"))
    assert (head.status_code, head.headers["content-type"]) == (full.status_code, full.headers["content-type"])
    assert (head.content, head.headers["x-request-id"] != "") == (b"", True)


def test_health_says_alive_and_what_time_it_is(anyone: Any) -> None:
    answer = anyone.get("/api/v1/health")
    assert answer.status_code == 200
    assert answer.json()["data"]["status"] == "ok"
    assert answer.json()["data"]["time"].endswith("Z")


def test_every_answer_carries_its_ids(anyone: Any) -> None:
    answer = anyone.get("/api/v1/health", headers={"X-Request-ID": "counter-7"})
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == "counter-7"
    assert answer.headers["X-Response-ID"] == answer.json()["response_id"]
    assert answer.headers["X-Response-Time"].endswith("ms")


def test_ready_names_every_part_that_answers(anyone: Any) -> None:
    answer = anyone.get("/api/v1/health/ready")
    assert answer.status_code == 200
    assert answer.json()["data"] == {"ledger": "ok", "directory": "ok", "verifier": "ok"}


@pytest.fixture
def broken(platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The platform's environment, to break; whole again afterwards."""
    yield monkeypatch
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    settings.reset_settings()
    store.reset_store()
    secrets.reset_secrets()


@pytest.mark.parametrize(
    ("variable", "part"),
    [("LEDGER_TABLE", "ledger"), ("DIRECTORY_TABLE", "directory"), ("VERIFIER_SECRET", "verifier")],
)
def test_not_ready_names_the_part_and_nothing_of_the_inside(
    anyone: Any, broken: pytest.MonkeyPatch, variable: str, part: str
) -> None:
    broken.setenv(variable, "gone-astray")
    _forget()
    answer = anyone.get("/api/v1/health/ready")
    assert answer.status_code == 503
    assert answer.json()["code"] == "service_unavailable"
    assert answer.json()["meta"] == {"ledger": "ok", "directory": "ok", "verifier": "ok", part: "failed"}
    assert answer.headers["Retry-After"] == "5"
    assert "gone-astray" not in answer.text


def test_a_secret_without_keys_is_not_ready(anyone: Any, broken: pytest.MonkeyPatch) -> None:
    broken.setattr(secrets, "verifier_secrets", lambda **_: {"pepper": "00", "keys": []})
    assert anyone.get("/api/v1/health/ready").json()["meta"]["verifier"] == "failed"


def test_version_tells_version_build_and_stage(anyone: Any) -> None:
    data = anyone.get("/api/v1/health/version").json()["data"]
    assert data == {"version": __version__, "build": "source", "stage": "dev"}


def test_a_packed_function_tells_the_commit_that_it_was_packed_from(tmp_path: Path) -> None:
    (tmp_path / "build.txt").write_text("3f36e9b67565\n")
    assert health.build_version(tmp_path / "build.txt").build == "3f36e9b67565"


def test_the_schema_is_the_committed_document(anyone: Any) -> None:
    answer = anyone.get("/api/v1/schema")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    assert answer.json() == json.loads((ROOT / "functions/platform/openapi.json").read_text())


@pytest.mark.parametrize("path", ["/api/v1/schema", PAGE, f"{PAGE}/swagger-ui-bundle.js"])
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_who_has_the_content_already_is_told_so_without_it(anyone: Any, path: str, coding: str) -> None:
    first = anyone.get(path, headers={"Accept-Encoding": coding})
    tag = first.headers["ETag"]
    for said in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = anyone.get(path, headers={"Accept-Encoding": coding, "If-None-Match": said})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
    assert anyone.get(path, headers={"Accept-Encoding": coding, "If-None-Match": '"other"'}).content == first.content


@pytest.mark.parametrize(
    ("said", "compressed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("br", False), ("identity", False)],
)
def test_content_is_compressed_for_who_takes_it(anyone: Any, said: str, compressed: bool) -> None:
    answer = anyone.get("/api/v1/schema", headers={"Accept-Encoding": said}, stream=True)
    body = answer.raw.read(decode_content=False)
    assert (answer.headers.get("Content-Encoding") == "gzip") == compressed
    assert json.loads(gzip.decompress(body) if compressed else body)["openapi"] == "3.1.0"
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_two_encodings_have_two_tags(anyone: Any) -> None:
    tags = {anyone.get(PAGE, headers={"Accept-Encoding": said}).headers["ETag"] for said in ("gzip", "identity")}
    small = {anyone.get("/api/v1/schema", headers={"Accept-Encoding": said}).headers["ETag"] for said in ("gzip", "br")}
    assert len(small) == 2
    assert len(tags) <= 2


def test_the_page_allows_itself_nothing_from_elsewhere(anyone: Any) -> None:
    answer = anyone.get(PAGE)
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "//" not in answer.text.replace("<!doctype", ""), "the page names another host"


@pytest.mark.parametrize("asset", ASSETS)
def test_every_asset_that_the_page_needs_is_served(anyone: Any, asset: str) -> None:
    answer = anyone.get(f"{PAGE}/{asset}")
    assert answer.status_code == 200
    assert answer.content
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    "asset", ["index.html", "swagger-ui.LICENSE", "..%2Fread_docs.py", "%2Fetc%2Fpasswd", "nothing"]
)
def test_nothing_else_of_the_folder_is_served(anyone: Any, asset: str) -> None:
    answer = anyone.get(f"{PAGE}/{asset}")
    assert answer.status_code == 404


@pytest.mark.parametrize("function", ["CheckHealth", "CheckReadiness", "ReadVersion", "ReadSchema", "ReadDocs"])
def test_the_sample_event_of_each_function_gets_its_answer(platform: LocalPlatform, function: str) -> None:
    file = platform.platform.functions[function].file
    event = json.loads((ROOT / "events" / "platform" / f"{file.stem}.json").read_text())
    assert platform.runner.invoke(function, event)["statusCode"] == 200
