"""What the embedded AWS leaves out of what it imports, and how little a later start has to do again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from local.aws.database import Database
from local.aws.patching import Patches
from local.aws.workflows import install

ROOT = Path(__file__).parents[2]
_LOOK = """
import sys
sys.path[:0] = ["layers/core", "."]
import local.aws.embedded
assert "moto.ec2.models" not in sys.modules, "EC2 was imported"
assert "OpenSSL" not in sys.modules, "pyOpenSSL was imported"
from moto.batch import batch_backends
assert "moto.ec2.models" in sys.modules
assert batch_backends["123456789012"]["ap-south-1"]
"""


def test_ec2_is_imported_with_batch_and_not_with_step_functions() -> None:
    subprocess.run([sys.executable, "-c", _LOOK], cwd=ROOT, check=True)


def test_a_definition_is_parsed_once_for_a_store_and_an_invalid_one_at_each_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    def validate(definition: str) -> None:
        parsed.append(definition)
        if definition == "invalid":
            raise ValueError("no definition")

    monkeypatch.setattr(StepFunctionsParserBackend, "_validate_definition", staticmethod(validate))
    for _ in range(2):
        database, patches = Database(tmp_path / "store.sqlite"), Patches()
        install(patches, lambda service: None, database)
        try:
            StepFunctionsParserBackend._validate_definition(definition="valid")
            StepFunctionsParserBackend._validate_definition(definition="valid")
            with pytest.raises(ValueError, match="no definition"):
                StepFunctionsParserBackend._validate_definition(definition="invalid")
        finally:
            patches.undo()
            database.close()
    assert parsed == ["valid", "invalid", "invalid"]
