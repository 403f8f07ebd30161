"""Every recogniser there is, made for a language and a region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pii.recognizers import addresses, fields, identifiers, people, people_zh
from pii.recognizers.builtin import builtin
from pii.recognizers.custom import CustomPattern

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer


def recognizers(language: str, region: str, custom: Sequence[CustomPattern] = ()) -> list[EntityRecognizer]:
    """The recognisers for texts of a language; telephone numbers without a country code are of `region`.

    """
    return [
        *builtin(language),
        addresses.EmailRecognizer(language),
        addresses.UrlRecognizer(language),
        addresses.PhoneRecognizer(language, regions=(region, "US", "GB", "DE", "FR", "CN")),
        identifiers.CnIdCardRecognizer(language),
        identifiers.CnMobileRecognizer(language),
        identifiers.DateOfBirthRecognizer(language),
        identifiers.PasswordRecognizer(language),
        fields.FieldNameRecognizer(language),
        people.SalutationRecognizer(language),
        people.TitleRecognizer(language),
        people.SignatureRecognizer(language),
        people.NamedRecognizer(language),
        people.AttributionRecognizer(language),
        people.MailboxRecognizer(language),
        people_zh.ZhTitleRecognizer(language),
        people_zh.ZhNamedRecognizer(language),
        people_zh.ZhSignatureRecognizer(language),
        people_zh.ZhAttributionRecognizer(language),
    ]
