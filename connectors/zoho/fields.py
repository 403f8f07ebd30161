"""Modules and fields of an organisation, as its settings describe them, and what they are to us.

What was read is kept for an hour for all processes: names of fields, sealed like the token, no data. A field that is new
is then read from every record, as the passes notice it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from connectors.contract import ActionKind, Collection, FieldType
from connectors.http import Sealed, shared
from connectors.zoho.client import Malformed, Rejected, Zoho
from connectors.zoho.options import Options

EMAILS = "Emails"
NOTES = "Notes"
KEPT_SECONDS = 3600.0
FIELDS_PER_CALL = 50
_NAMES = frozenset({"First_Name", "Last_Name", "Full_Name"})
_PEOPLE = frozenset({"Contacts", "Leads"})
_BUSINESS = frozenset(  # records of the business itself: an erasure takes the person out of them and leaves them standing
    """Accounts Deals Quotes Sales_Orders Purchase_Orders Invoices Products Price_Books Vendors Campaigns Solutions""".split()
)
_TYPES = {
    **dict.fromkeys(("text", "textarea", "website", "picklist", "multiselectpicklist", "formula"), FieldType.TEXT),
    **dict.fromkeys(("email",), FieldType.EMAIL),
    **dict.fromkeys(("phone",), FieldType.PHONE),
    **dict.fromkeys(("date", "datetime"), FieldType.DATE),
    **dict.fromkeys(("integer", "bigint", "double", "currency", "percent", "rollup_summary"), FieldType.NUMBER),
    **dict.fromkeys(("boolean",), FieldType.BOOLEAN),
    **dict.fromkeys(
        ("lookup", "ownerlookup", "userlookup", "multiselectlookup", "multiuserlookup"), FieldType.REFERENCE
    ),
    **dict.fromkeys(("fileupload", "imageupload", "profileimage"), FieldType.BINARY),
}
WRITABLE_TEXT = frozenset({"text", "textarea", "email", "phone", "website"})
_DERIVED = frozenset({"formula", "rollup_summary", "autonumber"})
VOLATILE = frozenset({"Last_Activity_Time", "Modified_By", "Modified_Time", "Tag", "Locked__s"})
"""Fields that move without the content moving: not part of a version."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One field. `type` is Zoho's, `label` its own word on how personal the field is; a `hidden` one the API does not show."""

    name: str
    type: str
    label: str = ""
    length: int = 0
    fixed: bool = False
    unique: bool = False
    hidden: bool = False
    mandatory: bool = False
    lookup: str = ""

    @property
    def kind(self) -> FieldType:
        return FieldType.NAME if self.name in _NAMES else _TYPES.get(self.type, FieldType.OTHER)

    @property
    def identifying(self) -> bool:
        return self.kind in (FieldType.EMAIL, FieldType.PHONE, FieldType.NAME) or bool(self.label)

    @property
    def derived(self) -> bool:
        return self.type in _DERIVED


@dataclass(frozen=True, slots=True)
class Module:
    """One module; `fields` in the order of its settings."""

    name: str
    editable: bool
    deletable: bool
    fields: Mapping[str, Spec] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/{self.name}"

    def shown(self) -> list[Spec]:
        """Fields that are read: not what is hidden, and not the full name that Zoho joins from its parts."""
        joined = "Full_Name" if "Last_Name" in self.fields else ""
        return [spec for spec in self.fields.values() if not spec.hidden and spec.name != joined]

    def asked(self) -> list[list[str]]:
        """Names of the fields, as many at a time as one call may ask for. The first ones carry what a version needs."""
        names = [spec.name for spec in self.shown() if spec.type != "subform" and spec.name != "Modified_Time"]
        names = ["Modified_Time", *names, *(spec.name for spec in self.shown() if spec.type == "subform")]
        return [names[at : at + FIELDS_PER_CALL] for at in range(0, len(names), FIELDS_PER_CALL)]

    def of_kind(self, *kinds: FieldType) -> list[Spec]:
        return [spec for spec in self.shown() if spec.kind in kinds]


