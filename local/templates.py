"""Makes the `Platform` out of `template.yaml` and its nested stacks; nothing of it is declared a second time.

`local.intrinsics` resolves the stacks to literals, then SAM CLI's own provider reads them: it merges `Globals`, adds
implicit APIs and refuses what SAM would refuse. The result is kept under `.local/` for as long as no template changes.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import roles
from local.intrinsics import Stack, TemplateError
from local.model import EventSource, Function, Platform, Resource, Role
from local.names import FUNCTION, NESTED_STACKS, identify, named

__all__ = ["TemplateError", "environment", "load", "read"]

_CACHE = Path(".local") / "templates.pickle"
# The logger of a function takes this variable when it is made; it is the one that differs by domain.
_PER_FUNCTION = frozenset({"POWERTOOLS_SERVICE_NAME"})


def load(root: Path, parameters: Mapping[str, str] | None = None, *, cache: bool = True) -> Platform:
    """The platform that `root/template.yaml` declares. `parameters` override the root stack's defaults.

    Raises `TemplateError` where a template is missing, not YAML, refers to nothing or would be refused by SAM.
    """
    root = root.resolve()
    key = _cache_key(root, parameters)
    kept = _kept(root, key) if cache else None
    if kept is not None:
        return kept
    templates: dict[Path, bytes] = {}
    stack = Stack(root / "template.yaml", lambda file: _read_template(file, templates), given=parameters)
    platform = _platform(root, stack)
    if cache:
        _write_cache(root, key, templates, platform)
    return platform


def read(file: Path) -> dict[str, Any]:
    """A template as it is written, CloudFormation's short forms spelled out. Raises `TemplateError`."""
    return _read_template(file, {})


def environment(platform: Platform) -> dict[str, str]:
    """The variables of all functions as one process has them.

    Raises `TemplateError` where two functions give one variable different values: in one process only one can hold.
    """
    merged: dict[str, str] = {}
    origin: dict[str, str] = {}
    for function in platform.functions.values():
        for name, value in function.environment.items():
            if name in _PER_FUNCTION:
                continue
            if merged.setdefault(name, value) != value:
                raise TemplateError(
                    f"{name} is '{merged[name]}' in {origin[name]} but '{value}' in {function.logical_id}; "
                    "one name has one meaning in every function"
                )
            origin.setdefault(name, function.logical_id)
    return merged


def _platform(root: Path, stack: Stack) -> Platform:
    functions: dict[str, Function] = {}
    resources: dict[str, Resource] = {}
    bearers: dict[tuple[str, str], str] = {}
    granted: dict[str, Role] = {}
    references: dict[Path, dict[str, str]] = {}
    for each in stack.walk():
        resolved = _resolved(each)
        granted |= roles.read(each, resolved)
        references[each.file] = roles.references(each)
        for logical_id, declared in _merged(each, resolved).items():
            kind, properties = declared["Type"], declared.get("Properties") or {}
            if kind == FUNCTION:
                if logical_id in functions:
                    raise TemplateError(f"{each.file}: function '{logical_id}' exists in another stack too")
                functions[logical_id] = _function(each, logical_id, properties)
            elif kind not in NESTED_STACKS:
                resource = _resource(each, logical_id, kind, properties)
                other = bearers.setdefault((kind, resource.name), f"{each.path}/{logical_id}")
                if named(kind) and other != f"{each.path}/{logical_id}":
                    raise TemplateError(f"{each.file}: '{logical_id}' and '{other}' are both called '{resource.name}'")
                unique = logical_id if logical_id not in resources else f"{each.path}/{logical_id}"
                resources[unique] = resource
    return Platform(root, functions, resources, granted, references)


def _resolved(stack: Stack) -> dict[str, Any]:
    """The stack with literals only, and without layers, which one process doesn't need."""
    resolved = stack.resolved()
    for resource in resolved["Resources"].values():
        if resource.get("Type") == FUNCTION:
            (resource.get("Properties") or {}).pop("Layers", None)
    (resolved.get("Globals") or {}).get("Function", {}).pop("Layers", None)
    return resolved


