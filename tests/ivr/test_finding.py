"""A GP writes as he speaks, of his patient too: the ward he asks for is found, any other is never taken for it."""

from itertools import product
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.understood import wards
from ivr.finding import FEW, find, hospitals
from ivr.matching import Candidate, Close, Nothing, Sure

KNOWN = wards()
WARDS = tuple(KNOWN.values())
SLUGS = {ward.id: slug for slug, ward in KNOWN.items()}


def found(text: str, where: str = "") -> str:
    """The slug of the ward, several with `?` between them, one that is only likely with `?` behind it."""
    match find(text, WARDS, where):
        case Sure(id=ward_id):
            return SLUGS[ward_id]
        case Close(ids=ids):
            return "?".join(SLUGS[ward_id] for ward_id in ids) + ("?" if len(ids) == 1 else "")
        case Nothing():
            return ""


@pytest.mark.parametrize(
    ("text", "ward"),
    [
        # The issue's own
        ("avis cardio cochin pour un patient sous AVK", "cochin-cardiologie"),
        ("nephro", "avicenne-nephrologie?cochin-nephrologie"),
        ("hosp. avicenne: rhumato svp", "avicenne-rhumatologie"),
        # What is asked for counts before where the patient is known
        ("Patient suivi en cardiologie à Avicenne, avis néphro Cochin", "cochin-nephrologie"),
        ("Avis néphro Cochin, patient suivi en cardiologie à Avicenne", "cochin-nephrologie"),
        ("patiente suivie en pneumo à Avicenne, appareillage", "avicenne-pneumologie"),
        ("Son dermatologue propose la rhumato de Cochin", "cochin-rhumatologie"),
        ("il voit son rhumatologue mardi mais il faudrait un hépatologue", "cochin-hepatologie"),
        ("Dr Leroy, gériatre. Un hépatologue serait utile", "cochin-hepatologie"),
        ("je suis gynécologue, avis hémato Cochin", "cochin-hematologie"),
        ("Une question pour la cardio de Cochin. Merci\n\nDr Leroy\nGériatre, Cochin", "cochin-cardiologie"),
        # What is known of the patient is not where he is to go
        ("hospitalisé à Cochin en mars, je voudrais la gastro d'Avicenne", "avicenne-gastro-enterologie"),
        ("avis cardio, patient hospitalisé à Avicenne", "avicenne-cardiologie?cochin-cardiologie"),
        # Words of illness hint; they decide when a short message is about nothing else
        ("colique néphrétique, urologie Cochin", "cochin-urologie"),
        ("avis rein Cochin", "cochin-nephrologie"),
        ("dialyse Avicenne, il refuse sa séance", "avicenne-nephrologie"),
        ("douleur thoracique, Cochin", "cochin-anesthesie?"),
        ("dialyse trois fois par semaine depuis dix ans, tousse, Cochin", "cochin-nephrologie?"),
        ("Bonjour, mon patient est dialysé et il tousse depuis dix jours, Cochin", "cochin-nephrologie?"),
        ("déficit neurologique, avis cardio Avicenne", "avicenne-cardiologie"),
        ("radio du thorax normale, pneumo Cochin", "cochin-pneumologie"),
        ("radio Cochin", "cochin-radiologie"),
        # Denied
        ("pas la cardio, la pneumo d'Avicenne", "avicenne-pneumologie"),
        # Several
        ("cardio ou pneumo Cochin", "cochin-cardiologie?cochin-pneumologie"),
        ("cardio à Cochin ou à Avicenne", "avicenne-cardiologie?cochin-cardiologie"),
        ("Cochin, foie ou onco ?", "cochin-hepatologie?cochin-oncologie"),
        ("cardio pédiatrique Avicenne", "avicenne-cardiologie?avicenne-pediatrie"),
        ("gynéco pédiatrique", "avicenne-pediatrie?cochin-gynecologie"),
        ("cardio demain, uro Avicenne", "avicenne-cardiologie?avicenne-urologie?cochin-cardiologie"),
        ("allergologue ou hépatologue", "cochin-hepatologie?"),
        (
            "un chirurgien d'Avicenne",
            "avicenne-chirurgie-digestive?avicenne-chirurgie-thoracique?avicenne-neurochirurgie",
        ),
        # Words of every day are no slips
        ("doit-il aller en hépatologie ?", "cochin-hepatologie"),
        # A hospital that has no such ward is not silently changed for the other
        ("ORL Cochin", "avicenne-orl?"),
        ("neurochir cochin", "avicenne-neurochirurgie?"),
        # Specialities that nobody here has
        ("chirurgie cardiaque Cochin", ""),
        ("allergologue svp", ""),
        # Codes
        ("227 Cochin", "cochin-cardiologie"),
        ("code 675", "avicenne-orl"),
        ("créat 227", ""),
        ("227 mg par jour", ""),
        # Said to a telephone that takes dictation
        ("pneu mologie cochin", "cochin-pneumologie"),
        ("pneumo à vicenne", "avicenne-pneumologie"),
        ("cardio Co chin", "cochin-cardiologie"),
        ("O.R.L. svp", "avicenne-orl"),
        # An address is no word
        ("dr.perrin@cardio-lyon.example, avis uro Cochin https://urgences.example/pneumo", "cochin-urologie"),
    ],
)
def test_the_ward_that_is_asked_for(text: str, ward: str) -> None:
    assert "?".join(sorted(found(text).split("?"))) == "?".join(sorted(ward.split("?")))


