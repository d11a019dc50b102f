"""House rules of names: a public name of the library is given once, and no module imports from a test module."""

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


def test_no_module_imports_from_a_test_module() -> None:
    """Helpers and fixtures that two modules need live in a module of their own, not in one of them."""
    found = [
        f"{file}:{node.lineno}"
        for folder in ("tests", "local", "benchmarks")
        for file in sorted(Path(folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom) and any(map(_is_test_module, _imported(node, file)))
    ]
    assert found == [], f"move the helpers to a module that is no test: {found}"


def _imported(node: ast.Import | ast.ImportFrom, file: Path) -> list[str]:
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.Import):
        return names
    package = file.parts[: -node.level] if node.level else ()
    module = ".".join([*package, *([node.module] if node.module else [])])
    return [module, *(f"{module}.{name}" for name in names)]


def _is_test_module(name: str) -> bool:
    package, _, module = name.rpartition(".")
    return (
        package.startswith("tests")
        and module.startswith("test_")
        and Path(*name.split(".")).with_suffix(".py").exists()
    )