def _merged(stack: Stack, resolved: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The stack's resources as SAM CLI sees them, which is with `Globals` merged in."""
    from samcli.lib.providers.provider import Stack as SamStack

    parent = stack.path.rpartition("/")[0]
    chatty = logging.getLogger("samcli")
    level, chatty.level = chatty.level, logging.ERROR
    try:
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # SAM CLI's own
            return dict(SamStack(parent, stack.name, str(stack.file), {}, resolved).resources)
    except Exception as error:
        raise TemplateError(f"{stack.file}: {error}") from error
    finally:
        chatty.level = level


def _function(stack: Stack, logical_id: str, properties: Mapping[str, Any]) -> Function:
    code = (stack.file.parent / str(properties.get("CodeUri") or ".")).resolve()
    handler = str(properties.get("Handler") or "")
    module, dot, attribute = handler.rpartition(".")
    if not dot:
        raise TemplateError(f"{stack.file}: '{logical_id}' has no handler of the form module.function: '{handler}'")
    variables = (properties.get("Environment") or {}).get("Variables") or {}
    return Function(
        logical_id=logical_id,
        domain=stack.file.parent.name if stack.parent else code.name,
        code=code,
        module=module.replace("/", "."),
        attribute=attribute,
        environment={name: _variable(value) for name, value in variables.items()},
        timeout=int(properties.get("Timeout") or 3),
        memory=int(properties.get("MemorySize") or 128),
        events=tuple(
            EventSource(name, event["Type"], _plain_value(event.get("Properties") or {}))
            for name, event in (properties.get("Events") or {}).items()
        ),
    )


def _resource(stack: Stack, logical_id: str, kind: str, properties: Mapping[str, Any]) -> Resource:
    written = stack.declared.get(logical_id, {}).get("Type") == kind
    identity = stack.identity(logical_id) if written else identify(logical_id, kind, None, {})
    plain = _plain_value(properties)
    if isinstance(plain.get("DefinitionUri"), str):
        plain["DefinitionUri"] = str((stack.file.parent / plain["DefinitionUri"]).resolve())
    return Resource(logical_id, kind, plain, identity.name, identity.arn, stack.file)


def _variable(value: Any) -> str:
    return ("false", "true")[value] if isinstance(value, bool) else str(value)


def _plain_value(value: Any) -> Any:
    """Without the dict and str classes that SAM's translator leaves behind."""
    if isinstance(value, Mapping):
        return {str(key): _plain_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_value(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _read_template(file: Path, templates: dict[Path, bytes]) -> dict[str, Any]:
    import yaml

    try:
        content = templates[file] = file.read_bytes()
        template = yaml.load(content, Loader=_loader())  # noqa: S506 - a safe loader with CloudFormation's tags
    except OSError as error:
        raise TemplateError(f"{file}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise TemplateError(f"{file}: {error}") from error
    if not isinstance(template, dict):
        raise TemplateError(f"{file}: not a template")
    return template


def _loader() -> type[Any]:
    """SAM CLI's reading of the short forms (`!Ref`), on libyaml, which is ten times as fast as the loader it takes."""
    import yaml
    from samcli.yamlhelper import intrinsics_multi_constructor

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        pass

    Loader.add_multi_constructor("!", intrinsics_multi_constructor)
    Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))
    return Loader


def _cache_key(root: Path, parameters: Mapping[str, str] | None) -> str:
    readers = ("templates.py", "intrinsics.py", "names.py", "model.py", "roles.py", "transform.py")
    code = b"".join(Path(__file__).with_name(name).read_bytes() for name in readers)
    return hashlib.sha256(repr((root, sorted((parameters or {}).items()), sys.version)).encode() + code).hexdigest()


def _kept(root: Path, key: str) -> Platform | None:
    try:
        made_by, templates, platform = pickle.loads((root / _CACHE).read_bytes())  # noqa: S301 - our own file
        fresh = made_by == key and all(_digest(file.read_bytes()) == digest for file, digest in templates.items())
        return platform if fresh else None
    except Exception:  # a lost, cut or older file only means that the templates are read again
        return None


def _write_cache(root: Path, key: str, templates: Mapping[Path, bytes], platform: Platform) -> None:
    digests = {file: _digest(content) for file, content in templates.items()}
    file = root / _CACHE
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(exist_ok=True)
        draft.write_bytes(pickle.dumps((key, digests, platform)))
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
