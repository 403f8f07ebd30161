"""Where something stands in an answer: `paging.next.after`, or `associations.notes.results[].id` for many."""

from __future__ import annotations

from typing import Any

from connectors.errors import Terminal


class Malformed(Terminal):
    """The service answered, and not in the form that its description promises."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"The service's answer does not have the form that is described for it ({where}).",
            advice="Compare the description with the service's documentation, version by version.",
        )


def one(answer: Any, path: str) -> Any:
    """What stands there; None when nothing does. An empty path is the answer itself. Raises `Malformed`."""
    for step in path.split(".") if path else ():
        if answer is None:
            return None
        if not isinstance(answer, dict):
            raise Malformed(path)
        answer = answer.get(step)
    return answer


def many(answer: Any, path: str) -> list[Any]:
    """Everything that stands there. `[]` behind a step goes through a list. Raises `Malformed`."""
    found = [answer]
    for step in path.split(".") if path else ():
        name, through, _ = step.partition("[]")
        found = [one(item, name) for item in found]
        found = [item for item in found if item is not None]
        if through:
            if not all(isinstance(item, list) for item in found):
                raise Malformed(path)
            found = [inner for item in found for inner in item]
    return found
