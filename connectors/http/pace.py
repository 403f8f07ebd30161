"""How fast an account may be called: a rate and a number at once per class of endpoint, kept by all processes together."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from connectors.errors import Throttled
from connectors.http import shared

PATIENCE = 120.0
"""Seconds to wait for a turn before the work is put off."""


class PutOff(Throttled):
    """Our own bounds are met: this run makes no more calls."""


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `calls` in any `seconds`, at most `together` at once; None or 0: no such limit."""

    calls: int = 0
    seconds: float = 1.0
    together: int | None = None


class Limiter:
    """Turns for the calls of one account. `paces` by class of endpoint; a class that is not named has the one of ``""``."""

    def __init__(
        self,
        account: str,
        paces: Mapping[str, Pace],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,  # of the machine: the same for every process
    ) -> None:
        self._account, self._paces, self._sleep, self._clock = account, paces, sleep, clock

    @contextmanager
    def turn(self, kind: str) -> Iterator[None]:
        """Wait until a call of this class may be made; the place at once is held while the block runs.

        Raises `PutOff` when that would take longer than `PATIENCE`.
        """
        pace = self._paces.get(kind, self._paces.get("", Pace()))
        until = self._clock() + PATIENCE
        place = self._place(kind, pace, until)
        try:
            self._wait(kind, pace, until)
            yield
        finally:
            if place is not None:
                os.close(place)

    def _place(self, kind: str, pace: Pace, until: float) -> int | None:
        if not pace.together:
            return None
        pause = 0.01
        while True:
            for number in range(pace.together):
                place = shared.tried(shared.digest("place", self._account, kind, str(number)))
                if place is not None:
                    return place
            self._pause(pause, until)
            pause = min(pause * 2, 0.5)

    def _wait(self, kind: str, pace: Pace, until: float) -> None:
        """Note the time of this call among the last ones, when there is room for it."""
        if not pace.calls:
            return
        while True:
            with shared.locked(shared.digest("pace", self._account, kind)) as file:
                now = self._clock()
                found = struct.iter_unpack("d", shared.content(file))
                recent = [at for (at,) in found if now - pace.seconds < at <= now]  # later ones: before a reboot
                if len(recent) < pace.calls:
                    recent.append(now)
                    shared.replace(file, struct.pack(f"{len(recent)}d", *recent))
                    return
            self._pause(recent[-pace.calls] + pace.seconds - now, until)

    def _pause(self, seconds: float, until: float) -> None:
        if self._clock() + seconds > until:
            raise PutOff(
                "The store's limit of calls is used up for now.", advice="Try again later.", retry_after=seconds
            )
        self._sleep(max(seconds, 0.001))


class Budget:
    """Calls that one opened store may make at most; 0: any number."""

    def __init__(self, calls: int) -> None:
        self._calls = calls
        self.spent = 0

    def spend(self) -> None:
        """Count one call. Raises `PutOff` when none is left: what was read is kept, the next run goes on behind it."""
        if self._calls and self.spent >= self._calls:
            raise PutOff(
                "The calls that one run may make at this store are spent.",
                advice="The next run goes on from here; or raise the option `budget`.",
            )
        self.spent += 1
