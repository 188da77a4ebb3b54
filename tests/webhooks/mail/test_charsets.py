"""Words from bytes, in the charsets as they really come."""

import pytest

from webhooks.mail import charsets

WORDS = "L’œsophage brûle à 37°5 – coût élevé…"


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "UTF8"),
        ("utf-8", '"utf-8"'),
        ("utf-8", ""),
        ("utf-8", "us-ascii"),
        ("utf-8", "iso-8859-1"),
        ("utf-8", "windows-1252"),
        ("utf-8", "unknown-8bit"),
        ("utf-8-sig", "iso-8859-1"),
        ("cp1252", "windows-1252"),
        ("cp1252", "iso-8859-1"),
        ("cp1252", "latin1"),
        ("cp1252", "us-ascii"),
        ("cp1252", "utf-8"),
        ("cp1252", ""),
        ("cp1252", "x-user-defined"),
        ("cp1252", "rot13"),
        ("cp1252", "idna"),
        ("cp1252", "a\0b"),
        ("cp1252", "\ud800"),
        ("cp1252", "x" * 10_000),
        ("mac-roman", "macintosh"),
        ("mac-roman", "x-mac-roman"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16le"),
        ("utf-7", "utf-7"),
    ],
)
def test_a_letter_is_read_whatever_its_label_says(written: str, label: str) -> None:
    assert charsets.decode(WORDS.encode(written), label) == WORDS


@pytest.mark.parametrize(
    ("words", "written", "label"),
    [
        ("coût élevé, œil à 3 €", "iso8859-15", "iso-8859-15"),
        ("Żółć", "iso8859-2", "iso-8859-2"),
        ("привет", "koi8-r", "koi8-r"),
        ("你好，医生", "gb18030", "gb2312"),
        ("先生", "iso2022_jp", "iso-2022-jp"),
    ],
)
def test_letters_from_elsewhere_are_read_too(words: str, written: str, label: str) -> None:
    assert charsets.decode(words.encode(written), label) == words


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Avis", "Avis"),
        ("=?utf-8?Q?n=C3=A9phro?=", "néphro"),
        ("=?UTF-8?B?bsOpcGhybw==?=", "néphro"),
        ("=?iso-8859-1?Q?n=E9phro_Cochin?=", "néphro Cochin"),
        ("=?utf-8?Q?n=C3?= =?utf-8?Q?=A9phro?=", "néphro"),  # cut within a letter
        ("=?utf-8?B?bsM=?=\r\n =?utf-8?B?qXBocm8=?=", "néphro"),
        ("=?utf-8?Q?avis?= =?iso-8859-1?Q?_n=E9phro?=", "avis néphro"),
        ("=?utf-8?Q?avis?= et =?utf-8?Q?conseil?=", "avis et conseil"),
        ("Re:=?utf-8?Q?n=C3=A9phro?=", "Re:néphro"),  # without a blank before it
        ('"=?utf-8?Q?n=C3=A9phro?="', '"néphro"'),
        ("=?utf-8?Q?deux mots?=", "deux mots"),  # a blank within it
        ("=?utf-8*fr?Q?n=C3=A9phro?=", "néphro"),
        ("=?x-unknown?Q?n=E9phro?=", "néphro"),
        ("=?utf-8?B?bsOpcGhybw?=", "néphro"),  # without its end
        ("=?utf-8?B?b?=", ""),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?Q?abc", "=?utf-8?Q?abc"),
        ("5 =? 6", "5 =? 6"),
    ],
)
def test_the_words_of_a_header_are_read(value: str, said: str) -> None:
    assert charsets.header(value) == said


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("un\r\ndeux\rtrois", "un\ndeux\ntrois"),
        ("a\0b\x1bc", "abc"),
        ("38\u202f°C\u00a0!", "38 °C !"),
        ("\ufeffavis\u200b car\u00addio", "avis cardio"),
        ("\u202egauche", "gauche"),
        ("e\u0301te\u0301", "été"),
        ("👨\u200d⚕️", "👨\u200d⚕️"),
        ("\ud83d", ""),
        ("fiÃ¨vre Ã\u00a0 38Â°", "fièvre à 38°"),
        ("Ã\x81 lâ€\x9dœil".replace("œ", "Å“"), "Á l”œil"),
        ("lâ€™œil".replace("œ", "Å“"), "l’œil"),
        ("S\u00c3O Paulo, \u00c2ge", "SÃO Paulo, Âge"),
    ],
)
def test_text_is_kept_as_it_will_be_read(text: str, kept: str) -> None:
    assert charsets.clean(text) == kept


def test_one_line_is_one_line() -> None:
    assert charsets.one_line(" a\r\n b\tc  \u2028d ", 5) == "a b c"


@pytest.mark.parametrize(
    ("content", "encoding", "read"),
    [
        (b"bsOp cGhy\r\nbw==", "base64", "néphro"),
        (b"bsOpcGhybw", "BASE64 ", "néphro"),
        (b"!bsOp-cGhy*bw==", "base64", "néphro"),
        (b"b", "base64", ""),
        (b"n=C3=A9phro=\r\n svp =ZZ", "quoted-printable", "néphro svp =ZZ"),
        (b"nephro", "8bit", "nephro"),
        (b"nephro", "mystery", "nephro"),
    ],
)
def test_a_part_is_taken_out_of_its_encoding(content: bytes, encoding: str, read: str) -> None:
    assert charsets.transfer(content, encoding).decode() == read
