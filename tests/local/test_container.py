"""The image and compose.yaml, as far as they can be tried without Docker: the steps of the Dockerfile, done by hand."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.waiting import until

from .conftest import REPOSITORY

DOCKERFILE = REPOSITORY / "container/Dockerfile"
PASSWORD = "a long enough password of one's own"
STARTS_SECONDS = 180


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", " ", DOCKERFILE.read_text())
    lines = [line.strip() for line in text.splitlines()]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line and line[0] != "#")]


def copied() -> list[tuple[str, str]]:
    """What is copied out of the repository, and where to."""
    copies = [shlex.split(rest) for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    return [(source, target) for source, target in copies]


def variables() -> dict[str, str]:
    words = [word for name, rest in instructions() if name == "ENV" for word in shlex.split(rest)]
    return dict(word.split("=", 1) for word in words)


def test_what_is_copied_is_in_the_repository_and_in_the_build() -> None:
    allowed = [line[1:] for line in Path(f"{DOCKERFILE}.dockerignore").read_text().splitlines() if line[:1] == "!"]
    for source, _ in copied():
        assert (REPOSITORY / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in allowed), source


def test_each_variable_is_one_that_somebody_reads() -> None:
    reads = (REPOSITORY / "local/__main__.py").read_text() + (REPOSITORY / "local/host.py").read_text()
    known_elsewhere = {"PATH", "PYTHONPATH", "PYTHONUNBUFFERED", "SAM_CLI_TELEMETRY"}
    service = compose()["services"]["batua"]
    for name in [*variables(), *service["environment"]]:
        assert name in known_elsewhere or f'"{name}"' in reads, name


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
    return content


def test_the_platform_is_reached_through_the_proxy_alone() -> None:
    services = compose()["services"]
    assert services["batua"]["ports"] == ["127.0.0.1:3000:3000"]
    assert services["batua"]["environment"]["SEED"] == "operator", "the samples have passwords that everybody can read"
    assert (REPOSITORY / services["batua"]["build"]["dockerfile"]).is_file()
    caddy = (REPOSITORY / "container/Caddyfile").read_text()
    assert "path /local/*" in caddy
    assert "respond @inside 404" in caddy
    assert caddy.count("{") == caddy.count("}")


def test_the_user_is_not_root_and_its_data_is_a_volume() -> None:
    found = instructions()
    assert ("USER", "10001") in found
    assert ("VOLUME", variables()["DATA"]) in found
    assert found[-1][0] == "CMD"


@contextmanager
def image_started(app: Path, data: Path, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command of the image in a folder with what it copies, with its environment."""
    environment = {
        **variables(),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{app}/layers/core:{app}",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "DATA": str(data),
        "HOME": str(data),
        **more,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "local"], cwd=app, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        found = re.search(r"https?://\S+", ready)
        assert found, ready
        yield process, found[0]
    finally:
        process.kill()
        process.wait(30)


def test_what_the_image_holds_starts_signs_its_administrator_in_and_survives_a_kill(tmp_path: Path) -> None:
    app, data = tmp_path / "app", tmp_path / "data"
    app.mkdir()
    for source, target in copied():
        if "requirements" in source:
            continue  # installed by the first stage; here they are
        place = app / target if target != "./" else app / Path(source).name
        if (REPOSITORY / source).is_dir():
            shutil.copytree(
                REPOSITORY / source, place, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "*.pyc")
            )
        else:
            shutil.copy(REPOSITORY / source, place)
    email = "you@example.com"
    with image_started(app, data, ADMIN_EMAIL=email) as (process, url):
        known = json.loads((data / "credentials.json").read_text())
        assert known["administrator"] == email
        token = known["link"].partition("token=")[2]
        body = {"token": token, "new_password": PASSWORD}
        answer = requests.post(f"{url}/api/v1/auth/password/reset/confirm", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        assert signed_in(url, email) == 200
        assert signed_in(url, "owner@kaveri.example", "correct horse battery staple") == 401, "no samples"
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    with image_started(app, data, ADMIN_EMAIL=email) as (_, url):
        assert "link" not in json.loads((data / "credentials.json").read_text())
        assert signed_in(url, email) == 200


def signed_in(url: str, email: str, password: str = PASSWORD) -> int:
    body = {"username": email, "password": password}

    def status() -> int | None:
        answered = requests.post(f"{url}/api/v1/auth/token", json=body, timeout=60).status_code
        return None if answered == 503 else answered

    return until(status, STARTS_SECONDS)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"SEED": "some"}, "SEED is 'some', not one of demo, operator"),
        ({"SEED": "operator"}, "SEED=operator needs ADMIN_EMAIL"),
        ({"PUBLIC_URL": "coins.example.com"}, "give it with https://"),
    ],
)
def test_a_wrong_variable_is_named(wrong: dict[str, str], said: str) -> None:
    environment = {**os.environ, "PORT": "0", **wrong}
    done = subprocess.run(
        [sys.executable, "-m", "local"], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr
