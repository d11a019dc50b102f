"""House rule: a public name of the library is given once, so that a wrong import cannot fail silently."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

LIBRARY = Path("layers/core/batua")


def _public_names(module: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {name for name in names if not name.startswith("_")}


def test_a_public_name_is_defined_in_one_module_only() -> None:
    modules: defaultdict[str, list[str]] = defaultdict(list)
    for file in sorted(LIBRARY.rglob("*.py")):
        for name in _public_names(ast.parse(file.read_text())):
            modules[name].append(str(file.relative_to(LIBRARY)))
    repeated = {name: files for name, files in modules.items() if len(files) > 1}
    assert repeated == {}, f"defined more than once: {repeated}"
