"""What a function imports, as it is deployed: the dependencies layer, built for this machine; and plain boto3."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".local" / "bench"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Layers:
    """Folders to import from: the library, the packages, and, to compare with, boto3 alone as pip installs it."""

    core: Path
    packages: Path
    baseline: Path

    @property
    def path(self) -> str:
        return f"{self.core}:{self.packages}"


def build() -> Layers:
    """Both layers, built for this machine as they are for Lambda; only what has changed since is built anew."""
    packages, baseline = _dependencies()
    library = [file for folder in ("layers/core", "functions") for file in (ROOT / folder).rglob("*.py")]
    place = _place("core", [*library, ROOT / "layers/core/Makefile", packages.parent / "complete"])
    if not (place / "complete").exists():
        _layer("layers/core", "build-CoreLayer", place, f"PACKAGES={packages}")
        (place / "complete").touch()
    return Layers(place / "python", packages, baseline)


def _dependencies() -> tuple[Path, Path]:
    names = ("requirements.txt", "Makefile", "trim.py", "lean.py")
    place = _place("dependencies", [ROOT / "layers/dependencies" / name for name in names])
    packages, baseline = place / "python", place / "baseline"
    if not (place / "complete").exists():
        machine = f"{platform.machine()}-manylinux_2_34"
        _layer("layers/dependencies", "build-DependenciesLayer", place, f"PLATFORM={machine}")
        pins = (ROOT / "layers/dependencies/requirements.txt").read_text().splitlines()
        pinned = next(line.split()[0] for line in pins if line.startswith("boto3=="))
        _run(_uv(), "pip", "install", "--quiet", "--target", str(baseline), "--python", sys.executable, pinned)
        _run(sys.executable, "-m", "compileall", "-q", "-j", "0", str(baseline))
        (place / "complete").write_text(place.name)
    return packages, baseline


def _place(name: str, sources: list[Path]) -> Path:
    """A folder named for the content of what it is built from."""
    content = b"".join(str(source.relative_to(ROOT)).encode() + source.read_bytes() for source in sorted(sources))
    return PLACE / f"{name}-{hashlib.sha256(content + VERSION.encode()).hexdigest()[:12]}"


def _layer(folder: str, target: str, place: Path, *options: str) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    _run("make", "-C", folder, target, f"ARTIFACTS_DIR={place}", f"PYTHON_VERSION={VERSION}", *options)


def _uv() -> str:
    return os.environ.get("BATUA_UV") or shutil.which("uv") or "uv"


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
