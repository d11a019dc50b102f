"""Every route against its own description, with input made up from it: good, bad and at the edges.

Whatever is sent, there is no 5xx, and every answer has a status, a content type and a shape that the OpenAPI document
tells. The platform is one of its own, since random requests change what other tests rely on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.served import ROOT, Served, served

EXAMPLES = int(os.environ.get("CONFORMANCE_EXAMPLES", "25"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

schema = schemathesis.openapi.from_dict(json.loads((ROOT / "functions/platform/openapi.json").read_text()))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("platform")) as running:
        yield running


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case, platform: Served) -> None:
    case.call_and_validate(base_url=platform.url, checks=CHECKS, **_credential(case, platform.credentials))


def _credential(case: schemathesis.Case, credentials: dict[str, Any]) -> dict[str, Any]:
    """What the route asks for: a key of the sandbox, an application's key, or nothing."""
    accepted = {scheme for each in case.operation.definition.raw["security"] for scheme in each}
    if "basic" in accepted:
        return {"auth": (credentials["rehook"]["username"], credentials["rehook"]["password"])}
    return {"headers": {"Authorization": f"Bearer {credentials['merchant_test_key']}"}} if accepted else {}