@pytest.mark.parametrize(
    ("where", "text", "ward"),
    [
        ("cardiologie.cochin@rappel24.example", "Patient suivi en néphro à Avicenne", "cochin-cardiologie"),
        ("avis+rhumato-avicenne@rappel24.example", "", "avicenne-rhumatologie"),
        ("cochin@rappel24.example", "avis cardio", "cochin-cardiologie"),
        ("cochin@rappel24.example", "avis cardio Avicenne", "avicenne-cardiologie"),
        ("cardiologie@rappel24.example", "plutôt à Cochin", "cochin-cardiologie"),
        ("avis@rappel24.example", "uro cochin", "cochin-urologie"),
        ("+33199002424", "uro cochin", "cochin-urologie"),
        ("avis@cardiologie-cochin.example", "", ""),  # the house's domain names no ward
    ],
)
def test_the_address_counts_first(where: str, text: str, ward: str) -> None:
    assert found(text, where) == ward


NAMES = sorted({ward.name for ward in WARDS})


@pytest.mark.parametrize("missing", NAMES)
def test_what_a_hospital_lacks_is_never_taken_for_what_looks_alike(missing: str) -> None:
    others = [ward for ward in WARDS if ward.name != missing]
    for text in (missing, f"avis {missing} Cochin", f"Avicenne {missing.lower()} svp"):
        assert not isinstance(find(text, others), Sure), text


def mistyped(name: str) -> set[str]:
    """Every letter left out, doubled, or changed for its neighbour."""
    one = {name[:at] + name[at + 1 :] for at in range(1, len(name))}
    doubled = {name[:at] + name[at] + name[at:] for at in range(1, len(name))}
    swapped = {name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in range(1, len(name) - 1)}
    return one | doubled | swapped


def test_one_slip_never_leads_to_another_ward_and_hardly_ever_to_a_question() -> None:
    names = [ward for ward in WARDS if ward.hospital == "Avicenne"]
    slips = [(ward, slip) for ward in names for slip in mistyped(ward.name.lower())]
    answers = [(ward, find(f"{slip} {ward.hospital}", WARDS)) for ward, slip in slips]
    assert [ward.name for ward, answer in answers if isinstance(answer, Sure) and answer.id != ward.id] == []
    assert sum(answer == Sure(ward.id) for ward, answer in answers) > 0.95 * len(answers)


@pytest.mark.parametrize("ward", WARDS, ids=lambda ward: f"{ward.name}, {ward.hospital}")
def test_every_ward_is_found_by_its_names(ward: Candidate) -> None:
    assert find(f"Bonjour, {ward.name} {ward.hospital} svp", WARDS) == Sure(ward.id)
    assert find(f"{ward.hospital.upper()} : {ward.name.upper()}", WARDS) == Sure(ward.id)
    for keyword in ward.keywords:
        answer = find(f"avis {keyword} {ward.hospital}", WARDS)
        assert answer == Sure(ward.id) or (isinstance(answer, Close) and ward.id in answer.ids), keyword


