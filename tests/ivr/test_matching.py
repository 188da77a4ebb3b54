"""A ward is understood as a doctor says it; a ward that was not meant is never rung."""

import csv
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.matching import Candidate, Close, Nothing, Sure, match

SAMPLE = Path(__file__).parents[2] / "scheduling" / "samples" / "wards.csv"

NAMES: dict[str, tuple[str, ...]] = {
    "Cardiologie": ("cardio", "coronarographie", "USIC"),
    "Chirurgie cardiaque": (),
    "Chirurgie digestive": ("chir dig", "viscéral"),
    "Chirurgie orthopédique": ("ortho", "traumatologie"),
    "Dermatologie": (),
    "Endocrinologie et diabétologie": ("endoc", "diabète"),
    "Gériatrie": ("court séjour gériatrique",),
    "Gynécologie-obstétrique": ("maternité",),
    "Hématologie": (),
    "Hépato-gastro-entérologie": ("gastro", "hépato"),
    "Maladies infectieuses et tropicales": ("infectio", "VIH"),
    "Médecine interne": (),
    "Médecine vasculaire": ("angiologie",),
    "Neurologie": ("UNV", "AVC"),
    "Neurochirurgie": (),
    "Néphrologie": ("dialyse",),
    "ORL": ("oto-rhino-laryngologie",),
    "Ophtalmologie": (),
    "Pédiatrie": (),
    "Pneumologie": ("pneumo",),
    "Psychiatrie": (),
    "Radiologie": ("imagerie", "scanner", "IRM"),
    "Réanimation": ("soins intensifs",),
    "Rhumatologie": (),
    "Urologie": (),
}
ONLY_COCHIN = {"Chirurgie cardiaque", "Neurochirurgie", "Psychiatrie"}
COCHIN = [Candidate(number, name, "Cochin", more) for number, (name, more) in enumerate(NAMES.items(), start=1)]
AVICENNE = [
    Candidate(ward.id + 100, ward.name, "Hôpital Avicenne", ward.keywords)
    for ward in COCHIN
    if ward.name not in ONLY_COCHIN
]
WARDS = COCHIN + AVICENNE
C = {ward.name: ward.id for ward in COCHIN}
A = {ward.name: ward.id for ward in AVICENNE}


@pytest.mark.parametrize(
    ("spoken", "ward"),
    [
        # As it is written, as it is said
        ("cardiologie cochin", C["Cardiologie"]),
        ("cardio cochin", C["Cardiologie"]),
        ("Le cardiologue de garde à Cochin, s'il vous plaît.", C["Cardiologie"]),
        ("Bonjour, je voudrais joindre le service de cardiologie de l'hôpital Avicenne", A["Cardiologie"]),
        ("l'hépato-gastro d'Avicenne", A["Hépato-gastro-entérologie"]),
        ("hépatogastroentérologie Avicenne", A["Hépato-gastro-entérologie"]),
        ("gastro entérologie à Cochin", C["Hépato-gastro-entérologie"]),
        ("o r l Avicenne", A["ORL"]),
        ("O.R.L., Cochin", C["ORL"]),
        ("la réa de Cochin", C["Réanimation"]),
        ("infectio Avicenne", A["Maladies infectieuses et tropicales"]),
        ("maladies infectieuses Avicenne", A["Maladies infectieuses et tropicales"]),
        ("la maternité d'Avicenne", A["Gynécologie-obstétrique"]),
        ("gynéco Cochin", C["Gynécologie-obstétrique"]),
        ("obstétrique Cochin", C["Gynécologie-obstétrique"]),
        ("diabéto Cochin", C["Endocrinologie et diabétologie"]),
        ("ortho Cochin", C["Chirurgie orthopédique"]),
        ("orthopédie Cochin", C["Chirurgie orthopédique"]),
        ("AVC Cochin", C["Neurologie"]),
        # Order
        ("interne, la médecine, Cochin", C["Médecine interne"]),
        ("Cochin médecine interne", C["Médecine interne"]),
        ("Avicenne la chirurgie digestive", A["Chirurgie digestive"]),
        ("digestive chirurgie avicenne", A["Chirurgie digestive"]),
        # Accents, capitals, slips of the tongue and of the recogniser
        ("NEPHROLOGIE COCHIN", C["Néphrologie"]),
        ("néfrologie cochin", C["Néphrologie"]),
        ("neumologie cochin", C["Pneumologie"]),
        ("rumatologie avicenne", A["Rhumatologie"]),
        ("cardiologi cochain", C["Cardiologie"]),
        ("optalmologie avicene", A["Ophtalmologie"]),
        ("pediatrie a vicenne", A["Pédiatrie"]),
        ("géryatrie Cochin", C["Gériatrie"]),
        # Only one hospital has it
        ("neurochirurgie", C["Neurochirurgie"]),
        ("la chirurgie cardiaque", C["Chirurgie cardiaque"]),
        ("le psychiatre", C["Psychiatrie"]),
    ],
)
def test_the_ward_that_was_meant(spoken: str, ward: int) -> None:
    assert match(spoken, WARDS) == Sure(ward)


