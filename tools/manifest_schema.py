"""The part of JSON Schema (draft 2020-12) that Models/schema.json uses. Standard library only."""

from __future__ import annotations

import re

# Words that say nothing about a value.
SILENT = {"$schema", "title", "description"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}


def problems(value: object, schema: dict, path: str = "") -> list[str]:
    """What in `value` does not fit `schema`, each with its place; empty when all fits.

    Raises ValueError for a word of JSON Schema that is not known here: a rule that is passed over is no rule.
    """
    found: list[str] = []
    for word, rule in schema.items():
        if word in SILENT or word in ("then", "else"):
            continue
        if word not in RULES:
            raise ValueError(f"the schema uses {word}, which is not known here")
        found += RULES[word](value, rule, path, schema)
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _type(value, rule, path, _):
    if rule == "integer":
        fits = _is_number(value) and value == int(value)
    elif rule == "number":
        fits = _is_number(value)
    else:
        fits = isinstance(value, TYPES[rule])
    return [] if fits else [f"{path or 'the manifest'} must be of type {rule}"]


def _same(a, b) -> bool:
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def _properties(value, rule, path, _):
    if not isinstance(value, dict):
        return []
    return [
        problem for name, part in rule.items() if name in value for problem in problems(value[name], part, _at(path, name))
    ]


def _additional(value, rule, path, schema):
    if rule is True or not isinstance(value, dict):
        return []
    others = [name for name in value if name not in schema.get("properties", {})]
    if rule is False:
        return [f"{_at(path, name)} is not known" for name in others]
    return [problem for name in others for problem in problems(value[name], rule, _at(path, name))]


def _items(value, rule, path, _):
    if not isinstance(value, list):
        return []
    return [problem for index, item in enumerate(value) for problem in problems(item, rule, f"{path}[{index}]")]


def _conditional(value, rule, path, schema):
    branch = "else" if problems(value, rule, path) else "then"
    return problems(value, schema.get(branch, {}), path)


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _number(is_wrong, words):
    def check(value, rule, path, _):
        return [f"{path} must be {words} {rule}"] if _is_number(value) and is_wrong(value, rule) else []

    return check


def _count(is_wrong, words):
    def check(value, rule, path, _):
        return [f"{path} must have {words} {rule} items"] if isinstance(value, list) and is_wrong(len(value), rule) else []

    return check


RULES = {
    "type": _type,
    "const": lambda value, rule, path, _: [] if _same(value, rule) else [f"{path} must be {rule!r}"],
    "enum": lambda value, rule, path, _: [] if any(_same(value, one) for one in rule) else [f"{path} must be one of {rule}"],
    "pattern": lambda value, rule, path, _: (
        [f"{path} does not match {rule}"] if isinstance(value, str) and not re.search(rule, value) else []
    ),
    "required": lambda value, rule, path, _: (
        [f"{_at(path, name)} is missing" for name in rule if name not in value] if isinstance(value, dict) else []
    ),
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "minItems": _count(lambda count, limit: count < limit, "at least"),
    "maxItems": _count(lambda count, limit: count > limit, "at most"),
    "minimum": _number(lambda value, limit: value < limit, "at least"),
    "maximum": _number(lambda value, limit: value > limit, "at most"),
    "exclusiveMinimum": _number(lambda value, limit: value <= limit, "above"),
    "anyOf": lambda value, rule, path, _: (
        [] if any(not problems(value, one, path) for one in rule) else [f"{path} fits none of its forms"]
    ),
    "allOf": lambda value, rule, path, _: [problem for one in rule for problem in problems(value, one, path)],
    "if": _conditional,
}
