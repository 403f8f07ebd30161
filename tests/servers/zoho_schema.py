"""Modules and fields of a Zoho CRM organisation, described as its settings API describes them (v8)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

USER = {"name": "Robin Example", "id": "554023000000235011"}
_IDS = itertools.count(554023000000500001)


def new_id() -> str:
    """An id as the service gives them: digits, too many for a float."""
    return str(next(_IDS))


@dataclass(frozen=True)
class ZohoField:
    """One field of a module; `private` is the label of the organisation's privacy settings."""

    name: str
    type: str = "text"
    length: int = 255
    mandatory: bool = False
    read_only: bool = False
    custom: bool = False
    unique: bool = False
    private: str = ""
    restricted: bool = False
    encrypted: bool = False
    lookup: str = ""
    values: tuple[str, ...] = ()
    columns: tuple[ZohoField, ...] = ()  # of a subform

    def described(self) -> dict[str, Any]:
        """As GET /settings/fields gives it."""
        private = {"restricted": self.restricted, "type": self.private or "Low", "export": True}
        return {
            "id": f"554023{abs(hash(self.name)) % 10**12:012}",
            "api_name": self.name,
            "field_label": self.name.replace("_", " "),
            "display_label": self.name.replace("_", " "),
            "data_type": self.type,
            "json_type": _JSON.get(self.type, "string"),
            "length": self.length,
            "type": "used",
            "system_mandatory": self.mandatory,
            "read_only": self.read_only,
            "field_read_only": self.read_only,
            "custom_field": self.custom,
            "created_source": "default",
            "private": private if self.private or self.restricted else None,
            "crypt": {"mode": "decryption", "encrypt_case": None, "status": 1} if self.encrypted else None,
            "unique": {"case_sensitive": False} if self.unique else {},
            "lookup": {
                "api_name": self.name,
                "module": {"api_name": self.lookup, "crypt": False, "id": "554023000000002175"},
            }
            if self.lookup
            else {},
            "pick_list_values": [
                {
                    "display_value": value,
                    "reference_value": value,
                    "actual_value": value,
                    "sequence_number": at + 1,
                    "id": f"55402300000000{at:04}",
                    "type": "used",
                }
                for at, value in enumerate(self.values)
            ],
            "operation_type": dict.fromkeys(
                ("web_update", "api_create", "web_create", "api_update"), not self.read_only
            ),
            "view_type": dict.fromkeys(("view", "edit", "quick_create", "create"), True),
            "email_parser": {"fields_update_supported": False, "record_operations_supported": False},
            "association_details": None,
            "multi_module_lookup": {},
            "profiles": [{"permission_type": "read_write", "name": "Administrator", "id": "554023000000026011"}],
            "external": None,
            "range": None,
            "currency": {},
            "convert_mapping": {"Contacts": None, "Accounts": None, "Deals": None},
            "rollup_summary": {},
            "formula": {},
            "multiselectlookup": {},
            "auto_number": {},
            "display_type": -1,
            "ui_type": 1,
            **dict.fromkeys(
                "webhook filterable visible searchable sortable mass_update businesscard_supported".split(),
                not self.restricted,
            ),
            **dict.fromkeys(
                """colour_code_enabled_by_system enable_colour_code separator history_tracking_enabled virtual_field public
                display_field pick_list_values_sorted_lexically""".split(),
                False,
            ),
        }


_JSON = {
    "boolean": "boolean",
    "integer": "integer",
    "double": "double",
    "currency": "double",
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
    "multiselectpicklist": "jsonarray",
    "subform": "jsonarray",
    "fileupload": "jsonarray",
}


@dataclass
class ZohoModule:
    """One module. `display` is the field that bin and tombstones show; `lists` are related lists: name -> module."""

    name: str
    fields: dict[str, ZohoField]
    display: str
    lists: Mapping[str, str] = field(default_factory=dict)
    supported: bool = True

    def described(self) -> dict[str, Any]:
        """As GET /settings/modules gives it."""
        yes = "global_search_supported sub_menu_available viewable editable creatable convertable show_as_tab triggers_supported"
        return {
            "id": f"554023{abs(hash(self.name)) % 10**12:012}",
            "api_name": self.name,
            "module_name": self.name,
            "plural_label": self.name,
            "singular_label": self.name.removesuffix("s"),
            "api_supported": self.supported,
            "deletable": True,
            "recycle_bin_on_delete": True,
            "generated_type": "custom" if self.name.startswith("Custom") else "default",
            "status": "visible",
            "description": None,
            "profile_count": 1,
            "profiles": [{"name": "Administrator", "id": "554023000000026011"}],
            "sequence_number": 1,
            "public_fields_configured": False,
            "has_more_profiles": False,
            **dict.fromkeys(yes.split(), True),
        }


