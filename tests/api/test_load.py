"""`make load` against the platform: what it prints, and when it says that all is not well."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from local.host import ROOT, LocalPlatform


def load(url: str, key: str, *more: str) -> subprocess.CompletedProcess[str]:
    """A process of its own: Locust changes the sockets of the one that it is imported in."""
    if importlib.util.find_spec("locust") is None:
        pytest.skip("SKIPPED LOUDLY: Locust is missing, `make test` installs it")
    command = [sys.executable, "-m", "benchmarks.load", "--url", url, "--rate", "5", "--seconds", "3", *more]
    environment = {**os.environ, "LOAD_KEY": key}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_load_on_the_sandbox_succeeds_and_says_what_was_answered(platform: LocalPlatform) -> None:
    key = json.loads(platform.credentials.read_text())["merchant_test_key"]
    done = load(platform.url, key, "--mix", "issue=1")
    assert done.returncode == 0, done.stderr
    assert "| issue |" in done.stdout
    assert " x 200 |" in done.stdout
    assert " 0 of them answered differently" in done.stdout


def test_a_load_that_nothing_answers_as_it_should_fails(platform: LocalPlatform) -> None:
    key = json.loads(platform.credentials.read_text())["merchant_test_key"]
    done = load(f"{platform.url}/elsewhere", key, "--mix", "balance=1")
    assert done.returncode == 1
    assert "0.00 %" in done.stdout
