"""Document paths, and what a parsed expression runs with: the names and values of one request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .errors import ValidationError
from .values import Item, Value


@dataclass(frozen=True)
class Context:
    """The names (`#name`) and values (`:value`) of one request."""

    names: dict[str, str]
    values: dict[str, Value]

    def value(self, label: str) -> Value:
        try:
            return self.values[label]
        except KeyError:
            raise ValidationError(
                f"Invalid expression: An expression attribute value used in expression is not defined; "
                f"attribute value: {label}"
            ) from None

    def name(self, label: str) -> str:
        if not label.startswith("#"):
            return label
        try:
            return self.names[label]
        except KeyError:
            raise ValidationError(
                f"Invalid expression: An expression attribute name used in the document path is not defined; "
                f"attribute name: {label}"
            ) from None


Step = str | int
Operand = Callable[[Item, Context], Value | None]
Test = Callable[[Item, Context], bool]


@dataclass(frozen=True)
class Path:
    """A document path: labels as they are written, and list indexes."""

    steps: tuple[Step, ...]

    def resolve(self, context: Context) -> tuple[Step, ...]:
        return tuple(context.name(step) if isinstance(step, str) else step for step in self.steps)

    def read(self, item: Item, context: Context) -> Value | None:
        if len(self.steps) == 1:
            return item.get(context.name(str(self.steps[0])))
        return read_path(item, self.resolve(context))


def read_path(item: Item, path: Iterable[Step]) -> Value | None:
    value: Value | None = {"M": item}
    for step in path:
        if value is None:
            return None
        if isinstance(step, int):
            elements = value.get("L")
            value = elements[step] if elements is not None and step < len(elements) else None
        else:
            value = value["M"].get(step) if "M" in value else None
    return value
