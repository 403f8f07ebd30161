"""Which scopes and rights an account holds, lacks, and does not need."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.contract import Health
from connectors.errors import MissingRights, Refused, Vanished
from connectors.zoho.client import Zoho
from connectors.zoho.fields import Module, hidden
from connectors.zoho.options import Options

NEEDED = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.modules.READ",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.settings.related_lists.READ",
    "ZohoCRM.settings.recycle_bin.READ",
    "ZohoCRM.settings.recycle_bin.DELETE",
    "ZohoSearch.securesearch.READ",
    "ZohoCRM.coql.READ",
)
MAILS = "ZohoCRM.modules.emails.READ"
_EXCESS = (
    "ZohoCRM.users",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.bulk",
    "ZohoCRM.notifications",
    "ZohoCRM.send_mail",
    "ZohoCRM.org",
)


def health(zoho: Zoho, modules: Mapping[str, Module], options: Options) -> Health:
    """Scopes by the token's own words, or, where it has none, by asking; rights on modules by the settings."""
    needed = (*NEEDED, *((MAILS,) if options.emails else ()))
    scopes = zoho.scopes()
    held = [name for name in needed if name in scopes] if scopes else _probed(zoho, modules)
    missing = (
        [name for name in needed if name not in held]
        if scopes
        else [n for n in _probes(zoho, modules) if n not in held]
    )
    missing += [f"edit {m.name}" for m in modules.values() if not m.editable]
    missing += [f"delete {m.name}" for m in modules.values() if not m.deletable]
    needless = sorted(scope for scope in scopes if scope not in needed and scope.startswith(_EXCESS))
    notes = []
    concealed = sorted(hidden(modules))
    if concealed:
        notes.append(
            f"Hidden from the API by a privacy setting of Zoho, so neither searched nor erased here: {', '.join(concealed)}."
        )
    if not scopes:
        notes.append(
            "Zoho did not name the token's scopes: rights to read were tried out, rights to write are not known."
        )
    if not options.attachments:
        notes.append("Files are not read: nobody is found who stands in a file only.")
    return Health(True, tuple(held), tuple(missing), tuple(needless), tuple(notes))


def _probes(zoho: Zoho, modules: Mapping[str, Module]) -> dict[str, Callable[[], object]]:
    module = next(iter(modules), "Contacts")
    return {
        "ZohoCRM.modules.ALL": lambda: zoho.get(f"/{module}", {"fields": "id", "per_page": "1"}),
        "ZohoCRM.settings.related_lists.READ": lambda: zoho.get("/settings/related_lists", {"module": module}),
        "ZohoCRM.settings.recycle_bin.READ": lambda: zoho.get("/settings/recycle_bin", {"per_page": "1"}),
        "ZohoSearch.securesearch.READ": lambda: zoho.get(f"/{module}/search", {"word": "zz", "per_page": "1"}),
        "ZohoCRM.coql.READ": lambda: zoho.coql(f"select id from {module} where id = '1' limit 1"),
    }


def _probed(zoho: Zoho, modules: Mapping[str, Module]) -> list[str]:
    held = ["ZohoCRM.settings.modules.READ", "ZohoCRM.settings.fields.READ"]  # without them we were not here
    for name, ask in _probes(zoho, modules).items():
        try:
            ask()
        except MissingRights:
            continue
        except (Refused, Vanished):  # understood, and refused for another reason
            held.append(name)
        else:
            held.append(name)
    return held
