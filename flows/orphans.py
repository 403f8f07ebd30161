"""No process of ours outlives the one that started it: a killed supervisor must not leave workers that nobody sees."""

from __future__ import annotations

import os
import threading
import time

PARENT = "REDRESS_PARENT"


def children_of_mine() -> dict[str, str]:
    """The variable that tells a child who its parent is: one that dies before the child is awake must be missed too."""
    return {PARENT: str(os.getpid())}


def die_with_parent(every: float = 0.5) -> None:
    """End this process, at once and whatever it does, when its parent has gone. Every step survives that."""
    parent = int(os.environ.get(PARENT) or os.getppid())

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os._exit(70)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
