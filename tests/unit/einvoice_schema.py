"""The published schema of e-invoices, and what of a document does not fit it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import simplejson
from jsonschema import Draft7Validator

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas" / "inv-01.schema.json").read_text())
VALIDATOR = Draft7Validator(SCHEMA)


def misfits(content: dict[str, Any]) -> list[str]:
    """What the schema says against a content as it is sent."""
    sent = json.loads(simplejson.dumps(content, use_decimal=True))
    return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in VALIDATOR.iter_errors(sent)]
