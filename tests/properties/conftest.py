"""Hypothesis profiles: `ci` (10,000 examples in all, always the same) and `dev` (a twentieth, new ones each time).

HYPOTHESIS_PROFILE=ci make test ARGS=tests/properties

They are those of the tests in this folder alone: a profile is in force while one of its files is imported or run.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "ci",
    max_examples=10_000,
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=_SLOW,
)
settings.register_profile("dev", max_examples=500, deadline=None, print_blob=True, suppress_health_check=_SLOW)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    with _profile(collector):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    with _profile(item):  # this hook is called for the tests of other folders too
        return (yield)


@contextmanager
def _profile(node: pytest.Item | pytest.Collector) -> Iterator[None]:
    settings.load_profile(PROFILE if node.path.is_relative_to(Path(__file__).parent) else "batua")
    try:
        yield
    finally:
        settings.load_profile("batua")
