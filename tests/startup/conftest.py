"""The layers as their build makes them, of the packages that are installed here: pinned to the same versions."""

from __future__ import annotations

import importlib.util
import runpy
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "layers/dependencies/Makefile").read_text().replace("\\\n", " ")
SERVICES = next(line for line in MAKEFILE.splitlines() if line.startswith("SERVICES :=")).split()[2:]
"""`service`, or `service:Operation,Operation`."""

EDITED = ("botocore", "jwt", "pydantic", "pydantic_core", "urllib3")


@dataclass(frozen=True)
class Layers:
    core: Path
    packages: Path

    def run(self, program: str, *arguments: str) -> str:
        """What a fresh process prints that finds these layers before all else."""
        environment = {
            "PYTHONPATH": f"{self.core}:{self.packages}",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "ap-south-1",
            "LEDGER_TABLE": "Ledger",
            "DIRECTORY_TABLE": "Directory",
        }
        command = [sys.executable, "-c", program, *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


@pytest.fixture(scope="session")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Layers:
    place = tmp_path_factory.mktemp("layers")
    packages, core = place / "packages", place / "core"
    for name in EDITED:
        _copied(name, packages)
    runpy.run_path(str(ROOT / "layers/dependencies/lean.py"))["main"](packages)
    runpy.run_path(str(ROOT / "layers/dependencies/trim.py"))["main"](packages / "botocore/data", SERVICES)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(packages)], check=True)
    shutil.copytree(ROOT / "layers/core/batua", core / "batua", ignore=shutil.ignore_patterns("__pycache__"))
    made = Layers(core, packages)
    made.run(
        "import runpy, sys; runpy.run_path(sys.argv.pop(1), run_name='__main__')",
        str(ROOT / "layers/core/generate.py"),
        str(ROOT / "functions"),
        str(core / "batua"),
    )
    return made


def _copied(name: str, packages: Path) -> None:
    spec = importlib.util.find_spec(name)
    assert spec
    assert spec.origin
    folder = Path(spec.origin).parent
    shutil.copytree(folder, packages / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
    for service in (folder / "data").glob("*"):
        if service.is_file():
            (packages / name / "data").mkdir(exist_ok=True)
            shutil.copy(service, packages / name / "data")
        elif service.name in {each.partition(":")[0] for each in SERVICES}:
            shutil.copytree(service, packages / name / "data" / service.name)
