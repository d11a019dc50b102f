"""A ledger to replay."""

from __future__ import annotations

import pytest

from tests.fakes.replayed import (
    Ledger,
)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()
