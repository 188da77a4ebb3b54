"""Telephone numbers: E.164 inside, French writing outside.

The French plan is one plan with several country codes: 0596 is Martinique wherever it is dialled from, yet the library
reads it as a valid +33 5 96. So the first digits decide here, and the library only knows lengths and foreign plans.
Sources: Arcep's numbering plan and fiction ranges; phonenumbers 9.
"""

import re
import unicodedata
from collections.abc import Collection

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

PARIS = "Europe/Paris"

# Zone -> country code of the numbers people write there without one.
TERRITORIES = {
    PARIS: 33,
    "America/Guadeloupe": 590,
    "America/Marigot": 590,
    "America/St_Barthelemy": 590,
    "America/Martinique": 596,
    "America/Cayenne": 594,
    "Indian/Reunion": 262,
    "Indian/Mayotte": 262,
    "America/Miquelon": 508,
    "Pacific/Noumea": 687,
    "Pacific/Tahiti": 689,
    "Pacific/Marquesas": 689,
    "Pacific/Gambier": 689,
    "Pacific/Wallis": 681,
}
FRENCH_CODES = frozenset(TERRITORIES.values())
_OWN_PLANS = {508: "PM", 687: "NC", 689: "PF", 681: "WF"}  # six or eight digits, no leading 0

# What follows the 0 -> country code, for the parts of the plan that are not +33.
_OVERSEAS = (
    (re.compile(r"590|69[01]|7090|9475"), 590),
    (re.compile(r"594|694|7093[0-4]|9476"), 594),
    (re.compile(r"596|69[67]|7091|9477"), 596),
    (re.compile(r"26[239]|69[23]|639|7092|7093[5-9]|947[89]"), 262),
    (re.compile(r"508|708[45]"), 508),
)
# Kept by Arcep for films and tests: never anybody's number. 06 39 98 is carved out of Mayotte's 0639.
_FICTION = re.compile(r"\+33(19900|26191|35301|46571|53649|63998)\d{4}")

_MOBILE = re.compile(
    r"\+(33(6|7(?!00))\d{8}"
    r"|590(69[01]|7090)\d+|594(694|7093)\d+|596(69[67]|7091)\d+|262(69[23]|639|709[23])\d+"
    r"|508(708\d{6}|([236-9]\d|4[02-489]|5[02-9])\d{4})|687[5789]\d{5}|6898[79]\d{6}|681(72|8[23])\d{4})"
)

# What the carrier sends for a caller who hides (twilio.md 1.2): ANONYMOUS, RESTRICTED, BLOCKED, ... on the keypad.
_HIDDEN = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})

# Practices across the border send patients too. Elsewhere a call back is what toll fraud lives on.
_NEIGHBOURS = {PARIS: frozenset({32, 34, 39, 41, 49, 352, 376, 377})}
_ORDINARY = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP}
)
_PAID = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
# Plans of their own at the other end of the world, with dear minutes: fraud is paid for there.
_FAR = frozenset(_OWN_PLANS)


class BadNumber(ValueError):
    """This cannot be used as a number. Its text is the reason, for people; it never repeats the number.

    `code` is the reason for who says it in other words (`fault.number_<code>` of the catalogue); `owner`: the country
    code to write, where there is one.
    """

    def __init__(self, code: str, *, owner: int | None = None) -> None:
        super().__init__(REASONS[code].format(owner=owner))
        self.code = code
        self.owner = owner


REASONS = {
    "garbage": "not a telephone number",
    "no_country": "write it with + and its country code",
    "short": "a short number: nobody can be called back on it",
    "not_ten": "not ten digits beginning with 0",
    "elsewhere": "this range belongs to another territory: write it +{owner} …",
    "not_here": "not a number of this territory",
    "incomplete": "not a complete number",
    "satellite": "a satellite or international service number",
    "premium": "a premium-rate number",
    "machine": "a number of machines (0700)",
}


def parse(text: str, timezone: str = PARIS) -> str:
    """E.164 of what somebody wrote in that zone: `0…`, `00…`, `+…`, with spaces, dots or `(0)`. Else BadNumber."""
    typed = _clean(text)
    return _checked(typed if typed.startswith("+") else _national(typed, timezone))


def caller(from_value: str) -> str | None:
    """E.164 of a carrier's `From`; None when it is hidden, garbage, or a number nobody can be called back on."""
    value = from_value.strip()
    if value in _HIDDEN or not value.startswith("+"):
        return None
    try:
        return parse(value)
    except BadNumber:
        return None


def callable_back(e164: str, timezone: str = PARIS, abroad: Collection[str] = ()) -> bool:
    """Whether the line may ring this number: French territories, and ordinary numbers of the neighbouring countries.

    `abroad`: countries (two letters, as ISO 3166 has them) whose ordinary numbers the house permits besides.
    """
    try:
        _checked(e164)
    except BadNumber:
        return False
    number = _read(e164)
    if number is None or phonenumbers.number_type(number) in _PAID:
        return False
    if number.country_code in FRENCH_CODES:
        return True
    permitted = number.country_code in _NEIGHBOURS.get(timezone, ()) or region(e164) in abroad
    return permitted and phonenumbers.number_type(number) in _ORDINARY


