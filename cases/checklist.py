"""What an access answer says beside the data: the statute's checklist, filled from the controller's settings."""

from __future__ import annotations

from collections.abc import Sequence

from cases.package.content import Statement
from cases.tables import Case
from law.contents import required
from law.rule import Right
from office import Office
from settings import Controller

_TOPIC = {
    "storage_period": "storage",
    "authority": "complaint",
    "sources": "source",
    "automated_decisions": "automated",
}
"""The package's name of a topic where it is not the law's."""
_INHERENT = frozenset({"confirmation", "copy"})  # the package itself

_UNSTATED = {
    "en": "The company has not stated this here. Ask {contact}.",
    "de": "Das Unternehmen hat dies hier nicht angegeben. Fragen Sie {contact}.",
    "zh": "公司未在此说明。请联系 {contact}。",
}
_RIGHTS = {
    "en": "You may ask for correction, erasure or restriction, and object, where the law provides for it. Write to {contact}.",
    "de": "Sie können Berichtigung, Löschung oder Einschränkung verlangen und widersprechen, soweit das Gesetz es vorsieht. "
    "Schreiben Sie an {contact}.",
    "zh": "在法律规定的范围内，您可以要求更正、删除或限制处理，也可以拒绝处理。请联系 {contact}。",
}
_CATEGORIES = {
    "en": "Data in these systems and collections: {places}.",
    "de": "Daten in diesen Systemen und Sammlungen: {places}.",
    "zh": "以下系统与类别中的数据：{places}。",
}


def unstated(office: Office, case: Case) -> list[str]:
    """What the answer to an access request would lack: topics the statute asks for and the controller has not stated in its
    settings. The answer says of each whom to ask; it is told beforehand, so that it can be filled in."""
    if case.right != Right.ACCESS:
        return []
    controller = office.settings.controller
    asked = [item for item in required("access", case.regime) if item.key not in _INHERENT]
    return [f"{item.title} ({item.cite})" for item in asked if not _stated(controller, item.key)]


def _stated(controller: Controller, key: str) -> bool:
    return key in {"rights", "categories"} or bool(getattr(controller, key, ""))


def checklist(case: Case, controller: Controller, places: Sequence[str]) -> dict[str, Statement]:
    """A statement per topic the statute asks for. A topic the controller has not stated says so and whom to ask:
    leaving it out would be a defective answer (GDPR Art. 15(1))."""
    language = case.language if case.language in _RIGHTS else "en"
    stated = {
        "purposes": controller.purposes,
        "recipients": controller.recipients,
        "storage_period": controller.storage_period,
        "sources": controller.sources,
        "automated_decisions": controller.automated_decisions,
        "transfers": controller.transfers,
        "authority": controller.authority,
        "rights": _RIGHTS[language].format(contact=controller.contact),
        "categories": _CATEGORIES[language].format(places=", ".join(places)) if places else "",
    }
    unstated = _UNSTATED[language].format(contact=controller.contact)
    found: dict[str, Statement] = {}
    for content in required("access", case.regime):
        if content.key not in _INHERENT:
            topic = _TOPIC.get(content.key, content.key)
            title = "" if (topic == content.key and content.key in stated) or content.key in _TOPIC else content.title
            found[topic] = Statement(stated.get(content.key) or unstated, content.cite, title)
    return found
