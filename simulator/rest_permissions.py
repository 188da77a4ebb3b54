"""Which countries may be called and texted: `/v1/DialingPermissions/Countries` and `/v1/Messaging/GeoPermissions`.

Shapes: twilio.com/docs/voice/api/dialingpermissions-country-resource, and MessagingGeopermissionsInstance of
twilio-python 9.13.0. Twilio knows some 220 countries; these are those that a French line has to do with, some others,
and one of those that toll fraud is paid in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from simulator.office import Dialing, Office
from simulator.rest import DEFAULT_PAGE, MAX_PAGE, RestRequest, RestResponse, Route, not_found, ok, route

DIALING = "/v1/DialingPermissions/Countries"
TEXTING = "/v1/Messaging/GeoPermissions"
CLOSED = Dialing(low_risk=False)


@dataclass(frozen=True)
class Country:
    iso: str
    name: str
    continent: str
    code: str


# As the carrier groups them: what shares a calling code may be one entry.
COUNTRIES: Sequence[Country] = tuple(
    Country(*fields)
    for fields in (
        ("AD", "Andorra", "EUROPE", "+376"),
        ("BE", "Belgium", "EUROPE", "+32"),
        ("CH", "Switzerland", "EUROPE", "+41"),
        ("DE", "Germany", "EUROPE", "+49"),
        ("ES", "Spain", "EUROPE", "+34"),
        ("FR", "France", "EUROPE", "+33"),
        ("GB", "United Kingdom", "EUROPE", "+44"),
        ("GF", "French Guiana", "SOUTH_AMERICA", "+594"),
        ("GP", "Guadeloupe", "NORTH_AMERICA", "+590"),
        ("IT", "Italy", "EUROPE", "+39"),
        ("LU", "Luxembourg", "EUROPE", "+352"),
        ("LV", "Latvia", "EUROPE", "+371"),
        ("MC", "Monaco", "EUROPE", "+377"),
        ("MQ", "Martinique", "NORTH_AMERICA", "+596"),
        ("NC", "New Caledonia", "OCEANIA", "+687"),
        ("PF", "French Polynesia", "OCEANIA", "+689"),
        ("PM", "St Pierre and Miquelon", "NORTH_AMERICA", "+508"),
        ("PT", "Portugal", "EUROPE", "+351"),
        ("RE", "Reunion/Mayotte", "AFRICA", "+262"),
        ("US", "United States/Canada", "NORTH_AMERICA", "+1"),
        ("WF", "Wallis and Futuna", "OCEANIA", "+681"),
    )
)


class PermissionResource:
    def __init__(self, office: Office) -> None:
        self.office = office

    def routes(self) -> Iterator[Route]:
        yield route("GET", DIALING, self.dialing)
        yield route("GET", f"{DIALING}/{{iso_code}}", self.country)
        yield route("GET", TEXTING, self.texting)

    def dialing(self, request: RestRequest) -> RestResponse:
        shown = [each for each in map(self._show, COUNTRIES) if _wanted(request, each)]
        size = min(MAX_PAGE, max(1, request.whole("PageSize", DEFAULT_PAGE)))
        number = request.whole("Page", 0)
        start = number * size
        more = start + size < len(shown)
        meta = {
            "first_page_url": self._page(request, size, 0),
            "key": "content",
            "next_page_url": self._page(request, size, number + 1) if more else None,
            "page": number,
            "page_size": size,
            "previous_page_url": self._page(request, size, number - 1) if number else None,
            "url": self._page(request, size, number),
        }
        return ok({"content": shown[start : start + size], "meta": meta})

    def country(self, request: RestRequest, iso_code: str) -> RestResponse:
        found = next((country for country in COUNTRIES if country.iso == iso_code.upper()), None)
        if found is None:
            raise not_found(request.path)
        return ok(self._show(found))

    def texting(self, request: RestRequest) -> RestResponse:
        wanted = request.one("CountryCode")
        countries = [country.iso for country in COUNTRIES if wanted is None or country.iso in wanted.split(",")]
        said = [
            {"country_code": iso, "type": "country", "enabled": iso in self.office.account.texting} for iso in countries
        ]
        return ok({"permissions": said})

    def _show(self, country: Country) -> dict[str, Any]:
        allowed = self.office.account.dialing.get(country.iso, CLOSED)
        url = f"{self.office.api_url}{DIALING}/{country.iso}"
        return {
            "iso_code": country.iso,
            "name": country.name,
            "country_codes": [country.code],
            "continent": country.continent,
            "low_risk_numbers_enabled": allowed.low_risk,
            "high_risk_special_numbers_enabled": allowed.high_risk_special,
            "high_risk_tollfraud_numbers_enabled": allowed.high_risk_tollfraud,
            "url": url,
            "links": {"highrisk_special_prefixes": f"{url}/HighRiskSpecialPrefixes"},
        }

    def _page(self, request: RestRequest, size: int, number: int) -> str:
        """Absolute, filters kept: this resource names its pages so, those of 2010 do not."""
        filters = [(name, value) for name, value in request.query if name not in ("Page", "PageSize", "PageToken")]
        query = urlencode([*filters, ("PageSize", str(size)), ("Page", str(number))])
        return f"{self.office.api_url}{DIALING}?{query}"


_FILTERS = {
    "LowRiskNumbersEnabled": "low_risk_numbers_enabled",
    "HighRiskSpecialNumbersEnabled": "high_risk_special_numbers_enabled",
    "HighRiskTollfraudNumbersEnabled": "high_risk_tollfraud_numbers_enabled",
    "IsoCode": "iso_code",
    "Continent": "continent",
}


def _wanted(request: RestRequest, shown: dict[str, Any]) -> bool:
    code = request.one("CountryCode")
    if code is not None and f"+{code.removeprefix('+')}" not in shown["country_codes"]:
        return False
    asked = {field: request.one(name) for name, field in _FILTERS.items()}
    return all(value is None or str(shown[field]).lower() == value.lower() for field, value in asked.items())