@pytest.mark.parametrize(
    ("spoken", "wards"),
    [
        ("cardiologie", (C["Cardiologie"], A["Cardiologie"])),
        ("cardio", (C["Cardiologie"], A["Cardiologie"])),
        ("médecine interne", (C["Médecine interne"], A["Médecine interne"])),
        ("l'hépato-gastro", (C["Hépato-gastro-entérologie"], A["Hépato-gastro-entérologie"])),
        ("soins intensifs cardio Cochin", (C["Réanimation"], C["Cardiologie"])),
        ("médecine à Cochin", (C["Médecine interne"], C["Médecine vasculaire"])),
    ],
)
def test_a_close_race_is_put_to_the_caller(spoken: str, wards: tuple[int, ...]) -> None:
    assert match(spoken, WARDS) == Close(wards)


def test_a_word_that_several_wards_share_offers_them_all() -> None:
    found = match("chirurgie à Cochin", WARDS)
    assert isinstance(found, Close)
    assert {C["Chirurgie cardiaque"], C["Chirurgie digestive"], C["Chirurgie orthopédique"]} <= set(found.ids)
    assert all(ward_id < 100 for ward_id in found.ids)


def test_a_hospital_without_that_ward_is_not_silently_changed_for_the_other() -> None:
    assert match("neurochirurgie Avicenne", WARDS) == Close((C["Neurochirurgie"],))


@pytest.mark.parametrize(
    "spoken",
    ["", " ", "…", "euh", "bonjour docteur", "Cochin", "rendez-vous mardi", "Madame Martin", "12", "allô allô", "你好"],
)
def test_what_names_no_ward_is_nothing(spoken: str) -> None:
    assert match(spoken, WARDS) == Nothing()


def test_without_wards_there_is_nothing_to_find() -> None:
    assert match("cardiologie", []) == Nothing()


@pytest.mark.parametrize("missing", NAMES)
def test_a_speciality_the_hospital_lacks_is_never_taken_for_one_that_sounds_alike(missing: str) -> None:
    """Neurologie, néphrologie, urologie, pneumologie: said where it does not exist, nobody else is rung."""
    others = [ward for ward in COCHIN if ward.name != missing]
    assert not isinstance(match(missing, others), Sure)
    assert not isinstance(match(f"{missing} Cochin", others), Sure)


@pytest.mark.parametrize("ward", WARDS, ids=lambda ward: f"{ward.name}, {ward.hospital}")
def test_every_ward_is_found_by_its_own_name_and_hospital(ward: Candidate) -> None:
    assert match(f"{ward.name} {ward.hospital}", WARDS) == Sure(ward.id)
    assert match(f"{ward.hospital} : {ward.name.upper()}", WARDS) == Sure(ward.id)


@pytest.mark.parametrize(
    ("ward", "keyword"), [(ward, keyword) for ward in COCHIN for keyword in ward.keywords]
)  # fmt: skip
def test_every_ward_is_found_by_its_other_names(ward: Candidate, keyword: str) -> None:
    assert match(f"{keyword} à Cochin", WARDS) == Sure(ward.id)


def sample() -> list[Candidate]:
    rows = csv.DictReader(SAMPLE.read_text(encoding="utf-8-sig").splitlines())
    return [
        Candidate(number, row["name"], row["hospital"], tuple(filter(None, row["keywords"].split(";"))))
        for number, row in enumerate(rows)
        if row["role"] in ("", "ward")  # nobody is offered a desk
    ]


def test_every_ward_of_the_sample_hospitals_is_understood() -> None:
    wards = sample()
    for ward in wards:
        namesakes = tuple(other.id for other in wards if other.name == ward.name)
        assert match(f"{ward.name} {ward.hospital}", wards) == Sure(ward.id)
        assert match(ward.name, wards) == (Sure(ward.id) if len(namesakes) == 1 else Close(namesakes))
        for keyword in ward.keywords:
            found = match(f"{keyword} {ward.hospital}", wards)
            assert found == Sure(ward.id) or (isinstance(found, Close) and ward.id in found.ids)


def test_no_ward_of_the_sample_hospitals_is_taken_for_one_they_lack() -> None:
    wards = sample()
    for hospital in {ward.hospital for ward in wards}:
        for missing in {ward.name for ward in wards}:
            others = [ward for ward in wards if ward.hospital == hospital and ward.name != missing]
            assert not isinstance(match(missing, others), Sure), missing


def test_hospitals_that_share_a_word_are_told_apart() -> None:
    wards = [
        Candidate(1, "Cardiologie", "Hôpital Saint-Louis"),
        Candidate(2, "Cardiologie", "Hôpital Saint-Antoine"),
        Candidate(3, "Cardiologie", "Institut de cardiologie"),
    ]
    assert match("cardiologie Saint-Louis", wards) == Sure(1)
    assert match("cardio Saint-Antoine", wards) == Sure(2)
    assert match("cardiologie", wards) == Close((1, 2, 3))


@given(st.text(max_size=60))
def test_anything_may_be_said_and_only_known_wards_come_back(spoken: str) -> None:
    known = {ward.id for ward in WARDS}
    match match(spoken, WARDS):
        case Sure(ward_id):
            assert ward_id in known
        case Close(ids):
            assert ids
            assert len(set(ids) & known) == len(ids)
        case Nothing():
            pass


@given(st.sampled_from(WARDS), st.randoms(use_true_random=False))
def test_the_order_of_the_words_does_not_matter(ward: Candidate, shuffle: Random) -> None:
    words = f"{ward.name} {ward.hospital}".replace("-", " ").split()
    shuffle.shuffle(words)
    assert match(" ".join(words), WARDS) == Sure(ward.id)