SAINTS = (
    Candidate(1, "Cardiologie", "Hôpital Saint-Louis"),
    Candidate(2, "Cardiologie", "Hôpital Saint-Antoine"),
    Candidate(3, "Cardiologie", "Hôpital européen Georges-Pompidou"),
    Candidate(4, "Cardiologie", "Institut de cardiologie"),
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("cardio Saint-Louis", Sure(1)),
        ("cardio st antoine", Sure(2)),
        ("cardio hegp", Sure(3)),
        ("cardio à Pompidou", Sure(3)),
        ("Dr Louis Martin, avis cardio", Close((1, 2, 3, 4))),
        ("cardio", Close((1, 2, 3, 4))),
    ],
)
def test_hospitals_are_told_apart(text: str, answer: Sure | Close) -> None:
    assert find(text, SAINTS) == answer


OWN = (
    Candidate(1, "Cardiologie", "Cochin"),
    Candidate(2, "Cardiologie interventionnelle", "Cochin"),
    Candidate(3, "Centre de la mémoire", "Cochin", ("CM2R",)),
    Candidate(4, "Endocrinologie et diabétologie", "Cochin", ("endoc",)),
    Candidate(5, "Hôpital de jour", "Cochin", ("HDJ",)),
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("cardio", Sure(1)),
        ("cardiologie interventionnelle", Sure(2)),
        ("centre mémoire svp", Sure(3)),
        ("avis cm2r", Sure(3)),
        ("diabéto", Sure(4)),
        ("endocrinologue", Sure(4)),
        ("HDJ svp", Sure(5)),
    ],
)
def test_a_house_names_its_wards_as_it_likes(text: str, answer: Sure) -> None:
    assert find(text, OWN) == answer


def test_a_small_hospital_that_is_named_alone_offers_its_wards() -> None:
    few = [Candidate(number, name, "Beaujon") for number, name in enumerate(NAMES[:3], start=100)]
    assert find("hôpital Beaujon", [*WARDS, *few]) == Close((100, 101, 102))
    assert find("Beaujon", [*WARDS, few[0]]) == Sure(100)
    assert find("hôpital Cochin", WARDS) == Nothing()
    assert sum(ward.hospital == "Cochin" for ward in WARDS) > FEW


def test_the_hospitals_of_a_message_are_named_in_its_order() -> None:
    assert hospitals("cardio avicenne, sinon Cochin ou Avicenne", WARDS) == ("Avicenne", "Cochin")
    assert hospitals("cardio", WARDS) == ()


@pytest.mark.parametrize("text", ["", "…", "👍", "bonjour", "aller", "angine", "pneumonie", "12 ans"])
def test_what_names_no_ward_is_nothing(text: str) -> None:
    assert find(text, WARDS) == Nothing()


def test_without_wards_there_is_nothing_to_find() -> None:
    assert find("cardiologie", ()) == Nothing()


PIECES = (
    "cardio",
    "ou",
    "pas",
    "suivi en",
    "avis",
    "à",
    "cochin",
    "avicenne",
    "227",
    ".",
    ",",
    "née le",
    "rein",
    "\n",
    "dr",
)


@given(st.lists(st.sampled_from(PIECES)))
def test_anything_may_be_written_and_only_known_wards_come_back(said: list[str]) -> None:
    match find(" ".join(said), WARDS):
        case Sure(id=ward_id):
            assert ward_id in SLUGS
        case Close(ids=ids):
            assert ids
            assert set(ids) <= SLUGS.keys()
            assert len(set(ids)) == len(ids)
        case Nothing():
            pass


@given(st.text(max_size=300), st.text(max_size=40))
def test_nothing_that_is_written_breaks_it(text: str, where: str) -> None:
    find(text, WARDS, where)


@pytest.mark.parametrize(
    "nonsense", ["a.b.c." * 4_000, "e\u0301" * 20_000, "cardio cochin " * 2_000, "cardio ou " * 3_000, "pas " * 5_000]
)
def test_nonsense_takes_no_time(nonsense: str) -> None:
    began = process_time()
    find(nonsense, WARDS, "cardiologie@rappel24.example", nonsense)
    assert process_time() - began < 2


@pytest.mark.parametrize(
    ("before", "after"), tuple(product(("", "Bonjour,\n\n", "Re: "), ("", " 🙏", "\n\n-- \nDr Perrin\n1 rue")))
)
def test_what_stands_around_it_changes_nothing(before: str, after: str) -> None:
    assert found(f"{before}avis cardio Cochin{after}") == "cochin-cardiologie"
