"""Every recogniser there is, made for a language and a region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pii.recognizers import (
    accounts,
    addresses,
    births,
    china,
    china_regions,
    credentials,
    documents,
    europe_east,
    europe_north,
    europe_south,
    europe_west,
    fields,
    germany,
    messengers,
    people,
    people_zh,
    postal,
    postal_zh,
    vehicles,
)
from pii.recognizers.builtin import builtin
from pii.recognizers.custom import CustomPattern, CustomRecognizer
from pii.recognizers.groups import OTHER_NUMBERS, Contextual, GroupRecognizer, labels

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

OURS: tuple[type[GroupRecognizer], ...] = (
    addresses.EmailRecognizer,
    addresses.UrlRecognizer,
    accounts.IbanRecognizer,
    accounts.CardRecognizer,
    accounts.AccountNumberRecognizer,
    births.DateOfBirthRecognizer,
    china.CnIdCardRecognizer,
    china.CnMobileRecognizer,
    china.CnLandlineRecognizer,
    china.CnBankCardRecognizer,
    china.CnPassportRecognizer,
    china.CnTravelPermitRecognizer,
    china.CnSocialCreditCodeRecognizer,
    china.CnPlateRecognizer,
    china_regions.HkIdRecognizer,
    china_regions.MoIdRecognizer,
    china_regions.TwIdRecognizer,
    messengers.WeChatRecognizer,
    messengers.QqRecognizer,
    germany.DeTaxIdRecognizer,
    germany.DePensionNumberRecognizer,
    germany.DeHealthInsuranceRecognizer,
    germany.DeTaxNumberRecognizer,
    europe_west.FrNirRecognizer,
    europe_west.FrSpiRecognizer,
    europe_west.NlBsnRecognizer,
    europe_west.IePpsnRecognizer,
    europe_west.BeRrnRecognizer,
    europe_west.AtSvnrRecognizer,
    europe_west.AtTaxNumberRecognizer,
    europe_west.LuNinRecognizer,
    europe_west.ChAhvRecognizer,
    europe_west.UkUtrRecognizer,
    europe_south.EsDniRecognizer,
    europe_south.EsNieRecognizer,
    europe_south.PtNifRecognizer,
    europe_south.PtCcRecognizer,
    europe_south.GrAmkaRecognizer,
    europe_south.GrAfmRecognizer,
    europe_south.CyTicRecognizer,
    europe_south.MtIdRecognizer,
    europe_north.DkCprRecognizer,
    europe_north.NoFnrRecognizer,
    europe_north.SePersonnummerRecognizer,
    europe_north.FiHetuRecognizer,
    europe_north.IsKennitalaRecognizer,
    europe_north.EeLtPersonalCodeRecognizer,
    europe_north.LvPersonalCodeRecognizer,
    europe_east.CzSkBirthNumberRecognizer,
    europe_east.PlPeselRecognizer,
    europe_east.RoCnpRecognizer,
    europe_east.HuTajRecognizer,
    europe_east.HuTaxIdRecognizer,
    europe_east.BgEgnRecognizer,
    europe_east.HrOibRecognizer,
    europe_east.SiEmsoRecognizer,
    documents.DePassportRecognizer,
    documents.DeIdCardRecognizer,
    documents.DeDrivingLicenceRecognizer,
    documents.PassportRecognizer,
    vehicles.VinRecognizer,
    vehicles.DePlateRecognizer,
    vehicles.PlateRecognizer,
    vehicles.ImeiRecognizer,
    vehicles.SerialNumberRecognizer,
    vehicles.AdvertisingIdRecognizer,
    credentials.PasswordRecognizer,
    credentials.ApiKeyRecognizer,
    credentials.AccessTokenRecognizer,
    credentials.PrivateKeyRecognizer,
    postal.GermanAddressRecognizer,
    postal.EnglishAddressRecognizer,
    postal.RomanceAddressRecognizer,
    postal.PostBoxRecognizer,
    postal_zh.ZhAddressRecognizer,
    fields.FieldNameRecognizer,
    fields.WeChatFieldRecognizer,
    fields.QqFieldRecognizer,
    fields.PasswordFieldRecognizer,
    fields.ApiKeyFieldRecognizer,
    fields.AddressFieldRecognizer,
    fields.SerialFieldRecognizer,
    fields.PlateFieldRecognizer,
    fields.PassportFieldRecognizer,
    people.SalutationRecognizer,
    people.TitleRecognizer,
    people.SignatureRecognizer,
    people.NamedRecognizer,
    people.AttributionRecognizer,
    people.MailboxRecognizer,
    people_zh.ZhTitleRecognizer,
    people_zh.ZhNamedRecognizer,
    people_zh.ZhSignatureRecognizer,
    people_zh.ZhAttributionRecognizer,
)


def recognizers(language: str, region: str, custom: Sequence[CustomPattern] = ()) -> list[EntityRecognizer]:
    """The recognisers for texts of a language; telephone numbers without a country code are of `region`.

    `custom` are the operator's own patterns.
    """
    made: list[EntityRecognizer] = [
        *builtin(language),
        *(cls(language) for cls in OURS),
        addresses.PhoneRecognizer(language, regions=(region, "US", "GB", "DE", "FR", "CN")),
        *(CustomRecognizer(pattern, language) for pattern in custom),
    ]
    judged = [
        recognizer for recognizer in made if isinstance(recognizer, Contextual) and recognizer.RIVALS is OTHER_NUMBERS
    ]
    known = labels(recognizer.CONTEXT for recognizer in judged)
    for recognizer in judged:
        recognizer.rivals = known
    return made
