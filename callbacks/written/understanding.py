"""What a GP's message means: advice he asks for and of which ward, a command, an answer to our question, or thanks.

Pure. A command counts only when the message says nothing else: "patient suivi en néphro" asks for no state of anything.
What is not understood asks for advice: it is kept, and its sender asked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ivr import finding
from ivr.matching import Candidate, Close, Nothing, Sure
from ivr.words import Word, fold, listed, words

Found = Sure | Close | Nothing


_NOTHING: Final = Nothing()


class Wish(StrEnum):
    """What the sender wants of us."""

    ASK = "ask"  # advice; also whatever else is said
    STATUS = "status"
    WITHDRAW = "withdraw"
    HELP = "help"
    STOP = "stop"
    START = "start"
    IDLE = "idle"  # thanks, a picture of a thumb, nothing


@dataclass(frozen=True)
class Meaning:
    """What a message means, as far as its own words tell.

    `number`: what he chose of a numbered list; `yes`: a plain yes or no; `rpps`: eleven digits; `hospitals`: named in
    it; `changes_mind`: it says that another ward was meant than before; `anew`: that it is about something else.
    """

    wish: Wish
    ward: Found = _NOTHING
    references: tuple[str, ...] = ()
    number: int | None = None
    hospitals: tuple[str, ...] = ()
    changes_mind: bool = False
    anew: bool = False
    yes: bool | None = None
    rpps: str = ""


# The carrier's own words (twilio.md 5.2), which count only alone, and the French ones it does not know.
_ALONE: Final = {
    **dict.fromkeys(listed("stop stopall unsubscribe cancel end quit arret arrete"), Wish.STOP),
    **dict.fromkeys(listed("start unstop reprise"), Wish.START),
}
_SAID: Final = {
    Wish.STATUS: """suivi suivis suivre statut statuts status etat point avancement avance nouvelle nouvelles ou est
        etes sont quand reponse toujours rien pas aucun aucune rappele rappelee appele appelee appel""",
    Wish.WITHDRAW: """annuler annule annulez annulation annulee annuls cancel retirer retire retirez withdraw besoin
        plus pas utile inutile peine resolu resolue regle reglee""",
    Wish.HELP: "aide help info infos informations comment fonctionne marche faire utiliser mode emploi how",
}
# One of these must be there: "plus besoin", "où en est ma demande".
_TELLING: Final = {
    Wish.STATUS: re.compile(
        r"\b(suivi|suivre|statuts?|status|etat|avancement|ou en (est|etes|sont)|nouvelles?"
        r"|toujours (rien|pas|aucune?))\b"
    ),
    Wish.WITHDRAW: re.compile(
        r"\b(annul\w+|cancel|retire[rz]?|withdraw|(plus|pas) (\w+ )?(besoin|utile|la peine)|inutile|resolue?|reglee?)\b"
    ),
    Wish.HELP: re.compile(
        r"\b(aide|help|infos?|informations|comment (ca |cela )?(marche|fonctionne|faire)|mode d emploi)\b"
    ),
}
_AROUND: Final = listed(
    """
    bonjour bonsoir hello hi merci svp stp please s il te vous plait ok oui dr docteur pr je j ai l la le les c est ce
    n ma mon mes cette ces votre vos de d du des en y a au un une pour sur avec et ref reference demande demandes
    request my the of numero no rappel rappeler avis souhaite voudrais veux faut bien finalement desole desolee pardon
    cordialement confrere consoeur monsieur madame bonne journee soiree it is not need ca cela savoir peut pouvez me
    donner tout m probleme question concernant
    """
)
_THANKS: Final = listed(
    """
    merci mercis thanks thank thx you ok okay okey dac daccord d accord dacc parfait super top genial nickel excellent
    impeccable cool great good perfect bien recu note compris entendu bonne bon belle journee soiree nuit week end
    weekend continuation courage beaucoup infiniment mille vous toi te a l le la les tous toutes toute votre vos ton
    tres pour de du des en et c est ca marche va cordialement bien confraternellement amicalement sinceres salutations
    reponse retour rapide rapidite aide precieuse efficace efficacite reactivite disponibilite avis rappel appel
    gentil gentillesse sympa oui bonjour bonsoir dr docteur cher chere confrere consoeur bientot plus tard demain
    lundi prochain encore aussi tout equipe c'est sms message info infos grand so much very your quick reply answer
    bye au revoir lol mdr super
    """
)
_GRATEFUL: Final = listed(
    """
    merci mercis thanks thank thx ok okay okey dac daccord accord dacc parfait super top genial nickel excellent cool
    impeccable great perfect recu note compris entendu marche bonne bon belle bientot cordialement revoir bye
    """
)
_YES: Final = listed("oui ouais yes ok okay accord daccord exact exactement affirmatif")
_NO: Final = listed("non no nan nope negatif")
_PLAIN: Final = listed("merci svp stp please d s il vous te plait bien sur c est ca tout a fait the a fait")
# Six digits together, or in pairs or threes; never part of a longer number: a telephone number names no request.
_REFERENCE: Final = re.compile(
    r"(?<!\d)([1-9]\d{5})(?!\d)"
    r"|(?<!\d)(?<!\d[ .-])(?:([1-9]\d{2})[ .-](\d{3})|([1-9]\d)[ .-](\d\d)[ .-](\d\d))(?![ .-]?\d)"
)
_RPPS: Final = re.compile(r"(?<!\d)(?<!\d[ .])(\d(?:[ .]?\d){10})(?![ .]?\d)")
_MOBILE: Final = re.compile(r"(?<!\d)\+?(?:33|0)[ .-]?(?:\(0\))?[1-9](?:[ .-]?\d\d){4}(?!\d)")
_NUMBERS: Final = {
    **{str(number): number for number in range(1, 10)},
    **dict.fromkeys(listed("un une premier premiere first one 1er 1ere 1re"), 1),
    **dict.fromkeys(listed("deux deuxieme second seconde two 2e 2eme 2nd"), 2),
    **dict.fromkeys(listed("trois troisieme three third 3e 3eme"), 3),
    **dict.fromkeys(listed("quatre quatrieme four fourth 4e 4eme"), 4),
    **dict.fromkeys(listed("cinq cinquieme five fifth 5e 5eme"), 5),
    **dict.fromkeys(listed("six sixieme sixth 6e 6eme"), 6),
}
_CHOOSING: Final = listed(
    """
    le la l c est ce sera numero no n choix choice option reponse je j prends choisis veux voudrais pour plutot donc
    alors svp stp merci please bonjour d accord ok oui the number finalement non pardon erreur
    """
)
_ANOTHER: Final = re.compile(
    r"\b(non|plutot|finalement|erreur|trompee?|correction|rectificati\w+|instead|rather|sorry|pardon|en fait|voulais"
    r" dire|au lieu|pas (la|le|l|en|de)? ?\w+ mais)\b"
)
_NEW: Final = re.compile(
    r"\b(nouve(?:lle|au|l) (?:demande|patiente?|dossier|avis|question|cas)"
    r"|autre (?:demande|patiente?|dossier|question|cas)"
    r"|(?:new|another|different|other) (?:request|patient|case|question))\b|^(?:une )?nouvelle$"
)
_EARLY: Final = 60  # letters: a change of mind is said first
_MOST_REFERENCES: Final = 5


def understand(
    text: str, subject: str = "", wards: Sequence[Candidate] = (), where: str = "", opt_out: str = ""
) -> Meaning:
    """What a message means. `where`: the address it was sent to, which may name a ward before its @ (a number names
    none); `opt_out`: the carrier's own word on STOP, START and HELP, which wins.
    """
    if opt_out.upper() in ("STOP", "START", "HELP"):
        return Meaning(Wish(opt_out.lower()))
    said = words(text)
    alone = _ALONE.get(said[0].letters) if len(said) == 1 else None
    if alone is not None:
        return Meaning(alone)
    found = finding.find(text, wards, where, subject)
    references = _references(f"{subject}\n{text}")
    wish = _wish(text, said, references, finding.named(text, wards))
    return Meaning(
        wish=wish,
        ward=found,
        references=references,
        number=_number(said),
        hospitals=finding.hospitals(f"{subject}\n{text}", wards) if wards else (),
        changes_mind=not isinstance(found, Nothing) and _ANOTHER.search(_flat(text)[:_EARLY]) is not None,
        anew=_NEW.search(_flat(text)) is not None,
        yes=_yes(said),
        rpps=_rpps(text),
    )


def among(meaning: Meaning, choices: Sequence[Candidate]) -> Found:
    """Which of the wards he was offered he chose: by number, by the ward's or the hospital's name; a ward that he
    names clearly wins even when it was not offered.
    """
    if isinstance(meaning.ward, Sure):
        return meaning.ward
    if meaning.number is not None and meaning.number <= len(choices):
        return Sure(choices[meaning.number - 1].id)
    likely = frozenset(meaning.ward.ids) if isinstance(meaning.ward, Close) else frozenset()
    there = frozenset(meaning.hospitals)
    left = [
        ward.id
        for ward in choices
        if (not likely or ward.id in likely) and (not there or ward.hospital in there) and (likely or there)
    ]
    if len(left) == 1:
        return Sure(left[0])
    return Close(tuple(left)) if left else meaning.ward


# What is wished ---------------------------------------------------------------------------------------------------


def _wish(text: str, said: Sequence[Word], references: Sequence[str], named: frozenset[str]) -> Wish:
    """`named`: the words that name a ward; "annuler cardio Cochin" takes back, "suivi cardio Cochin" asks."""
    plain = [word.letters for word in said if not word.letters.isdecimal()]
    if not said:
        return Wish.HELP if "?" in text else Wish.IDLE
    if not named and (_grateful(said) or _yes(said) is not None):
        return Wish.IDLE
    for wish, telling in _TELLING.items():
        besides = _AROUND | _WORDS[wish] | (named if wish is Wish.WITHDRAW else frozenset())
        if telling.search(_flat(text)) and besides.issuperset(plain):
            return wish
    if references and all(word in _AROUND for word in plain):
        return Wish.STATUS
    return Wish.ASK


def _grateful(said: Sequence[Word]) -> bool:
    """Thanks, or a farewell, and nothing else; a reference may stand beside it."""
    plain = [word.letters for word in said if not _REFERENCE.fullmatch(word.letters)]
    return bool(_GRATEFUL & set(plain)) and all(letters in _THANKS for letters in plain)


def _yes(said: Sequence[Word]) -> bool | None:
    plain = [word.letters for word in said if word.letters not in _PLAIN]
    if plain and set(plain) <= _YES:
        return True
    return False if plain and set(plain) <= _NO else None


def _number(said: Sequence[Word]) -> int | None:
    """The one number of a list that was chosen, when nothing else is said."""
    plain = [word.letters for word in said if word.letters not in _CHOOSING]
    chosen = {_NUMBERS.get(letters) for letters in plain}
    return next(iter(chosen)) if len(chosen) == 1 else None


def _references(text: str) -> tuple[str, ...]:
    """Six-digit numbers, in order, each once; whether they are a request's is for the register to say."""
    without = _RPPS.sub(" ", _MOBILE.sub(" ", text))
    found = ("".join(parts) for parts in _REFERENCE.findall(without))
    return tuple(dict.fromkeys(found))[:_MOST_REFERENCES]


def _rpps(text: str) -> str:
    """The first eleven digits in a row; "810…" of twelve digits is no RPPS, and a telephone number neither."""
    found = _RPPS.search(_MOBILE.sub(" ", text))
    return re.sub(r"\D", "", found[0]) if found else ""


def _flat(text: str) -> str:
    return " ".join(re.findall("[a-z0-9]+", fold(text)))


_WORDS: Final = {wish: listed(said) for wish, said in _SAID.items()}