class Catalogue:
    """The modules that are read. Loaded when first asked."""

    def __init__(self, zoho: Zoho, options: Options) -> None:
        self._zoho, self._options = zoho, options
        self._file = shared.digest("zoho catalogue", zoho.account, repr((options.modules, options.exclude)))
        self._sealed = Sealed(self._file, zoho.secret)
        self._modules: dict[str, Module] | None = None
        self._lists: dict[str, dict[str, tuple[str, str]]] = {}

    def modules(self) -> Mapping[str, Module]:
        """Modules by API name."""
        if self._modules is None:
            kept = self._kept()
            self._modules = kept if kept is not None else self._read()
        return self._modules

    def refresh(self) -> Mapping[str, Module]:
        """Read the settings now."""
        self._modules = self._read()
        return self._modules

    def related(self, module: str) -> Mapping[str, tuple[str, str]]:
        """Related lists of a module: API name -> (id, module)."""
        if module not in self._lists:
            body = self._zoho.get("/settings/related_lists", {"module": module})
            found = body.get("related_lists") if isinstance(body, dict) else []
            if not isinstance(found, list):
                raise Malformed
            self._lists[module] = {
                str(item["api_name"]): (str(item["id"]), str((item.get("module") or {}).get("api_name") or ""))
                for item in found
                if isinstance(item, dict) and item.get("api_name") and item.get("id")
            }
        return self._lists[module]

    def collections(self) -> list[Collection]:
        """The modules as collections, and the mails that hang off people."""
        found = [self._collection(module) for module in self.modules().values()]
        return [*found, Collection(EMAILS, fixed=True)] if self._options.emails else found

    def erases(self, module: str) -> ActionKind:
        """What an erasure does to the person's own record of a module."""
        said = self._options.erase.get(module)
        return ActionKind(said) if said else ActionKind.ANONYMISE if module in _BUSINESS else ActionKind.DELETE

    def _collection(self, module: Module) -> Collection:
        specs = module.shown()
        return Collection(
            name=module.name,
            fields={spec.name: spec.kind for spec in specs},
            labels={spec.name: spec.label for spec in specs if spec.label},
            links={spec.name: spec.lookup for spec in specs if spec.lookup in self.modules()}
            | ({"Parent_Id": next(iter(_PEOPLE & set(self.modules())), "")} if module.name == NOTES else {}),
            erase=self.erases(module.name),
            fixed=not (module.editable and module.deletable),
        )

    def _wanted(self, name: str) -> bool:
        read = not self._options.modules or any(fnmatchcase(name, pattern) for pattern in self._options.modules)
        return read and not any(fnmatchcase(name, pattern) for pattern in self._options.exclude)

    def _read(self) -> dict[str, Module]:
        body = self._zoho.get("/settings/modules")
        found = body.get("modules") if isinstance(body, dict) else None
        if not isinstance(found, list) or not found:
            raise Malformed
        modules = {}
        for item in found:
            name = item.get("api_name")
            if (
                not isinstance(name, str)
                or not name.replace("_", "").isalnum()
                or not _holds_records(item)
                or not self._wanted(name)
            ):
                continue
            bare = Module(name, item.get("editable") is not False, item.get("deletable") is not False)
            try:
                modules[name] = Module(name, bare.editable, bare.deletable, self._fields(name))
            except Rejected:  # shown as readable and is not: some modules have no fields of their own
                continue
        self._keep(modules)
        return modules

    def _fields(self, module: str) -> dict[str, Spec]:
        body = self._zoho.get("/settings/fields", {"module": module, "type": "all"})
        found = body.get("fields") if isinstance(body, dict) else None
        if not isinstance(found, list) or not found:
            raise Malformed
        specs = [_spec(item) for item in found if isinstance(item, dict)]
        return {spec.name: spec for spec in specs}

    def _keep(self, modules: Mapping[str, Module]) -> None:
        value = {"until": time.time() + KEPT_SECONDS, "modules": [asdict(module) for module in modules.values()]}
        with shared.locked(self._file) as file:
            shared.replace(file, self._sealed.seal(value))

    def _kept(self) -> dict[str, Module] | None:
        with shared.locked(self._file) as file:
            value = self._sealed.open(shared.content(file))
        if not value or value["until"] < time.time():
            return None
        return {
            item["name"]: Module(**{**item, "fields": {name: Spec(**spec) for name, spec in item["fields"].items()}})
            for item in value["modules"]
        }

    def forget(self) -> None:
        """Drop what was kept."""
        with shared.locked(self._file) as file:
            shared.replace(file, b"")


def _holds_records(item: Mapping[str, Any]) -> bool:
    return (
        item.get("api_supported") is True
        and item.get("viewable") is not False
        and item.get("status") in (None, "visible", "user_hidden")
        and item.get("generated_type") in (None, "default", "custom", "linking")
        and item.get("api_name") not in ("Attachments", EMAILS, "Actions_Performed")
    )


def _spec(item: Mapping[str, Any]) -> Spec:
    name, kind = item.get("api_name"), item.get("data_type")
    if not isinstance(name, str) or not isinstance(kind, str):
        raise Malformed
    private, crypt, lookup = item.get("private"), item.get("crypt"), item.get("lookup")
    words = []
    if isinstance(private, dict):
        words.append(str(private.get("type") or "personal"))
    if isinstance(crypt, dict) and crypt:
        words.append("encrypted")
    target = lookup.get("module") if isinstance(lookup, dict) else None
    length = item.get("length")
    fixed = item.get("read_only") is True or item.get("field_read_only") is True or kind in _DERIVED
    return Spec(
        name=name,
        type=kind,
        label=", ".join(words),
        length=int(length) if isinstance(length, int | float) else 0,
        fixed=fixed or kind not in WRITABLE_TEXT,
        unique=bool(item.get("unique")),
        mandatory=item.get("system_mandatory") is True,
        hidden=isinstance(private, dict) and private.get("restricted") is True,
        lookup=str(target.get("api_name") or "") if isinstance(target, dict) else "",
    )


def hidden(modules: Mapping[str, Module]) -> Iterator[str]:
    """`Module.Field` for each field that a privacy setting hides from the API."""
    for module in modules.values():
        yield from (f"{module.name}.{spec.name}" for spec in module.fields.values() if spec.hidden)


def people_modules(modules: Mapping[str, Module]) -> list[Module]:
    """Modules with an address, a number or a name of somebody."""
    kinds = (FieldType.EMAIL, FieldType.PHONE, FieldType.NAME)
    return [module for module in modules.values() if module.of_kind(*kinds)]


def is_person(module: str) -> bool:
    return module in _PEOPLE
