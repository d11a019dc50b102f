"""What a function imports, as it is deployed: the dependencies layer, built for this machine; and plain boto3."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".local" / "bench"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def build() -> tuple[Path, Path]:
    """The layer's packages and, to compare with, boto3 alone as pip installs it; both with bytecode."""
    sources = [ROOT / "layers/dependencies" / name for name in ("requirements.txt", "Makefile", "trim.py")]
    content = b"".join(source.read_bytes() for source in sources) + VERSION.encode()
    place = PLACE / hashlib.sha256(content).hexdigest()[:12]
    packages, baseline = place / "python", place / "baseline"
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        machine = f"{platform.machine()}-manylinux_2_34"
        _run("make", "-C", str(sources[1].parent), "build-DependenciesLayer", f"ARTIFACTS_DIR={place}",
             f"PLATFORM={machine}", f"PYTHON_VERSION={VERSION}")  # fmt: skip
        pinned = next(line.split()[0] for line in sources[0].read_text().splitlines() if line.startswith("boto3=="))
        _run(_uv(), "pip", "install", "--quiet", "--target", str(baseline), "--python", sys.executable, pinned)
        for folder in (packages, baseline):
            _run(sys.executable, "-m", "compileall", "-q", "-j", "0", str(folder))
        (place / "complete").touch()
    return packages, baseline


def _uv() -> str:
    return os.environ.get("BATUA_UV") or shutil.which("uv") or "uv"


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
