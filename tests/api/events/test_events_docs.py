"""What docs/events.md shows is true: its receivers take our events and no others, its sample is an event."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from batua.events.schemas import TYPES, envelopes
from tests.api.conftest import Client
from tests.api.events.receivers import BASE, data
from tests.waiting import until

PAGE = Path(__file__).resolve().parents[3] / "docs" / "events.md"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"the page has no block of {language}"
    return found.group(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    def listens() -> bool:
        assert process.poll() is None, process.communicate()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    until(listens, otherwise="a receiver that listens")


@pytest.mark.parametrize(("language", "program"), [("python", sys.executable), ("js", "node")])
def test_the_receivers_of_the_page_take_what_is_signed_once_and_nothing_else(
    listen: Callable[..., Any],
    admin: Client,
    drain: Callable[[], None],
    tmp_path: Path,
    language: str,
    program: str,
) -> None:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    file, port = tmp_path / f"receiver.{language}", free_port()
    file.write_text(block(language), encoding="utf-8")
    made = listen(url=f"http://127.0.0.1:{port}/hooks")
    rotated = data(admin.call("PATCH", f"{BASE}/{made['id']}", json={"rotate_secret": True}))
    # It knows the former secret only: during a rotation that will do.
    assert rotated["secret"] != made["secret"]
    environment = {**os.environ, "PORT": str(port), "WEBHOOK_SECRET": made["secret"]}
    process = subprocess.Popen(
        [found, str(file)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        wait_for(port, process)
        sent = data(admin.post(f"{BASE}/{made['id']}/test"))
        assert (sent["delivered"], sent["attempt"]["status"]) == (True, 204)
        data(admin.post(f"{BASE}/{made['id']}/deliveries/{sent['event_id']}/replay"), 202)
        drain()
        forged = {"webhook-id": "evt_x", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AAAA"}
        for headers in ({}, forged, {**forged, "webhook-signature": "v1"}):
            answer = requests.post(f"http://127.0.0.1:{port}/", data="{}", headers=headers, timeout=10)
            assert answer.status_code == 401
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=20)
    assert said.count("webhook.test") == 1


def test_the_sample_of_the_page_is_an_event() -> None:
    sample = json.loads(block("json"))
    models = {each.name: model for each, model in envelopes()}
    models[sample["type"]].model_validate(sample)
    assert set(sample["data"]) == set(TYPES[sample["type"]].data.model_fields)
