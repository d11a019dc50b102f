"""Services that give no answer: what the simulation found, each as a test of its own."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from batua import ids
from batua.auth import deletion
from batua.errors import Problem
from batua.prefund import workflow
from tests.fakes.dynamodb import failure

DELETION = deletion.Deletion(ids.new("del"), ids.new("ten"), ids.new("usr"), "scheduled", 0, 0)


@pytest.mark.parametrize("fault", [ReadTimeoutError(endpoint_url="x"), failure("ThrottlingException", "start")])
@pytest.mark.parametrize(
    ("module", "start"),
    [(workflow, lambda: workflow.start(ids.new("pfr"))), (deletion, lambda: deletion._start(DELETION))],
    ids=["prefund", "deletion"],
)
def test_a_workflow_that_cannot_be_started_is_no_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, module: Any, start: Callable[[], object], fault: Exception
) -> None:
    def silent(**_: str) -> None:
        raise fault

    monkeypatch.setattr(module, "client", lambda _: SimpleNamespace(start_execution=silent))
    with pytest.raises(Problem) as problem:
        start()
    assert problem.value.kind.code == "service_unavailable"
