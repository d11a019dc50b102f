"""Takes out of botocore's data what no function reads: `python trim.py <botocore/data> <service>...`

Services that nobody talks to, the documentation of the others, and other services' addresses. What stays is written
without compression, as reading it is a part of every cold start.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any


def main(data: Path, services: set[str]) -> None:
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in services:
            shutil.rmtree(folder)
    for packed in data.rglob("*.json.gz"):
        write(packed.with_suffix(""), undocumented(json.loads(gzip.decompress(packed.read_bytes()))))
        packed.unlink()
    addresses = json.loads((data / "endpoints.json").read_text(encoding="utf-8"))
    kept = services | {address_name(data, service) for service in services}
    for partition in addresses["partitions"]:
        partition["services"] = {name: said for name, said in partition["services"].items() if name in kept}
    write(data / "endpoints.json", addresses)


def address_name(data: Path, service: str) -> str:
    """The name under which a service's addresses stand, `states` for `stepfunctions`."""
    newest = max((data / service).iterdir())
    prefix: str = json.loads((newest / "service-2.json").read_text(encoding="utf-8"))["metadata"]["endpointPrefix"]
    return prefix


def undocumented(value: Any) -> Any:
    if isinstance(value, dict):
        # A member may be called so too; then it is a shape, not a text.
        return {
            name: undocumented(part)
            for name, part in value.items()
            if not (name == "documentation" and isinstance(part, str))
        }
    return [undocumented(part) for part in value] if isinstance(value, list) else value


def write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), set(sys.argv[2:]))