def callable_unknown(e164: str, timezone: str = PARIS, abroad: Collection[str] = ()) -> bool:
    """Whether it may be rung or texted although nobody knows whose it is: never the far ends of the French plan, but
    from a hospital there, or when the house permits them.
    """
    number = _read(e164)
    far = number is not None and number.country_code in _FAR
    at_home = number is not None and number.country_code == TERRITORIES.get(timezone)
    return callable_back(e164, timezone, abroad) and (not far or at_home or region(e164) in abroad)


def codes_to_call(abroad: Collection[str] = ()) -> frozenset[int]:
    """The calling codes that the line needs at a carrier: France but its far ends, its neighbours, `abroad`."""
    permitted = {phonenumbers.country_code_for_region(country) for country in abroad}
    return frozenset((FRENCH_CODES - _FAR) | _NEIGHBOURS[PARIS] | permitted)


def codes_permitted(abroad: Collection[str] = ()) -> frozenset[int]:
    """The calling codes that it may ever call: those, and the far ends for whom we know."""
    return codes_to_call(abroad) | FRENCH_CODES


def code_of(country: str) -> int:
    """The calling code of a country (ISO 3166, two letters); 0: it has none."""
    return phonenumbers.country_code_for_region(country)


def region(e164: str) -> str | None:
    """The country of a number, in two letters; None when it is none's."""
    number = _read(e164)
    return None if number is None else phonenumbers.region_code_for_number(number)


def is_mobile(e164: str) -> bool:
    """Whether an SMS can reach it: a mobile range of a French territory, 06 39 98 included."""
    return _MOBILE.fullmatch(e164) is not None


def is_french(e164: str) -> bool:
    """Whether it is a number of France or one of its territories."""
    number = _read(e164)
    return number is not None and number.country_code in FRENCH_CODES


def is_fiction(e164: str) -> bool:
    """Whether it is kept for films and tests: it is nobody's, and never will be."""
    return _FICTION.fullmatch(e164) is not None


def mask(e164: str) -> str:
    """For logs and pages: `+33 6 •• •• •• 78`."""
    number = _read(e164)
    if number is None:
        return "••"
    digits = str(number.national_number)
    hidden = re.sub("..?", lambda pair: "•" * len(pair[0]) + " ", digits[1:-2])
    return f"+{number.country_code} {digits[0]} {hidden}{digits[-2:]}"


def national(e164: str) -> str:
    """As the people there write it: `06 39 98 00 01`; a foreign number keeps its country code."""
    number = _read(e164)
    if number is None:
        return e164
    home = number.country_code in FRENCH_CODES
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)


def international(e164: str) -> str:
    """With its country code and blanks: `+33 6 39 98 00 01`, which a spreadsheet leaves alone."""
    number = _read(e164)
    return e164 if number is None else phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def written(e164: str, timezone: str) -> str:
    """As people of that zone write it, when they would read it back as the same number; else with its country code."""
    if re.fullmatch(r"\+33[1-9]\d{8}", e164) and timezone in TERRITORIES and _owner(e164[3:]) == 33:
        return " ".join((f"0{e164[3]}", *re.findall("..", e164[4:])))  # a hundred thousand in an export: no library
    local = national(e164)
    try:
        return local if parse(local, timezone) == e164 else international(e164)
    except BadNumber:
        return international(e164)


def _clean(text: str) -> str:
    """Digits, with a leading + when the country is given."""
    # Pasted numbers bring narrow spaces, typographic hyphens and invisible direction marks.
    visible = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in ("Pd", "Cf"))
    plain = "".join(c for c in visible if not c.isspace())
    digits = re.sub(r"[./()]", "", plain.replace("(0)", ""))
    if re.fullmatch(r"\+?[0-9]+", digits) is None:
        raise BadNumber("garbage")
    return "+" + digits[2:] if digits.startswith("00") else digits


def _national(digits: str, timezone: str) -> str:
    code = TERRITORIES.get(timezone)
    if code is None:
        raise BadNumber("no_country")
    if code in _OWN_PLANS and not digits.startswith("0"):
        return _local(digits, code)
    if len(digits) <= 6:
        raise BadNumber("short")
    if re.fullmatch(r"0[1-9][0-9]{8}", digits) is None:
        raise BadNumber("not_ten")
    owner = _owner(digits[1:])
    if owner not in (33, code):
        raise BadNumber("elsewhere", owner=owner)
    return f"+{owner}{digits[1:]}"


def _local(digits: str, code: int) -> str:
    number = PhoneNumber(country_code=code, national_number=int(digits))
    if not phonenumbers.is_valid_number(number):
        raise BadNumber("not_here")
    return f"+{code}{digits}"


def _owner(significant: str) -> int:
    """Country code of nine digits of the French plan."""
    if is_fiction(f"+33{significant}"):
        return 33
    return next((code for start, code in _OVERSEAS if start.match(significant)), 33)


def _checked(e164: str) -> str:
    number = _read(e164)
    if number is None:
        raise BadNumber("incomplete")
    if phonenumbers.region_code_for_country_code(number.country_code or 0) == "001":
        raise BadNumber("satellite")
    if number.country_code == 33:
        _check_metropolitan(str(number.national_number))
    elif phonenumbers.number_type(number) in _PAID:
        raise BadNumber("premium")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _check_metropolitan(significant: str) -> None:
    if significant.startswith("700"):
        raise BadNumber("machine")
    if re.match(r"8[1-9]", significant):
        raise BadNumber("premium")
    owner = _owner(significant)
    if owner != 33:
        raise BadNumber("elsewhere", owner=owner)


def _read(e164: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return number if possible else None
