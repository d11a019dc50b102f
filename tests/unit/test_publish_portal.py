"""PublishPortal puts the portal's pages into their bucket, and tells CloudFormation how it went."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from batua import aws
from batua.platform import publish, site

FUNCTION = Path(__file__).resolve().parents[2] / "functions" / "platform" / "publish_portal.py"


class Bucket:
    """S3 as far as it is needed, with pages of one object each."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.media: dict[str, str] = {}
        self.puts: list[str] = []

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str, CacheControl: str) -> None:  # noqa: N803
        self.objects[Key], self.media[Key] = Body, ContentType
        self.puts.append(Key)

    def delete_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803
        del self.objects[Key]

    def list_objects_v2(self, *, Bucket: str, ContinuationToken: str = "0") -> dict[str, Any]:  # noqa: N803
        names, at = sorted(self.objects), int(ContinuationToken)
        page = [
            {"Key": name, "ETag": f'"{hashlib.md5(self.objects[name], usedforsecurity=False).hexdigest()}"'}
            for name in names[at : at + 1]
        ]
        return {"Contents": page, "IsTruncated": at + 1 < len(names), "NextContinuationToken": str(at + 1)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "index.html": "<p>",
        "style/base.css": "p {}",
        "sw.js": "// worker",
        "routes.json": "{}",
    }.items():
        (tmp_path / "portal" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "portal" / name).write_text(text)
    return tmp_path / "portal"


@pytest.fixture
def cloudformation() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    answers: list[dict[str, Any]] = []

    class Waiting(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answers.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Waiting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", answers
    server.shutdown()
    server.server_close()


def test_what_is_new_or_changed_is_put_pages_after_their_files_and_the_worker_last(folder: Path) -> None:
    bucket = Bucket()
    assert publish.publish(bucket, "pages", site.read_files(folder)) == {"put": 3, "deleted": 0}
    assert bucket.puts == ["style/base.css", "index.html", "sw.js"]
    assert bucket.media["index.html"] == "text/html; charset=utf-8"
    assert publish.publish(bucket, "pages", site.read_files(folder)) == {"put": 0, "deleted": 0}
    (folder / "index.html").write_text("<p>2")
    (folder / "style" / "base.css").unlink()
    assert publish.publish(bucket, "pages", site.read_files(folder)) == {"put": 2, "deleted": 1}
    assert sorted(bucket.objects) == ["index.html", "sw.js"]


def _handler() -> Any:
    spec = importlib.util.spec_from_file_location("publish_portal", FUNCTION)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def test_cloudformation_hears_of_success_of_failure_and_of_a_deletion(
    folder: Path, cloudformation: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, answers = cloudformation
    bucket = Bucket()
    monkeypatch.setenv("PORTAL_FOLDER", str(folder))
    monkeypatch.setenv("PORTAL_BUCKET", "pages")
    monkeypatch.setattr(aws, "client", lambda service: bucket)
    event = {"ResponseURL": url, "StackId": "stack", "RequestId": "r", "LogicalResourceId": "PublishedPortal"}
    handler = _handler()
    handler({**event, "RequestType": "Create"}, None)
    assert answers[-1]["Status"] == "SUCCESS"
    assert answers[-1]["Data"] == {"put": 3, "deleted": 0}
    assert answers[-1]["PhysicalResourceId"] == "portal"
    handler({**event, "RequestType": "Delete", "PhysicalResourceId": "portal"}, None)
    assert answers[-1]["Status"] == "SUCCESS"
    assert "index.html" in bucket.objects
    monkeypatch.setattr(bucket, "list_objects_v2", lambda **request: 1 / 0)
    handler({**event, "RequestType": "Update", "PhysicalResourceId": "portal"}, None)
    assert answers[-1]["Status"] == "FAILED"
    assert "ZeroDivisionError" in answers[-1]["Reason"]
