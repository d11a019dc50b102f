"""Who takes part, and how each is started: a process with an address and a key, and a way to look at its books."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.peers.postgres import Cluster

ROOT = Path(__file__).resolve().parents[2]
WORKERS = os.cpu_count() or 1
READY_SECONDS = 60


@dataclass(frozen=True)
class System:
    name: str
    url: str
    key: str
    books: Callable[[], list[str]]
    """The invariants of its books that do not hold."""
    processes: tuple[int, ...]
    """All that work for it, or are ancestors of those that do."""


@contextmanager
def batua() -> Iterator[System]:
    command = [sys.executable, "-m", "benchmarks.peers.serve_batua"]
    environment = {**os.environ, "LOG_LEVEL": "ERROR", "PYTHONPATH": "layers/core:."}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    asked, answers = process.stdin, process.stdout

    def books() -> list[str]:
        asked.write("verify\n")
        asked.flush()
        return list(json.loads(answers.readline()))

    try:
        line = answers.readline()
        if not line:
            raise RuntimeError("Batua did not start")
        said = json.loads(line)
        yield System("Batua", said["url"], said["key"], books, (process.pid,))
    finally:
        asked.close()
        _end(process)


@contextmanager
def fastapi(cluster: Cluster) -> Iterator[System]:
    from benchmarks.peers import fastapi_wallet

    dsn, key = cluster.create("fastapi"), secrets.token_urlsafe(32)
    asyncio.run(fastapi_wallet.prepare(dsn, key))
    command = _uvicorn("benchmarks.peers.fastapi_wallet:app")
    with _served(command, {"DATABASE_URL": dsn, "API_KEY": key}) as (url, pid):
        books = partial(_broken, dsn, fastapi_wallet.BOOKS)
        yield System("FastAPI + PostgreSQL", url, key, books, (pid, cluster.pid))


@contextmanager
def hordak(cluster: Cluster) -> Iterator[System]:
    dsn, key = cluster.create("hordak"), secrets.token_urlsafe(32)
    environment = {"DATABASE_URL": dsn, "API_KEY": key}
    _prepare("hordak_wallet", environment)
    command = ["-m", "gunicorn", "benchmarks.peers.hordak_wallet:application", "--bind", "127.0.0.1:{port}"]
    command += ["--workers", str(WORKERS), "--worker-class", "gthread", "--threads", "16", "--keep-alive", "60"]
    with _served([*command, "--log-level", "error"], environment) as (url, pid):
        books = partial(_broken, dsn, _books("hordak_wallet", environment))
        yield System("Hordak", url, key, books, (pid, cluster.pid))


@contextmanager
def credit_ledger(cluster: Cluster) -> Iterator[System]:
    dsn, key = cluster.create("credit"), secrets.token_urlsafe(32)
    environment = {"DATABASE_URL": dsn.replace("postgresql:", "postgresql+psycopg:"), "API_KEY": key}
    _prepare("credit_wallet", environment)
    with _served(_uvicorn("benchmarks.peers.credit_wallet:app"), environment) as (url, pid):
        books = partial(_broken, dsn, _books("credit_wallet", environment))
        yield System("credit-ledger", url, key, books, (pid, cluster.pid))


def _uvicorn(app: str) -> list[str]:
    command = ["-m", "uvicorn", app, "--host", "127.0.0.1", "--port", "{port}", "--workers", str(WORKERS)]
    return [*command, "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"]


@contextmanager
def _served(arguments: list[str], environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    port = _free_port()
    command = [sys.executable, *(argument.replace("{port}", str(port)) for argument in arguments)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        _wait_until_up(process, port)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        _end(process)


def _wait_until_up(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {process.args!r}")


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _prepare(module: str, environment: dict[str, str]) -> None:
    """In a process of its own: both modules take their database from the environment when they are imported."""
    _in_python(f"from benchmarks.peers import {module}; {module}.prepare()", environment)


def _books(module: str, environment: dict[str, str]) -> dict[str, str]:
    said = _in_python(
        f"import json; from benchmarks.peers.{module} import BOOKS; print(json.dumps(BOOKS))", environment
    )
    return dict(json.loads(said))


def _in_python(code: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _broken(dsn: str, invariants: dict[str, str]) -> list[str]:
    """The invariants that some rows of the database break. Each is a query that counts such rows."""
    import asyncpg

    async def count() -> list[str]:
        connection = await asyncpg.connect(dsn)
        try:
            return [invariant for invariant, query in invariants.items() if await connection.fetchval(query)]
        finally:
            await connection.close()

    return asyncio.run(count())
