"""The specialities of a hospital as French doctors write them: "néphro", "interniste", "chir dig", "lung".

`forms` call a speciality by its name. "cardio~" stands for cardio, cardiologie, cardiologue, cardiologist …;
"psychiatr~" for psychiatre, psychiatrie …; "radio?" may also be something else: it counts when it is asked for.
`topics` are what its patients have: they hint, they decide nothing. Words that several specialities share stand with
each. Letters without accents, in small letters.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Speciality:
    """One speciality, whether a hospital of ours has it or not: what is known is not taken for another."""

    name: str
    forms: tuple[str, ...]
    topics: tuple[str, ...] = ()


def _row(name: str, forms: str, topics: str = "") -> Speciality:
    return Speciality(name, _listed(forms), _listed(topics))


def _listed(words: str) -> tuple[str, ...]:
    return tuple(filter(None, (word.strip() for word in words.replace("\n", " ").split(","))))


SPECIALITIES: tuple[Speciality, ...] = (
    _row("addictologie", "addicto~, addiction medicine, csapa, elsa", "addiction, alcool, tabac, sevrage, opioides"),
    _row("allergologie", "allergo~", "allergie"),
    _row("anesthésie", "anesthesie, anesthesiste, anesth, anesthesiology, anesthesiologist, anesthesia"),
    _row("biologie", "biologie, biologiste, laboratoire, labo, microbiologie, bacterio~, virologie, hemostase"),
    _row(
        "cardiologie",
        "cardio~, usic, rythmo~, coronarographie, soins intensifs cardio, soins intensifs cardiologiques, cardiac care",
        "coeur, cardiaque, palpitations, infarctus, heart, fibrillation, stimulateur, pacemaker, hta",
    ),
    _row("chirurgie cardiaque", "chirurgie cardiaque, chirurgien cardiaque, cardiac surgery, chirurgie cardio"),
    _row(
        "chirurgie digestive",
        "chirurgie digestive, chirurgien digestif, chirurgie viscerale, chirurgien visceral, visceral, viscerale,"
        " chirurgie generale, digestive surgery, abdominal surgery, chirurgie bariatrique",
        "hernie, vesicule, appendicite, eventration, occlusion",
    ),
    _row(
        "chirurgie orthopédique",
        "chirurgie orthopedique, chirurgien orthopedique, chirurgien orthopediste, ortho, orthopedie, orthopediste,"
        " orthopedique, traumato~, orthopedics, orthopaedics, orthopedic surgery, chirurgie traumatologique, chirurgie"
        " osseuse",
        "fracture, os, entorse, luxation, trauma, prothese",
    ),
    _row("chirurgie maxillo-faciale", "maxillo faciale, maxillo, cmf, chirurgie maxillo faciale"),
    _row("chirurgie pédiatrique", "chirurgie pediatrique, chirurgie infantile, chirurgien pediatrique"),
    _row("chirurgie plastique", "chirurgie plastique, plasticien, chirurgien plasticien, brules"),
    _row(
        "chirurgie thoracique",
        "chirurgie thoracique, chirurgien thoracique, thoracic surgery, thoracic surgeon",
        "pneumothorax",
    ),
    _row("chirurgie vasculaire", "chirurgie vasculaire, chirurgien vasculaire, vascular surgery", "anevrisme"),
    _row("dermatologie", "dermato~", "peau, eruption, skin, cutane, cutanee, eczema, psoriasis, zona"),
    _row(
        "diabétologie",
        "diabeto~, endocrino~, endocrino diabeto, diabetes clinic, endoc",
        "diabete, diabetique, diabetes, hba1c, insuline, insulin, thyroide, thyroid",
    ),
    _row(
        "gastro-entérologie",
        "gastro~, gastro entero~, gastroentero~, gastrenterologie, gastrenterologue, hgd, gastroenterite, mici,"
        " digestif?",
        "crohn, rectocolite, coloscopie, rgo",
    ),
    _row("gériatrie", "geriatr~, geronto~, court sejour geriatrique, ehpad hotline", "personnes agees, demence"),
    _row(
        "gynécologie",
        "gyneco~, gynaeco~, gynecologie obstetrique, gyneco obstetrique, gyneco obs, gynecologue obstetricien",
        "pelvienne, metrorragies, uterus, ovaire",
    ),
    _row("génétique", "genetique, geneticien"),
    _row("hématologie", "hemato~, haemato~, onco hemato, oncohemato~", "sang, lymphome, leucemie, plaquettes"),
    _row("hépatologie", "hepato~", "foie, hepatite, cirrhose, cytolyse, liver"),
    _row("hygiène", "hygiene hospitaliere, hygieniste"),
    _row("immunologie", "immuno~"),
    _row(
        "maladies infectieuses",
        "maladies infectieuses, maladie infectieuse, infectio~, malinf, mal inf, smit, infectious diseases,"
        " infectious disease, maladies tropicales, infectieux?, infectieuse?",
        "infection, antibiotiques, antibiotique, vih, hiv, paludisme, sepsis",
    ),
    _row(
        "maternité",
        "maternite, obstetrique, obstetricien, obstetricienne, obstetrics, obstetrician, maternity, sage femme",
        "grossesse, enceinte, pregnant, accouchement, gravidique",
    ),
    _row("médecine du travail", "medecine du travail, medecin du travail, pathologie professionnelle"),
    _row("médecine générale", "medecine generale, medecin generaliste, generaliste, general practice"),
    _row(
        "médecine interne",
        "medecine interne, interniste, internal medicine, internist, med interne, medecin interniste",
        "vascularite, lupus, interne",
    ),
    _row("médecine légale", "medecine legale, medecin legiste, legiste, umj"),
    _row("médecine nucléaire", "medecine nucleaire, tep scan, petscan, scintigraphie"),
    _row("médecine physique", "medecine physique, mpr, reeducation, readaptation"),
    _row("médecine polyvalente", "medecine polyvalente, post urgences"),
    _row(
        "médecine vasculaire",
        "medecine vasculaire, angio~, med vasculaire, medecin vasculaire, vascular medicine, phlebo~, vasculaire?",
        "phlebite, thrombose, tvp, echodoppler",
    ),
    _row("néonatologie", "neonat~, neonato~, neonatalogie, neonatal", "nouveau ne, premature"),
    _row("néphrologie", "nephro~, hemodialyse", "rein, renal, renale, dialyse, creatinine, kidney, proteinurie"),
    _row(
        "neurochirurgie",
        "neurochirurgie, neurochir, neurochirurgien, neurochirurgienne, neurosurgery, neurosurgeon, neurochirurgical",
    ),
    _row(
        "neurologie",
        "neuro~, neurovasculaire, neuro vasculaire, unv",
        "avc, ait, epilepsie, cerveau, migraine, sclerose, stroke, parkinson",
    ),
    _row("neuropédiatrie", "neuropediatr~, neuro pediatr~"),
    _row("nutrition", "nutrition, nutritionniste, nutritionist, dieteticien, dietetique", "obesite, denutrition"),
    _row("odontologie", "odonto~, dentiste, chirurgien dentiste"),
    _row(
        "oncologie",
        "onco~, cancero~, carcino~, oncologie medicale, radiotherapie, radiotherapeute",
        "cancer, chimio, chimiotherapie, tumeur, metastase, metastases",
    ),
    _row("ophtalmologie", "ophtalmo~, ophtalmologiste, ophthalmo~, oculiste", "oeil, yeux, eye, vision, visuelle"),
    _row(
        "orl",
        "orl, oto rhino~, otorhino~, oto rhino laryngo~, otorhinolaryngo~, ent",
        "oreille, gorge, nez, vertiges, epistaxis, surdite",
    ),
    _row("pédiatrie", "pediatr~, paediatr~, pediatrics, paediatrics", "enfant, nourrisson, bebe, child"),
    _row("pharmacie", "pharmacie, pharmacien, pharmacienne, pharmaco~, pharmacovigilance"),
    _row(
        "pneumologie",
        "pneumo~, pulmonologie, pulmonologue, pulmonology, pulmonologist",
        "poumon, pulmonaire, lung, asthme, bpco, apnees",
    ),
    _row(
        "psychiatrie",
        "psychiatr~, psy, pedopsychiatr~, pedopsy, psychologue",
        "delirant, suicidaire, depression, psychiatric, psychose",
    ),
    _row(
        "radiologie",
        "radiologie, radiologue, radiologique, radiology, radiologist, imagerie, imaging, medical imaging,"
        " neuroradiologie, neuroradiologue, radio?",
        "scanner, irm, echographie, scan, mri, radiographie",
    ),
    _row(
        "réanimation",
        "rea, reanimation, reanimateur, reanimatrice, soins intensifs, intensive care, icu, usi, intensiviste",
    ),
    _row(
        "rhumatologie",
        "rhumato~, rheumato~",
        "articulations, articulation, polyarthrite, arthrite, goutte, lombalgie, arthrose, osteoporose",
    ),
    _row(
        "soins palliatifs",
        "soins palliatifs, soins pal, palliatif, palliatifs, palliative care, emsp, equipe mobile soins palliatifs",
        "fin de vie",
    ),
    _row("stomatologie", "stomato~", "bouche, dents, dent, dentaire"),
    _row("toxicologie", "toxico~, centre antipoison, antipoison", "intoxication"),
    _row("urgences", "urgences, urgentiste, sau, smur, samu, emergency department"),
    _row("urologie", "uro~, urologic, chirurgie urologique", "prostate, vessie, urinaire, sonde"),
)
