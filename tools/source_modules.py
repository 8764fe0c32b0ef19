"""Reads the data of a package's Python module without running it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any


def load_literal(path: Path, name: str) -> Any:
    """The literal that the module at ``path`` assigns to ``name``, or that its function ``name`` returns.

    Raises KeyError if there is none and ValueError if it is no literal.
    """
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    return ast.literal_eval(inner.value)
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == name for t in node.targets
        ):
            return _literal(node.value)
    raise KeyError(f"{path.name} has no literal {name}.")


def _literal(node: ast.expr) -> Any:
    """``ast.literal_eval``, and ``OrderedDict((pairs))`` as a dict."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "OrderedDict":
        return dict(ast.literal_eval(node.args[0]))
    return ast.literal_eval(node)