def _module(name: str, display: str, fields: Iterable[ZohoField], lists: Mapping[str, str] | None = None) -> ZohoModule:
    common = (
        ZohoField("Owner", "ownerlookup"),
        ZohoField("Created_By", "ownerlookup", read_only=True),
        ZohoField("Modified_By", "ownerlookup", read_only=True),
        ZohoField("Created_Time", "datetime", read_only=True),
        ZohoField("Modified_Time", "datetime", read_only=True),
    )
    return ZohoModule(name, {item.name: item for item in (*fields, *common)}, display, lists or {})


def organisation() -> dict[str, ZohoModule]:
    """A small company: people in every type of field."""
    person = (
        ZohoField("First_Name", length=40),
        ZohoField("Last_Name", length=80, mandatory=True),
        ZohoField("Full_Name", length=120, read_only=True),
        ZohoField("Email", "email", length=100, private="Medium"),
        ZohoField("Secondary_Email", "email", length=100),
        ZohoField("Phone", "phone", length=30, private="Medium"),
        ZohoField("Mobile", "phone", length=30),
        ZohoField("Description", "textarea", length=32000),
        ZohoField("Website", "website", length=450),
        ZohoField("Email_Opt_Out", "boolean"),
    )
    contact = (
        *person,
        ZohoField("Account_Name", "lookup", lookup="Accounts"),
        ZohoField("Date_of_Birth", "date", private="High"),
        ZohoField("Lead_Source", "picklist", values=("Advertisement", "Trade Show", "Referral")),
        ZohoField("Interests", "multiselectpicklist", values=("Bikes", "Boats"), custom=True),
        ZohoField("Mailing_Street", length=250),
        ZohoField("Mailing_City", length=100),
        ZohoField("Passport_Number", custom=True, private="High", encrypted=True),
        ZohoField("Health_Note", "textarea", custom=True, private="High", restricted=True),
        ZohoField("Customer_Number", custom=True, unique=True),
        ZohoField("Score", "formula", read_only=True, custom=True),
        ZohoField("Annual_Income", "currency", custom=True),
        ZohoField("Contract", "fileupload", custom=True),
        ZohoField("Record_Image", "profileimage"),
        ZohoField(
            "Relatives",
            "subform",
            custom=True,
            columns=(ZohoField("Relative_Name"), ZohoField("Relative_Email", "email")),
        ),
    )
    lists = {"Notes": "Notes", "Attachments": "Attachments", "Deals": "Deals", "Tasks": "Tasks", "Emails": "Emails"}
    who = ZohoField("Who_Id", "lookup", lookup="Contacts")
    modules = (
        _module("Contacts", "Full_Name", contact, lists),
        _module(
            "Leads",
            "Full_Name",
            (*person, ZohoField("Company"), ZohoField("Converted__s", "boolean", read_only=True)),
            lists,
        ),
        _module(
            "Accounts",
            "Account_Name",
            (ZohoField("Account_Name", mandatory=True), ZohoField("Phone", "phone", length=30)),
            {"Contacts": "Contacts", "Notes": "Notes"},
        ),
        _module(
            "Deals",
            "Deal_Name",
            (
                ZohoField("Deal_Name", mandatory=True),
                ZohoField("Contact_Name", "lookup", lookup="Contacts"),
                ZohoField("Account_Name", "lookup", lookup="Accounts"),
                ZohoField("Amount", "currency"),
                ZohoField("Stage", "picklist", values=("Qualification", "Closed Won")),
                ZohoField("Description", "textarea", length=32000),
            ),
            {"Notes": "Notes"},
        ),
        _module(
            "Tasks",
            "Subject",
            (ZohoField("Subject", mandatory=True), who, ZohoField("Description", "textarea", length=32000)),
        ),
        _module(
            "Notes",
            "Note_Title",
            (
                ZohoField("Note_Title", length=120),
                ZohoField("Note_Content", "textarea", length=32000, mandatory=True),
                ZohoField("Parent_Id", "lookup", lookup="se_module"),
            ),
        ),
    )
    found = {module.name: module for module in modules}
    found["Home"] = ZohoModule("Home", {}, "", supported=False)
    return found
