"""SMS are counted as the carrier counts them, and a second implementation agrees."""

import gsm0338
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.texts import gsm7

CODEC = gsm0338.Codec()
GSM_TEXT = st.text(st.sampled_from(sorted(gsm7.BASIC | gsm7.EXTENDED)), max_size=500)
FRENCH = st.text(st.sampled_from("aeéèêëàâîïôùûçœÀÉÈÊ'’«»–— \u00a0\u202f…ABCdef0123 :;,.!?€[]{}|"), max_size=400)
ALERT = "Rappel24 : {ward}, réf. {reference}{window}. Limite {deadline}. {link}"
VALUES = {
    "ward": "Médecine interne et immunologie clinique, Cochin",
    "reference": "724193",
    "window": ", joindre de midi à 14h",
    "deadline": "22/11 à 10h15",
    "link": "https://rappel24.hopital.example/r/1a2b3c4d5e6f7",
}


def septets(text: str) -> int:
    """What the second implementation makes of it: one byte a septet."""
    return len(CODEC.encode(text)[0])


@given(st.characters())
@example("ç")
@example("Ç")
@example("\x1b")
def test_the_alphabet_is_the_one_of_the_second_implementation(letter: str) -> None:
    try:
        CODEC.encode(letter)
        known = letter != "\x1b"  # the escape itself is no letter
    except UnicodeError:
        known = False
    assert gsm7.is_gsm7(letter) is known


@given(GSM_TEXT)
@example("é" * 160)
@example("é" * 161)
@example("€" * 80)
@example("a" * 152 + "€" + "a" * 152)  # the two halves of a € stay together: 153 + 153 would not hold it
def test_a_text_in_the_alphabet_takes_the_segments_that_its_septets_fill(text: str) -> None:
    size, pages = septets(text), gsm7.segments(text)
    if size <= 160:
        assert pages == 1
    else:
        assert -(-size // 153) <= pages <= -(-size // 152)


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ê" + "a" * 69, 1),
        ("ê" + "a" * 70, 2),
        ("ê" + "a" * 133, 2),
        ("ê" + "a" * 134, 3),
        ("🚑" * 35, 1),
        ("🚑" * 36, 2),
        ("🚑" * 66, 2),
        ("🚑" * 67, 3),
    ],
)
def test_segments(text: str, pages: int) -> None:
    assert gsm7.segments(text) == pages


@given(st.text(max_size=200) | FRENCH)
def test_plain_text_is_always_gsm7_and_what_was_gsm7_stays_as_it_was(text: str) -> None:
    assert gsm7.is_gsm7(gsm7.plain(text))
    if gsm7.is_gsm7(text):
        assert gsm7.plain(text) == text


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Hôpital de jour", "Hopital de jour"),
        ("Réanimation pédiatrique à Évry", "Réanimation pédiatrique à Évry"),
        ("Chirurgie du cœur – soins d’été…", "Chirurgie du coeur - soins d'été..."),
        ("Médecine « interne »\u202f: ça", 'Médecine " interne " : ca'),
        ("e\u0301quipe", "équipe"),  # decomposed, as some Macs write
        ("ÈÊË ÀÂ", "EEE AA"),
        ("Łódź 你", "?odz ?"),
    ],
)
def test_only_the_letters_that_would_triple_the_price_are_replaced(written: str, sent: str) -> None:
    assert gsm7.plain(written) == sent


def test_the_ward_is_shortened_before_anything_is_left_out() -> None:
    text = gsm7.fit(ALERT, VALUES, shorten=["ward"], drop=["window"])
    assert text == (
        "Rappel24 : Médecine interne et immunologie clinique, réf. 724193, joindre de midi à 14h. "
        "Limite 22/11 à 10h15. "
        "https://rappel24.hopital.example/r/1a2b3c4d5e6f7"
    )


def test_the_window_goes_when_no_ward_is_short_enough() -> None:
    longer = VALUES | {"link": VALUES["link"] + "/" + "x" * 38}
    text = gsm7.fit(ALERT, longer, shorten=["ward"], drop=["window"])
    assert gsm7.segments(text) == 1
    assert "Médecine interne et immu., réf. 724193. Limite 22/11 à 10h15." in text


def test_a_text_that_fits_is_sent_whole() -> None:
    short = VALUES | {"ward": "Hépato-gastro, Avicenne"}
    assert gsm7.fit(ALERT, short, shorten=["ward"], drop=["window"]) == ALERT.format(**short)


def test_nothing_is_cut_in_vain() -> None:
    hopeless = VALUES | {"link": "https://" + "x" * 150}
    assert gsm7.fit(ALERT, hopeless, shorten=["ward"], drop=["window"]) == ALERT.format(**hopeless)


@given(
    st.text(st.sampled_from("abcdéèêôç' -,et"), max_size=120),
    st.integers(100000, 999999).map(str),
    st.integers(0, 140),
)
def test_the_reference_and_the_deadline_are_never_touched(ward: str, reference: str, length: int) -> None:
    values = VALUES | {"ward": ward, "reference": reference, "link": "x" * length}
    text = gsm7.fit(ALERT, values, shorten=["ward"], drop=["window"])
    assert f"réf. {reference}" in text
    assert "Limite 22/11 à 10h15. " + "x" * length in text
    assert gsm7.segments(text) <= gsm7.segments(gsm7.plain(ALERT.format(**values)))


@pytest.mark.parametrize(
    ("room", "label"),
    [
        (40, "Maladies infectieuses et tropicales"),
        (34, "Maladies infectieuses et tropical."),
        (30, "Maladies infectieuses et trop."),
        (29, "Maladies infectieuses"),
        (21, "Maladies infectieuses"),
        (20, "Maladies infectieus."),
        (14, "Maladies infe."),
        (13, "Maladies"),
        (8, "Maladies"),
        (7, "Maladies infectieuses et tropicales"),  # nothing helps: the whole label, in two segments
    ],
)
def test_a_label_keeps_what_tells_it_from_its_neighbours_and_never_ends_on_a_small_word(room: int, label: str) -> None:
    template = "x" * (160 - room) + "{ward}"
    text = gsm7.fit(template, {"ward": "Maladies infectieuses et tropicales"}, shorten=["ward"])
    assert text.lstrip("x") == label


@pytest.mark.parametrize(
    ("ward", "label"),
    [
        ("Chirurgie orthopédique", "Chirurgie orth."),
        ("Chirurgie digestive", "Chirurgie dige."),
        ("Hépato-gastro-entérologie", "Hépato-gastro."),
        ("ORL et chirurgie de la face", "ORL et chirurg."),
        ("Soins intensifs", "Soins intensifs"),
    ],
)
def test_a_ward_is_still_known_from_fifteen_letters(ward: str, label: str) -> None:
    assert gsm7.fit("x" * 145 + "{ward}", {"ward": ward}, shorten=["ward"]).lstrip("x") == label
