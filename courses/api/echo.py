"""Trees that come back as they were read: what says what is there already is no change, shown or written."""

from collections.abc import Mapping
from typing import Any


def without_echo(sent: Any, shown: Mapping[str, Any]) -> Any:
    """Return a sent tree without what says the same as `shown`, the present tree as its reader gets it.

    So a client may send back the very tree it read, with figures and locks in it. What differs stays in, to be
    written, or refused as an unknown field where it is only shown.
    """
    modules = {node["id"]: node for node in shown["modules"]}
    lessons = {lesson["id"]: lesson for node in modules.values() for lesson in node["lessons"]}
    tree = _less(sent, shown, "modules")
    if isinstance(tree, dict) and isinstance(tree.get("modules"), list):
        tree["modules"] = [_less(node, _present(node, modules), "lessons") for node in tree["modules"]]
        for node in tree["modules"]:
            if isinstance(node, dict) and isinstance(node.get("lessons"), list):
                node["lessons"] = [_less(one, _present(one, lessons), "") for one in node["lessons"]]
    return tree


def _present(node: Any, known: Mapping[str, Any]) -> Mapping[str, Any]:
    name = node.get("id") if isinstance(node, Mapping) else None
    return known.get(name, {}) if isinstance(name, str) else {}


def _less(sent: Any, shown: Mapping[str, Any], below: str) -> Any:
    if not isinstance(sent, Mapping):
        return sent
    return {
        name: value
        for name, value in sent.items()
        if name in ("id", below) or name not in shown or shown[name] != value
    }
