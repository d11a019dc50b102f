"""The first request of every function: its sample event, and the answers of AWS that were recorded for it."""

from __future__ import annotations

import base64
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from botocore.client import BaseClient

from local import templates
from local.aws.intercept import Interception
from local.host import ROOT, LocalPlatform
from local.invoke import fill, sample_event
from local.runner import FunctionError

ENDING = ("log", "erase", "revoke", "delete", "change", "confirm", "rotate", "disable", "refresh", "purge")
"""Functions that may end the credentials of others come last."""

UNTRUE = ("x-amz-crc32", "x-amz-checksum-crc32", "content-length")
"""Headers that tell of a body what may not be so of the recorded one."""


@dataclass(frozen=True)
class Requests:
    """Requests by function (`coins/issue_coins`), what boto3 alone asks, and the environment of all."""

    files: dict[str, Path]
    plain: Path
    environment: dict[str, str]


class _Recorder:
    """Notes what AWS answers to the function that runs: moto over HTTP, or an embedded service without it."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self._thread = 0

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Before the platform starts: its clients keep the handlers that they were made with."""
        make, answer_here = BaseClient._make_request, Interception.answer  # type: ignore[attr-defined]

        def from_moto(client: Any, model: Any, request: Any, context: Any) -> Any:
            http, parsed = make(client, model, request, context)
            body = b"" if model.has_streaming_output else http.content or json.dumps(parsed, default=str).encode()
            self._note(model.name, request["body"], http.status_code, http.headers, body)
            return http, parsed

        def from_us(interception: Interception, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            status, answer = answer_here(interception, operation, request)
            self._note(operation, json.dumps(request), status, {}, _as_sent(answer))
            return status, answer

        with (
            mock.patch.object(BaseClient, "_make_request", from_moto),
            mock.patch.object(Interception, "answer", from_us),
        ):
            yield

    @contextmanager
    def noting(self) -> Iterator[None]:
        self.answers, self._thread = [], threading.get_ident()
        try:
            yield
        finally:
            self._thread = 0

    def _note(self, operation: str, request: Any, status: int, headers: Any, body: bytes) -> None:
        if threading.get_ident() != self._thread:
            return
        arguments = json.loads(request) if operation == "BatchGetItem" else None
        kept = {name: text for name, text in headers.items() if name.lower() not in UNTRUE}
        answer = {"operation": operation, "status": status, "headers": kept, "arguments": arguments}
        self.answers.append({**answer, "body": body.decode("latin-1")})


@contextmanager
def recorded(*modules: str) -> Iterator[Requests]:
    """One request of each function, or of these (`issue_coins`; always of `read_balance`), on a platform of its own.

    Recorded in a folder that is gone afterwards.
    """
    functions = sorted(
        templates.load(ROOT).functions.values(), key=lambda each: (each.module.startswith(ENDING), each.module)
    )
    if modules:
        functions = [each for each in functions if each.module in (*modules, "read_balance")]
    recorder = _Recorder()
    # Played back for longer than an access token is good.
    lasting = mock.patch("batua.identity.sessions.ACCESS_SECONDS", 86_400)
    with tempfile.TemporaryDirectory() as name, recorder.installed(), lasting:
        folder = Path(name)
        with LocalPlatform(serve=False, credentials=folder / "keys.json") as platform:
            credentials = json.loads(platform.credentials.read_text())
            files: dict[str, Path] = {}
            for function in functions:
                event = fill(json.loads(sample_event(ROOT, function).read_text()), credentials)
                answers = _answers(recorder, platform, function.logical_id, event)
                if answers is not None:
                    files[f"{function.domain}/{function.module}"] = _written(folder, function.module, event, answers)
            asked = json.loads(files["coins/read_balance"].read_text())["answers"]
            answer = next(each for each in asked if each["operation"] == "BatchGetItem")
            plain = _written(folder, "plain", answer["arguments"]["RequestItems"], [answer])
            kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
        yield Requests(files, plain, kept)


def _answers(recorder: _Recorder, platform: LocalPlatform, logical_id: str, event: Any) -> list[dict[str, Any]] | None:
    """What AWS answered to the function, in order, as a new environment would ask; None where the function failed."""
    from batua.identity import secrets

    secrets.reset_secrets()
    with recorder.noting():
        try:
            platform.runner.invoke(logical_id, event)
        except FunctionError:
            return None
    return recorder.answers


def _as_sent(parsed: dict[str, Any]) -> bytes:
    """What AWS would have sent for an answer that the embedded services gave without HTTP."""
    content = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    if error := content.pop("Error", None):
        content = {"__type": error["Code"], "message": error["Message"], **content}
    return json.dumps(content, default=lambda raw: base64.b64encode(raw).decode()).encode()


def _written(folder: Path, name: str, event: Any, answers: list[dict[str, Any]]) -> Path:
    file = folder / f"{name}.json"
    file.write_text(json.dumps({"event": event, "answers": answers}))
    return file
