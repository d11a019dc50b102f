"""What an UpdateExpression makes of an item: every operand is read from the item as it was before."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from .errors import ItemRefused, ValidationError
from .expressions import Update
from .operators import added
from .paths import Context, Path, Step, read_path
from .values import Item, Value, kind_of


def apply(update: Update, before: Item, context: Context, key_names: tuple[str, ...]) -> Item:
    """The item after the update. `before` stays as it is, also when an action is refused half-way."""
    _refuse_keys_and_overlaps(update, tuple(context.names.items()), key_names)
    nested = any(len(path.steps) > 1 for path in _paths(update))
    after = msgspec.json.decode(msgspec.json.encode(before)) if nested else dict(before)
    for path, operand in update.set:
        value = operand(before, context)
        assert value is not None
        _write(after, path.resolve(context), value)
    for path in update.remove:
        _remove(after, path.resolve(context))
    for path, label in update.add:
        steps = path.resolve(context)
        _write(after, steps, _add(_value_at(before, steps), context.value(label)))
    for path, label in update.delete:
        steps = path.resolve(context)
        left = _delete(_value_at(before, steps), context.value(label))
        if left is None:
            _remove(after, steps)
        else:
            _write(after, steps, left)
    return after


def touched(update: Update, context: Context) -> set[str]:
    """The attributes that the update names."""
    return {str(path.resolve(context)[0]) for path in _paths(update)}


def _paths(update: Update) -> list[Path]:
    pairs = (*update.set, *update.add, *update.delete)
    return [*(pair[0] for pair in pairs), *update.remove]


@lru_cache(4096)
def _refuse_keys_and_overlaps(update: Update, names: tuple[tuple[str, str], ...], key_names: tuple[str, ...]) -> None:
    context = Context(dict(names), {})
    paths = [path.resolve(context) for path in _paths(update)]
    for path in paths:
        if path[0] in key_names:
            raise ValidationError(
                f"One or more parameter values were invalid: Cannot update attribute {path[0]}. "
                "This attribute is part of the key"
            )
    for number, one in enumerate(paths):
        for other in paths[number + 1 :]:
            shorter = min(len(one), len(other))
            if one[:shorter] == other[:shorter]:
                raise ValidationError(
                    "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one "
                    f"of these paths; path one: {list(one)}, path two: {list(other)}"
                )


def _value_at(item: Item, steps: tuple[Step, ...]) -> Value | None:
    return read_path(item, steps)


def _container(item: Item, steps: tuple[Step, ...]) -> Any:
    """The dict or list that holds the last step."""
    holder: Value | None = {"M": item}
    for step in steps[:-1]:
        holder = _member(holder, step)
    if holder is None or ("L" if isinstance(steps[-1], int) else "M") not in holder:
        raise ItemRefused("The document path provided in the update expression is invalid for update")
    return holder["L" if isinstance(steps[-1], int) else "M"]


def _member(holder: Value | None, step: Step) -> Value | None:
    if holder is None:
        return None
    if isinstance(step, int):
        elements = holder.get("L", [])
        return elements[step] if step < len(elements) else None
    members: dict[str, Value] = holder.get("M", {})
    return members.get(step)


def _write(item: Item, steps: tuple[Step, ...], value: Value) -> None:
    if len(steps) == 1:
        item[str(steps[0])] = value
        return
    container, last = _container(item, steps), steps[-1]
    if isinstance(last, int) and last >= len(container):
        container.append(value)  # behind the end of a list DynamoDB appends
    else:
        container[last] = value


def _remove(item: Item, steps: tuple[Step, ...]) -> None:
    if len(steps) == 1:
        item.pop(str(steps[0]), None)
        return
    container, last = _container(item, steps), steps[-1]
    if isinstance(last, int):
        if last < len(container):
            del container[last]
    else:
        container.pop(last, None)


def _add(present: Value | None, value: Value) -> Value:
    kind = kind_of(value)
    if kind not in ("N", "SS", "NS", "BS"):
        raise ValidationError(
            "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: "
            f"{kind}"
        )
    if present is None:
        return value
    if kind not in present:
        raise ItemRefused("An operand in the update expression has an incorrect data type")
    if kind == "N":
        return {"N": added(present["N"], value["N"])}
    return {kind: [*present[kind], *(member for member in value[kind] if member not in present[kind])]}


def _delete(present: Value | None, value: Value) -> Value | None:
    """What is left of a set; None where nothing is."""
    kind = kind_of(value)
    if kind not in ("SS", "NS", "BS"):
        raise ValidationError(
            "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, "
            f"operand type: {kind}"
        )
    if present is None:
        return None
    if kind not in present:
        raise ItemRefused("An operand in the update expression has an incorrect data type")
    left = [member for member in present[kind] if member not in value[kind]]
    return {kind: left} if left else None
