"""The first request of every function: its sample event, and the answers of AWS that were recorded for it."""

from __future__ import annotations

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


@contextmanager
def recorded() -> Iterator[Requests]:
    """One request of each function on a platform of its own, recorded in a folder that is gone afterwards."""
    functions = sorted(
        templates.load(ROOT).functions.values(), key=lambda each: (each.module.startswith(ENDING), each.module)
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with LocalPlatform(serve=False, credentials=folder / "keys.json") as platform:
            credentials = json.loads(platform.credentials.read_text())
            files: dict[str, Path] = {}
            for function in functions:
                event = fill(json.loads(sample_event(ROOT, function).read_text()), credentials)
                answers = _answers(platform, function.logical_id, event)
                if answers is not None:
                    files[f"{function.domain}/{function.module}"] = _written(folder, function.module, event, answers)
            asked = json.loads(files["coins/read_balance"].read_text())["answers"]
            answer = next(each for each in asked if each["operation"] == "BatchGetItem")
            plain = _written(folder, "plain", answer["arguments"]["RequestItems"], [answer])
            kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
        yield Requests(files, plain, kept)


def _answers(platform: LocalPlatform, logical_id: str, event: Any) -> list[dict[str, Any]] | None:
    """What AWS answered to the function, in order, as a new environment would ask; None where the function failed."""
    from batua.identity import secrets

    secrets.reset_secrets()
    found: list[dict[str, Any]] = []
    make, thread = BaseClient._make_request, threading.get_ident()

    def noting(client: Any, model: Any, request: Any, context: Any) -> Any:
        http, parsed = make(client, model, request, context)
        if threading.get_ident() == thread:
            body = b"" if model.has_streaming_output else http.content or json.dumps(parsed, default=str).encode()
            headers = {name: text for name, text in http.headers.items() if name.lower() not in UNTRUE}
            arguments = json.loads(request["body"]) if model.name == "BatchGetItem" else None
            answer = {"operation": model.name, "status": http.status_code, "headers": headers, "arguments": arguments}
            found.append({**answer, "body": body.decode("latin-1")})
        return http, parsed

    with mock.patch.object(BaseClient, "_make_request", noting):
        try:
            platform.runner.invoke(logical_id, event)
        except FunctionError:
            return None
    return found


def _written(folder: Path, name: str, event: Any, answers: list[dict[str, Any]]) -> Path:
    file = folder / f"{name}.json"
    file.write_text(json.dumps({"event": event, "answers": answers}))
    return file
