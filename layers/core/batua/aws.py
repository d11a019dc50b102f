"""AWS clients: made once per execution environment, at first use, from botocore alone.

`import boto3` brings its S3 transfer manager with it, half of the import time, and nothing here transfers files.
"""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import Any

from botocore.config import Config
from botocore.session import Session

from .settings import settings

_lock = Lock()


def client(service: str) -> Any:
    """The client of a service; every caller in this environment shares it (botocore's clients are thread-safe)."""
    with _lock:
        return _client(service)


def aws_credentials() -> Any:
    """The function's own credentials as they are now: what signs links that others follow."""
    with _lock:
        found = _session().get_credentials()
    if found is None:
        raise RuntimeError("there are no AWS credentials to sign links with")
    return found.get_frozen_credentials()


@lru_cache(maxsize=16)
def _client(service: str) -> Any:
    # Short timeouts: a request at the counter had better fail over to a retry than wait. Retries of conflicts and
    # throttled transactions are ours (`ledger/posting/pipeline.py`), those of broken connections botocore's.
    config = Config(
        region_name=settings().region,
        connect_timeout=1,
        read_timeout=4,
        retries={"mode": "standard", "max_attempts": 2},
        max_pool_connections=16,
        parameter_validation=False,
    )
    return _session().create_client(service, config=config)


@lru_cache(maxsize=1)
def _session() -> Session:
    return Session()


def reset_clients() -> None:
    """Makes new clients at the next use, for a changed environment."""
    _client.cache_clear()
    _session.cache_clear()
