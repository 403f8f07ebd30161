"""The entity types that detection yields: what each means, its group, and which are never disclosed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Group(StrEnum):
    """What kind of personal data a type is."""

    IDENTITY = "identity"
    CONTACT = "contact"
    ONLINE = "online"
    FINANCIAL = "financial"
    GOVERNMENT_ID = "government_id"
    CREDENTIAL = "credential"
    SPECIAL = "special"  # GDPR Art. 9; so far health only


@dataclass(frozen=True)
class Label:
    """One entity type. `never_disclose`: its value stays out of every answer under the CCPA, even to the verified
    person; the answer says instead that the type was collected (11 CCR 7024(d))."""

    name: str
    meaning: str
    group: Group
    never_disclose: bool = False


_ALL = (
    Label("PERSON", "Name of a natural person.", Group.IDENTITY),
    Label("DATE_OF_BIRTH", "Date of birth.", Group.IDENTITY),
    Label("LOCATION", "Place; found by language models only.", Group.CONTACT),
    Label("ORGANIZATION", "Name of an organisation; found by language models only.", Group.IDENTITY),
    Label("EMAIL_ADDRESS", "E-mail address.", Group.CONTACT),
    Label("PHONE_NUMBER", "Telephone number in any national or international form.", Group.CONTACT),
    Label("CN_MOBILE", "Mobile number of mainland China.", Group.CONTACT),
    Label("URL", "Web address.", Group.ONLINE),
    Label("IP_ADDRESS", "IPv4 or IPv6 address.", Group.ONLINE),
    Label("MAC_ADDRESS", "Hardware address of a network device.", Group.ONLINE),
    Label("IBAN_CODE", "International bank account number.", Group.FINANCIAL, never_disclose=True),
    Label("CREDIT_CARD", "Number of a payment card.", Group.FINANCIAL, never_disclose=True),
    Label("US_BANK_NUMBER", "Number of a bank account in the United States.", Group.FINANCIAL, never_disclose=True),
    Label("CRYPTO", "Address of a Bitcoin wallet.", Group.FINANCIAL, never_disclose=True),
    Label("CN_ID_CARD", "Resident identity card number of China (GB 11643).", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DE_TAX_ID", "German tax identification number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DE_PASSPORT", "Number of a German passport.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DE_ID_CARD", "Number of a German identity card.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DE_SOCIAL_SECURITY", "German pension insurance number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DE_FUEHRERSCHEIN", "Number of a German driving licence.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DE_KFZ", "German number plate.", Group.IDENTITY),
    Label("UK_NINO", "National Insurance number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("UK_PASSPORT", "Number of a British passport.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("UK_DRIVING_LICENCE", "Number of a British driving licence.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("US_SSN", "Social Security number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("US_ITIN", "Individual taxpayer identification number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("US_PASSPORT", "Number of a United States passport.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("US_DRIVER_LICENSE", "Number of a driver's licence.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("ES_NIF", "Spanish tax identification number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("ES_NIE", "Spanish identity number of foreigners.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("FI_PERSONAL_IDENTITY_CODE", "Finnish personal identity code.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("IT_FISCAL_CODE", "Italian fiscal code.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("PL_PESEL", "Polish PESEL number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DE_HEALTH_INSURANCE", "German health insurance number.", Group.SPECIAL, never_disclose=True),
    Label("UK_NHS", "NHS number.", Group.SPECIAL, never_disclose=True),
    Label("US_MBI", "Medicare beneficiary identifier.", Group.SPECIAL, never_disclose=True),
    Label("PASSWORD", "Password or PIN of an account, named as such.", Group.CREDENTIAL, never_disclose=True),
)

LABELS: Mapping[str, Label] = MappingProxyType({label.name: label for label in _ALL})
NEVER_DISCLOSE: frozenset[str] = frozenset(label.name for label in _ALL if label.never_disclose)


def grouped() -> dict[Group, tuple[Label, ...]]:
    """The types by group, in the order in which they are documented."""
    return {group: tuple(label for label in _ALL if label.group is group) for group in Group}
