"""Which folders of an account are read."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.imap.client import Folder

_NO_MESSAGES = {"\\noselect", "\\nonexistent"}
_VIEWS = {"\\all", "\\flagged"}  # show messages of other folders once more (RFC 6154)


def chosen(folders: Sequence[Folder], include: Sequence[str], exclude: Sequence[str]) -> list[str]:
    """Names of the folders to read. A view of other folders is read only when `include` names it."""
    wanted, unwanted = {_name(item) for item in include}, {_name(item) for item in exclude}
    return [
        folder.name
        for folder in folders
        if not folder.attributes & _NO_MESSAGES
        and _name(folder.name) not in unwanted
        and (_name(folder.name) in wanted or (not wanted and not folder.attributes & _VIEWS))
    ]


def views(folders: Sequence[Folder], read: Sequence[str]) -> list[str]:
    """Names of the views over all messages that are not among the folders `read`."""
    return [folder.name for folder in folders if "\\all" in folder.attributes and folder.name not in read]


def _name(name: str) -> str:
    return "INBOX" if name.upper() == "INBOX" else name
