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
    DEVICE = "device"
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
    Label(
        "POSTAL_ADDRESS", "Street or post-office box with number, with postcode and town where given.", Group.CONTACT
    ),
    Label("WECHAT_ID", "Name in WeChat.", Group.CONTACT),
    Label("QQ_ID", "Number in QQ.", Group.CONTACT),
    Label("URL", "Web address.", Group.ONLINE),
    Label("IP_ADDRESS", "IPv4 or IPv6 address.", Group.ONLINE),
    Label("MAC_ADDRESS", "Hardware address of a network device.", Group.DEVICE),
    Label("IMEI", "Number of a mobile device (3GPP TS 23.003).", Group.DEVICE),
    Label("DEVICE_SERIAL", "Serial number of a device, named as such.", Group.DEVICE),
    Label("ADVERTISING_ID", "Advertising or device id, named as such (IDFA, GAID, OAID).", Group.DEVICE),
    Label("VIN", "Vehicle identification number (ISO 3779).", Group.DEVICE),
    Label("DE_KFZ", "German number plate.", Group.DEVICE),
    Label("CN_LICENSE_PLATE", "Chinese number plate, also of new-energy vehicles.", Group.DEVICE),
    Label("LICENSE_PLATE", "Number plate of another European country, or of any in a field of them.", Group.DEVICE),
    Label("IBAN_CODE", "International bank account number.", Group.FINANCIAL, never_disclose=True),
    Label("CREDIT_CARD", "Number of a payment card.", Group.FINANCIAL, never_disclose=True),
    Label(
        "CN_BANK_CARD",
        "Bank card of mainland China; UnionPay numbers are CREDIT_CARD too.",
        Group.FINANCIAL,
        never_disclose=True,
    ),
    Label(
        "BANK_ACCOUNT", "Number of a bank account without IBAN, named as such.", Group.FINANCIAL, never_disclose=True
    ),
    Label("US_BANK_NUMBER", "Number of a bank account in the United States.", Group.FINANCIAL, never_disclose=True),
    Label("CRYPTO", "Address of a Bitcoin wallet.", Group.FINANCIAL, never_disclose=True),
    Label("CN_ID_CARD", "Resident identity card number of China (GB 11643).", Group.GOVERNMENT_ID, never_disclose=True),
    Label("CN_PASSPORT", "Number of a Chinese passport.", Group.GOVERNMENT_ID, never_disclose=True),
    Label(
        "CN_TRAVEL_PERMIT",
        "Permit to travel between mainland China and Hong Kong, Macau or Taiwan.",
        Group.GOVERNMENT_ID,
        never_disclose=True,
    ),
    Label("HK_ID_CARD", "Hong Kong identity card number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("MO_ID_CARD", "Macau resident identity card number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label(
        "TW_ID_CARD", "Taiwan identity card or resident certificate number.", Group.GOVERNMENT_ID, never_disclose=True
    ),
    Label("DE_TAX_NUMBER", "German tax number of a tax office.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("FR_NIR", "French social security number (NIR).", Group.GOVERNMENT_ID, never_disclose=True),
    Label("FR_SPI", "French tax number (SPI).", Group.GOVERNMENT_ID, never_disclose=True),
    Label("NL_BSN", "Dutch citizen service number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("IE_PPSN", "Irish personal public service number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("BE_RRN", "Belgian national register or BIS number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("AT_SVNR", "Austrian social insurance number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("AT_TAX_NUMBER", "Austrian tax number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("LU_NIN", "National identification number of Luxembourg.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("CH_AHV", "Swiss old-age insurance number (AHV, AVS).", Group.GOVERNMENT_ID, never_disclose=True),
    Label("UK_UTR", "Unique taxpayer reference of the United Kingdom.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("PT_NIF", "Portuguese taxpayer number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("PT_CC", "Number of a Portuguese citizen card.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("GR_AMKA", "Greek social security number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("GR_AFM", "Greek tax number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("CY_TIC", "Cypriot tax identification code.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("MT_ID_CARD", "Maltese identity card number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DK_CPR", "Danish CPR number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("NO_FNR", "Norwegian birth or D number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("SE_PERSONNUMMER", "Swedish personal or coordination number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("IS_KENNITALA", "Icelandic identity number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label(
        "EE_LT_PERSONAL_CODE",
        "Estonian or Lithuanian personal code; their form is the same.",
        Group.GOVERNMENT_ID,
        never_disclose=True,
    ),
    Label("LV_PERSONAL_CODE", "Latvian personal code.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("CZ_SK_BIRTH_NUMBER", "Czech or Slovak birth number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("RO_CNP", "Romanian personal number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("HU_TAJ", "Hungarian social insurance number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("HU_TAX_ID", "Hungarian tax number of a person.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("BG_EGN", "Bulgarian civil number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("HR_OIB", "Croatian personal identification number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label(
        "SI_EMSO",
        "Slovenian EMŠO, or JMBG of other states of former Yugoslavia.",
        Group.GOVERNMENT_ID,
        never_disclose=True,
    ),
    Label(
        "PASSPORT",
        "Number of a passport of another European country, or of any in a field of them.",
        Group.GOVERNMENT_ID,
        never_disclose=True,
    ),
    Label("DE_TAX_ID", "German tax identification number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DE_PASSPORT", "Number of a German passport.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DE_ID_CARD", "Number of a German identity card.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DE_SOCIAL_SECURITY", "German pension insurance number.", Group.GOVERNMENT_ID, never_disclose=True),
    Label("DE_FUEHRERSCHEIN", "Number of a German driving licence.", Group.GOVERNMENT_ID, never_disclose=True),
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
    Label(
        "CN_SOCIAL_CREDIT_CODE",
        "Unified social credit code of China (GB 32100); those of sole traders are a person's.",
        Group.IDENTITY,
    ),
    Label("DE_HEALTH_INSURANCE", "German health insurance number.", Group.SPECIAL, never_disclose=True),
    Label("UK_NHS", "NHS number.", Group.SPECIAL, never_disclose=True),
    Label("US_MBI", "Medicare beneficiary identifier.", Group.SPECIAL, never_disclose=True),
    Label(
        "PASSWORD",
        "Password, PIN or security answer of an account, named as such.",
        Group.CREDENTIAL,
        never_disclose=True,
    ),
    Label("API_KEY", "Key of a service, or a random value called a secret.", Group.CREDENTIAL, never_disclose=True),
    Label("ACCESS_TOKEN", "JSON web token, bearer or basic credentials.", Group.CREDENTIAL, never_disclose=True),
    Label("PRIVATE_KEY", "Private key in PEM or OpenPGP armour.", Group.CREDENTIAL, never_disclose=True),
)

LABELS: Mapping[str, Label] = MappingProxyType({label.name: label for label in _ALL})
NEVER_DISCLOSE: frozenset[str] = frozenset(label.name for label in _ALL if label.never_disclose)


def grouped() -> dict[Group, tuple[Label, ...]]:
    """The types by group, in the order in which they are documented."""
    return {group: tuple(label for label in _ALL if label.group is group) for group in Group}
