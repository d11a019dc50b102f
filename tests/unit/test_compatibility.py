"""What the page of compatibility names as a call of RuCoin's is a call of ours."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARAMETER = re.compile(r"\{[^}]*\}")


def test_every_call_of_rucoins_catalogue_is_served() -> None:
    page = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    section = page.partition("## RuCoin\n")[2].partition("\n## ")[0].partition("The calls, by area")[2]
    named = [
        (method.lower(), "/api/v1" + PARAMETER.sub("{}", path))
        for methods, path in re.findall(r"`([A-Z/]+) (/[^`]+)`", section.partition("Deviations")[0])
        for method in methods.split("/")
    ]
    document = json.loads((ROOT / "functions" / "platform" / "openapi.json").read_text(encoding="utf-8"))
    served = {(method, PARAMETER.sub("{}", path)) for path, item in document["paths"].items() for method in item}
    assert len(named) == len(set(named)) == 139
    assert not set(named) - served
