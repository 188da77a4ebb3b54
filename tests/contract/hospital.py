"""Two hospitals as an administrator brings them: four files for `rappel24 import`. Invented people, fiction numbers."""

from dataclasses import dataclass
from itertools import pairwise

ACCOUNT = "AC" + "24" * 16
AUTH_TOKEN = "a fiction token of the carrier"
LINE = "+33199002400"
SWITCHBOARD = "+33199002401"
ALERT_PHONE = "+33199002402"

AMELIE, BRUNO, CHLOE, DENIS = "+33639980001", "+33639980002", "+33639980003", "+33639980004"
HEAD, COORDINATOR = "+33639980010", "+33639980011"
SENIORS = (AMELIE, BRUNO, CHLOE, DENIS)
TELEPHONES = (*SENIORS, HEAD, COORDINATOR, SWITCHBOARD, ALERT_PHONE)

FELIX, GAELLE = "+33639980051", "+33639980052"  # practitioners on file, each with a mobile
PRACTICE = "+33199002450"  # the landline Gaëlle shares with nobody

# From the Monday the clock starts on; it may run fast.
ON_DUTY = ("2026-11-23 00:00", "2026-12-14 00:00", "2027-01-04 00:00", "2027-01-25 00:00", "2027-02-15 00:00")


@dataclass(frozen=True)
class Ward:
    """A ward of ours: what a GP keys, who is rung, when it is open."""

    slug: str
    hospital: str
    name: str
    code: str
    seniors: tuple[str, ...] = (AMELIE, BRUNO)
    opening: str = ""
    covered_by: str = ""


CARDIOLOGY = Ward("cochin-cardiologie", "Cochin", "Cardiologie", "227")
CARDIOLOGY_TOO = Ward("avicenne-cardiologie", "Avicenne", "Cardiologie", "227", (CHLOE,))
INTERNAL = Ward("cochin-medecine-interne", "Cochin", "Médecine interne", "633")
NEUROLOGY = Ward("cochin-neurologie", "Cochin", "Neurologie", "638", (CHLOE, DENIS))
RHEUMATOLOGY = Ward("cochin-rhumatologie", "Cochin", "Rhumatologie", "748", opening="mon-fri 08:30-12:30")
DERMATOLOGY = Ward(
    "cochin-dermatologie", "Cochin", "Dermatologie", "337", (), "mon-fri 08:30-12:30", "cochin-medecine-interne"
)
UROLOGY = Ward("avicenne-urologie", "Avicenne", "Urologie", "876", ())
GERIATRICS = Ward("avicenne-geriatrie", "Avicenne", "Gériatrie", "437", (DENIS,))
WARDS = (CARDIOLOGY, CARDIOLOGY_TOO, INTERNAL, NEUROLOGY, RHEUMATOLOGY, DERMATOLOGY, UROLOGY, GERIATRICS)


def wards_csv() -> str:
    """Semicolons, as Excel writes them in France; keypad codes are left to the line."""
    heads = f"Hélène Fiction;{HEAD};Karim Fiction;{COORDINATOR}"
    rows = [f"{w.slug};{w.hospital};{w.name};{_quoted(w.opening)};{w.covered_by};{heads}" for w in WARDS]
    names = "head_name;head_phone;coordinator_name;coordinator_phone"
    return _lines(f"ward;hospital;name;opening;covered_by;{names}", rows)


def seniors_csv() -> str:
    names = dict(zip(SENIORS, ("Amélie Fiction", "Bruno Fiction", "Chloé Fiction", "Denis Fiction"), strict=True))
    rows = []
    for phone, name in names.items():
        wards = ";".join(ward.slug for ward in WARDS if phone in ward.seniors)
        rows.append(f"{name},{phone},{_quoted(wards)}")
    return _lines("name,phone,wards", rows)


def rota_csv() -> str:
    rows = [
        f"{ward.slug},{start},{end},{rank},{phone}"
        for start, end in pairwise(ON_DUTY)
        for ward in WARDS
        for rank, phone in enumerate(ward.seniors, start=1)
    ]
    return _lines("ward,start,end,rank,phone", rows)


def practitioners_csv() -> str:
    rows = [f"Félix Ferrand,{FELIX},felix@exemple.test", f"Gaëlle Garnier,{_quoted(f'{PRACTICE};{GAELLE}')},"]
    return _lines("name,phone,email", rows)


FILES = {"wards": wards_csv, "seniors": seniors_csv, "rota": rota_csv, "practitioners": practitioners_csv}


def _quoted(value: str) -> str:
    return f'"{value}"'


def _lines(header: str, rows: list[str]) -> str:
    return "\n".join([header, *rows]) + "\n"
