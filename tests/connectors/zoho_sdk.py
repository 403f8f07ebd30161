"""The vendor's own SDK (zohocrmsdk8-0) at work on a server, in a process of its own: it is a process-wide singleton.

`python -m tests.connectors.zoho_sdk URL ID FOLDER` searches, reads, updates and deletes the contact with this id, then asks for
what was deleted, and prints what it saw as JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tests.servers.zoho_http import CLIENT

ADDRESS = "lena.novak@example.com"


def main() -> None:
    url, id, folder = sys.argv[1:]
    Path(folder, "resources").mkdir(exist_ok=True)
    initialise(url, Path(folder))
    print(json.dumps(drive(int(id))))


def initialise(url: str, folder: Path) -> None:
    """Aim the SDK at the server."""
    from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
    from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
    from zohocrmsdk.src.com.zoho.api.logger import Logger
    from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
    from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
    from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig

    Initializer.initialize(
        environment=DataCenter.Environment(url, f"{url}/oauth/v2/token", url),
        token=OAuthToken(
            client_id=CLIENT["client_id"],
            client_secret=CLIENT["client_secret"],
            refresh_token=CLIENT["refresh_token"],
            find_user=False,
        ),
        store=FileStore(file_path=str(folder / "tokens.txt")),
        sdk_config=SDKConfig(auto_refresh_fields=False, pick_list_validation=False),
        resource_path=str(folder / "resources"),
        logger=Logger.get_instance(level=Logger.Levels.ERROR, file_path=str(folder / "sdk.log")),
    )


def drive(id: int) -> dict[str, Any]:
    """What the SDK understood of each answer."""
    from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
    from zohocrmsdk.src.com.zoho.crm.api.record import (
        BodyWrapper,
        DeleteRecordParam,
        Field,
        GetDeletedRecordsHeader,
        GetDeletedRecordsParam,
        GetRecordsParam,
        Record,
        RecordOperations,
        SearchRecordsParam,
    )

    operations = RecordOperations("Contacts")
    seen: dict[str, Any] = {}

    found = ParameterMap()
    found.add(SearchRecordsParam.email, ADDRESS)
    seen["search"] = records(operations.search_records(found))

    listed = ParameterMap()
    listed.add(GetRecordsParam.fields, "id,Last_Name,Email")
    seen["list"] = records(operations.get_records(listed, HeaderMap()))

    seen["get"] = records(operations.get_record(id, ParameterMap(), HeaderMap()))

    change = Record()
    change.add_field_value(Field.Contacts.last_name(), "Erased")
    body = BodyWrapper()
    body.set_data([change])
    body.set_trigger([])
    seen["update"] = actions(operations.update_record(id, body, HeaderMap()))
    seen["after"] = records(operations.get_record(id, ParameterMap(), HeaderMap()))

    gone = ParameterMap()
    gone.add(DeleteRecordParam.wf_trigger, False)
    seen["delete"] = actions(operations.delete_record(id, gone, HeaderMap()))

    since = HeaderMap()
    since.add(GetDeletedRecordsHeader.if_modified_since, datetime.now(timezone(timedelta(0))) - timedelta(hours=1))
    kind = ParameterMap()
    kind.add(GetDeletedRecordsParam.type, "all")
    response = operations.get_deleted_records(kind, since)
    data = response.get_object().get_data()
    seen["deleted"] = [[item.get_id(), item.get_display_name(), text(item.get_type())] for item in data]

    again = operations.search_records(found)
    seen["empty"] = again.get_status_code()
    return seen


def records(response: Any) -> list[dict[str, Any]]:
    names = ("Last_Name", "Email", "Phone", "Date_of_Birth", "Email_Opt_Out", "Interests", "Annual_Income")
    found = response.get_object().get_data()
    return [
        {"id": item.get_id(), "modified": item.get_modified_time() is not None}
        | {name: text(item.get_key_value(name)) for name in names}
        for item in found
    ]


def actions(response: Any) -> list[str]:
    return [text(item.get_status()) + " " + text(item.get_code()) for item in response.get_object().get_data()]


def text(value: Any) -> Any:
    if isinstance(value, list):
        return [text(item) for item in value]
    inner = value.get_value() if hasattr(value, "get_value") else value
    return inner if inner is None or isinstance(inner, bool | int | float) else str(inner)


if __name__ == "__main__":
    main()
