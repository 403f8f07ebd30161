"""Fxiaoke (纷享销客, ShareCRM), open platform v2."""

from __future__ import annotations

from connectors.contract import Store
from connectors.errors import BadSettings
from connectors.fxiaoke.options import FxiaokeOptions
from connectors.limits import DEFAULTS, Limits


class _Fxiaoke:
    """The kind `fxiaoke`."""

    name = "fxiaoke"
    options: type = FxiaokeOptions

    def open(self, options: object, limits: Limits = DEFAULTS) -> Store:
        """Open the store; nothing is called before it is first used. Raises `BadSettings`."""
        from connectors.fxiaoke.store import opened

        if not isinstance(options, FxiaokeOptions):
            raise BadSettings("These are not options of a store of kind fxiaoke.", advice="Use `FxiaokeOptions`.")
        return opened(options, limits)


KIND = _Fxiaoke()
