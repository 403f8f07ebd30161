"""What a person is known by, in normal form: e-mail addresses, phone numbers in E.164, names, customer numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

from discovery.fold import fold
from discovery.keys import code_keys, email_keys, name_keys, phone_key

_ADDRESS = re.compile(r"[^@\s\"<>,;:\x00-\x1f]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")

_SHORTEST = 8  # the plus sign and seven digits: less is a short code, which the index does not take for a number


class Kind(StrEnum):
    """Kinds of identifier."""

    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    CUSTOMER_ID = "customer_id"


class BadIdentifier(ValueError):
    """The value cannot be an identifier of this kind. The text does not repeat the value."""


@dataclass(frozen=True, slots=True)
class Normal:
    """An identifier in normal form; equal people's identifiers are equal strings."""

    kind: Kind
    value: str

    def keys(self) -> set[bytes]:
        """What the index is asked for."""
        match self.kind:
            case Kind.EMAIL:
                return email_keys(self.value)
            case Kind.PHONE:
                return {phone_key(self.value)}
            case Kind.NAME:
                return name_keys(self.value)
            case Kind.CUSTOMER_ID:
                return code_keys(self.value)


def normalise(kind: Kind, value: str, region: str) -> Normal:
    """Bring `value` into normal form; `region` (ISO 3166-1) reads phone numbers without a country code.

    Raises `BadIdentifier` with a sentence fit for the person who typed it.
    """
    cleaned = "".join(
        c for c in unicodedata.normalize("NFKC", value) if unicodedata.category(c) not in {"Cc", "Cf", "Cs"}
    )
    cleaned = " ".join(cleaned.split())
    match kind:
        case Kind.EMAIL:
            return Normal(kind, _email(cleaned))
        case Kind.PHONE:
            return Normal(kind, _phone(cleaned, region))
        case Kind.NAME:
            return Normal(kind, _name(cleaned))
        case Kind.CUSTOMER_ID:
            if not re.fullmatch(r"[\w./-]{1,64}", cleaned):
                raise BadIdentifier("The customer number has characters that customer numbers do not have.")
            return Normal(kind, cleaned)


def _email(value: str) -> str:
    address = value.strip("<>").strip()
    if not _ADDRESS.fullmatch(address) or ".." in address:
        raise BadIdentifier("This is not an e-mail address. It should look like name@example.com.")
    return fold(address)


def _phone(value: str, region: str) -> str:
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        raise BadIdentifier("This is not a phone number. Write it with the country code, like +49 30 123456.") from None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(number) or len(written) < _SHORTEST:
        raise BadIdentifier("This phone number has too few or too many digits. Write it with the country code.")
    return written


def _name(value: str) -> str:
    if not 2 <= len(value) <= 200 or not any(c.isalpha() for c in value):
        raise BadIdentifier("This is not a name: it has no letters, or more than 200 characters.")
    return value
