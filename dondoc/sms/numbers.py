"""Which telephone numbers can take an SMS, in the one form they are known by."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from config.errors import Refused

# Numbers of eleven digits lost one in 2018: their old beginning → today's (without the leading nought).
_BEFORE_2018 = {
    "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39",
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",
    "186": "56", "188": "58", "199": "59",
}  # fmt: skip
_WHY_NOT = {
    PhoneNumberType.FIXED_LINE: "is a landline",
    PhoneNumberType.SHARED_COST: "is a service number",
    PhoneNumberType.PREMIUM_RATE: "is a service number",
    PhoneNumberType.TOLL_FREE: "is a service number",
    PhoneNumberType.UAN: "is a service number",
}


class NoMobile(Refused):
    """A number that takes no SMS: says why. The number itself is not repeated, it would end up in a log."""


def mobile(text: str) -> str:
    """Return a Vietnamese mobile number in E.164 (+84912345678), one from before 2018 as it is today.

    Errors: `NoMobile` for landlines, 1900 and 1800, other countries and what is no number.
    """
    try:
        number = phonenumbers.parse(text, "VN")
    except NumberParseException:
        raise NoMobile("is no telephone number") from None
    if number.country_code != 84:
        raise NoMobile("is a number of another country")
    digits = str(number.national_number)
    if len(digits) == 10 and digits[:3] in _BEFORE_2018:
        number = phonenumbers.parse(f"+84{_BEFORE_2018[digits[:3]]}{digits[3:]}")
    elif digits.startswith(("1900", "1800")):
        raise NoMobile("is a service number")
    if not phonenumbers.is_valid_number(number):
        raise NoMobile("is no number in use; check its digits")
    kind = phonenumbers.number_type(number)
    if kind not in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE):
        raise NoMobile(_WHY_NOT.get(kind, "is no mobile number"))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def written(e164: str, form: str) -> str:
    """Return a number of ours as a gateway wants it: `national` 0912…, `international` 84912…, `e164` +84912…."""
    return {"national": f"0{e164[3:]}", "international": e164[1:]}.get(form, e164)


def masked(number: str) -> str:
    """Return a number of which only the last three digits can be read."""
    return f"***{number[-3:]}"
