"""Takes out of botocore's data what no function reads: `python trim.py <botocore/data> <service>[:<operation>,...]...`

Services that nobody talks to, the documentation of the others, other services' addresses, and the operations that are
not named where some are. What stays is written without compression, as reading it is a part of every cold start.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any


def main(data: Path, wanted: list[str]) -> None:
    operations = {service: set(named.split(",")) for service, _, named in (each.partition(":") for each in wanted)}
    services = set(operations)
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in services:
            shutil.rmtree(folder)
    for packed in data.rglob("*.json.gz"):
        write(packed.with_suffix(""), undocumented(json.loads(gzip.decompress(packed.read_bytes()))))
        packed.unlink()
    for service, named in operations.items():
        for file in (data / service).glob("*/service-2.json"):
            if named != {""}:
                write(file, only(json.loads(file.read_text(encoding="utf-8")), named))
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


def only(model: dict[str, Any], named: set[str]) -> dict[str, Any]:
    """The model of a service with these operations, and the shapes that they are made of."""
    operations = {name: said for name, said in model["operations"].items() if name in named}
    shapes: dict[str, Any] = {}
    left = shapes_in(list(operations.values()))
    while left:
        name = left.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            left += shapes_in(shapes[name])
    return {**model, "operations": operations, "shapes": shapes}


def shapes_in(value: Any) -> list[str]:
    """The names of shapes that stand in a part of a model, however deep."""
    if isinstance(value, list):
        return [name for part in value for name in shapes_in(part)]
    if not isinstance(value, dict):
        return []
    own = [value["shape"]] if isinstance(value.get("shape"), str) else []
    return own + [name for part in value.values() for name in shapes_in(part)]


def undocumented(value: Any) -> Any:
    if isinstance(value, dict):
        # A member may be called so too; then it is a shape, not a text.
        kept = {
            name: undocumented(part)
            for name, part in value.items()
            if not (name == "documentation" and isinstance(part, str))
        }
        for parameter in kept.get("clientContextParams", {}).values():
            parameter["documentation"] = ""  # botocore reads it of these, and fails without it (S3 has some)
        return kept
    return [undocumented(part) for part in value] if isinstance(value, list) else value


def write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
