"""Worlds with closed months for the tests of the workflow that seals and purges them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batua import settings
from batua.archive.manifest import read_manifest
from batua.ledger.records.tombstones import MARK
from tests.fakes.archive_world import OWNER, ArchiveWorld

Make = Callable[..., ArchiveWorld]


@pytest.fixture
def worlds(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ArchiveWorld]]:
    """Those that a test has made. They keep thirteen months: on 21 November 2026 all up to September 2025 may leave."""
    monkeypatch.setenv("KEPT_MONTHS", "13")
    monkeypatch.setenv("LOG_LEVEL", "CRITICAL")
    settings.reset_settings()
    yield []
    settings.reset_settings()


@pytest.fixture
def make(worlds: list[ArchiveWorld]) -> Make:
    def world(**more: Any) -> ArchiveWorld:
        worlds.append(ArchiveWorld(**more))
        return worlds[-1]

    return world


@pytest.fixture(scope="module")
def year() -> ArchiveWorld:
    world = ArchiveWorld()
    world.a_year()
    return world


def manifests(world: ArchiveWorld, tenant: str = OWNER) -> dict[int, Any]:
    found = {}
    for key, body in world.sealed.items():
        if key.startswith(f"sealed/{tenant}/") and key.endswith("manifest.json"):
            manifest = read_manifest(body)
            found[manifest.month] = manifest
    return found


def tombstones(world: ArchiveWorld) -> list[Any]:
    return [record for record in world.ledger() if MARK in record]
