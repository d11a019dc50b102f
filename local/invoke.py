"""`python -m local.invoke IssueCoins [event.json]`: one function, called once with its sample event.

Placeholders in an event come from the seed's credentials: `${merchant_live_key}`, `${rehook.username}` (dots
descend) and `${basic:rehook}`, the Base64 of its username and password.
"""

from __future__ import annotations

import argparse
import base64
import difflib
import json
import logging
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local import templates
from local.host import PARAMETERS, ROOT, LocalPlatform, NotStartedError
from local.intrinsics import TemplateError
from local.model import Function
from local.runner import FunctionError

_PLACEHOLDER = re.compile(r"\$\{([^{}]+)\}")


class UnusableError(Exception):
    """What was asked for can't be done; the message is for the person at the terminal."""


def fill(value: Any, credentials: dict[str, Any]) -> Any:
    """`value` with its placeholders replaced. Raises `UnusableError` for one that the credentials don't have."""
    if isinstance(value, dict):
        return {key: fill(item, credentials) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, credentials) for item in value]
    if not isinstance(value, str):
        return value
    return _PLACEHOLDER.sub(lambda match: _credential(match[1].strip(), credentials), value)


def sample_event(root: Path, function: Function) -> Path:
    return root / "events" / function.domain / f"{function.module}.json"


def main(arguments: list[str] | None = None, **options: Any) -> int:
    """0 when the function answered, 1 when it failed or couldn't be called. `options` are those of `LocalPlatform`."""
    parser = argparse.ArgumentParser(prog="python -m local.invoke", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("function", help="logical id, such as IssueCoins")
    parser.add_argument("event", nargs="?", type=Path, help="a JSON file; the function's sample event when left out")
    asked = parser.parse_args(arguments)
    stdout, sys.stdout = sys.stdout, sys.stderr
    logging.basicConfig(stream=sys.stderr, format="%(name)s %(message)s")
    try:
        function = _function(options.get("root", ROOT), asked.function)
        file = asked.event or sample_event(options.get("root", ROOT), function)
        event = _read_json(file)
        with TemporaryDirectory() as folder:
            # A platform of its own, with keys of its own: those of one that is running are left alone.
            own = {"credentials": Path(folder) / "credentials.json", **options}
            with LocalPlatform(port=3000, serve=False, **own) as platform:
                credentials = _read_json(platform.credentials) if platform.credentials.exists() else {}
                answer, status = platform.runner.invoke(function.logical_id, fill(event, credentials)), 0
    except FunctionError as error:
        answer, status = error.payload(), 1
    except (UnusableError, TemplateError, NotStartedError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        sys.stdout = stdout
    print(json.dumps(_readable(answer), indent=2, ensure_ascii=False))
    return status


def _function(root: Path, name: str) -> Function:
    functions = templates.load(root, PARAMETERS).functions
    if name in functions:
        return functions[name]
    wanted = name.replace("_", "").lower()
    by_lower = {logical_id.lower(): logical_id for logical_id in functions}
    near = [by_lower[match] for match in difflib.get_close_matches(wanted, by_lower, n=5, cutoff=0.5)]
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise UnusableError(f"There is no function '{name}'.{hint}")


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableError(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise UnusableError(f"{file} is not JSON: {error}") from error


def _credential(name: str, credentials: dict[str, Any]) -> str:
    if name.startswith("basic:"):
        owner = name.removeprefix("basic:")
        pair = f"{_credential(f'{owner}.username', credentials)}:{_credential(f'{owner}.password', credentials)}"
        return base64.b64encode(pair.encode()).decode()
    value: Any = credentials
    for step in name.split("."):
        if not isinstance(value, dict) or step not in value:
            known = ", ".join(sorted(credentials)) or "none"
            raise UnusableError(f"${{{name}}} is not in the credentials; there are {known}")
        value = value[step]
    return str(value)


def _readable(answer: Any) -> Any:
    """A response whose JSON body is shown as JSON."""
    if isinstance(answer, dict) and isinstance(answer.get("body"), str) and not answer.get("isBase64Encoded"):
        try:
            return {**answer, "body": json.loads(answer["body"])}
        except ValueError:
            return answer
    return answer


if __name__ == "__main__":
    sys.exit(main())
