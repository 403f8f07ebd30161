"""Services that one YAML file describes: HubSpot is such a file, and so may be yours."""

from __future__ import annotations

from connectors.contract import Store
from connectors.declared.options import DeclaredOptions
from connectors.errors import BadSettings
from connectors.limits import DEFAULTS, Limits


class _Declared:
    """The kind `declared`."""

    name = "declared"
    options: type = DeclaredOptions

    def open(self, options: object, limits: Limits = DEFAULTS) -> Store:
        """Open the store; nothing is called before it is first used. Raises `BadSettings`."""
        from connectors.declared.opening import opened

        if not isinstance(options, DeclaredOptions):
            raise BadSettings("These are not options of a store of kind declared.", advice="Use `DeclaredOptions`.")
        return opened(options, limits)


KIND = _Declared()
