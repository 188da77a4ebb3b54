"""What plain words say, whichever ward they name: a command, thanks, a number of a list, a yes, a reference. Pure.

A command counts only when the message says nothing else: "patient suivi en néphro" asks for no state of anything, and
"annulation de son rendez-vous, que faire ?" takes nothing back.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from ivr.words import Word, listed, words


class Wish(StrEnum):
    """What the sender wants of us."""

    ASK = "ask"  # advice; also whatever else is said
    STATUS = "status"
    WITHDRAW = "withdraw"
    HELP = "help"
    STOP = "stop"
    START = "start"
    IDLE = "idle"  # thanks, a picture of a thumb, nothing


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
# What is thanked for; without "pour" it is what is asked for.
_GIVEN: Final = listed("avis rappel appel message info infos reponse retour aide reply answer")
_FOR: Final = listed("pour for")
_YES: Final = listed("oui ouais yes ok okay accord daccord exact exactement affirmatif")
_NO: Final = listed("non no nan nope negatif")
_PLAIN: Final = listed("merci svp stp please d s il vous te plait bien sur c est ca tout a fait sms")
# Six digits together, or in pairs or threes; never part of a longer number: a telephone number names no request.
_REFERENCE: Final = re.compile(
    r"(?<!\d)([1-9]\d{5})(?!\d)"
    r"|(?<!\d)(?<!\d[ .-])(?:([1-9]\d{2})[ .-](\d{3})|([1-9]\d)[ .-](\d\d)[ .-](\d\d))(?![ .-]?\d)"
)
_RPPS: Final = re.compile(r"(?<!\d)(?<!\d[ .])(\d(?:[ .]?\d){10})(?![ .]?\d)")
_TELEPHONE: Final = re.compile(r"(?<!\d)\+?(?:33|0)[ .-]?(?:\(0\))?[1-9](?:[ .-]?\d\d){4}(?!\d)")
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
_NEW_PATIENT: Final = re.compile(
    r"\b(?:nouve(?:lle|au|l)|autre) (?:demande|patiente?|dossier|cas)"
    r"|\b(?:new|another|different|other) (?:request|patient|case)\b"
)
_EARLY: Final = 60  # letters: a change of mind is said first
_MOST_REFERENCES: Final = 5


def alone(said: Sequence[Word]) -> Wish | None:
    """The carrier's words on STOP and START, which count only alone; "svp" aside."""
    plain = [word.letters for word in said if word.letters not in _PLAIN]
    return _ALONE.get(plain[0]) if len(plain) == 1 else None


def wish(text: str, named: frozenset[str]) -> Wish:
    """What is wished; `named`: the words that name a ward ("annuler cardio Cochin" takes back, "suivi cardio" asks)."""
    said = words(text)
    if not said:
        return Wish.HELP if "?" in text else Wish.IDLE
    if not named and (_grateful(said) or yes(said) is not None):
        return Wish.IDLE
    plain = [word.letters for word in said if not word.letters.isdecimal()]
    for command, telling in _TELLING.items():
        besides = _AROUND | _WORDS[command] | (named if command is Wish.WITHDRAW else frozenset())
        if telling.search(flat(text)) and besides.issuperset(plain):
            return command
    return Wish.STATUS if references(text) and _AROUND.issuperset(plain) else Wish.ASK


def _grateful(said: Sequence[Word]) -> bool:
    """Thanks, or a farewell, and nothing else; a reference may stand behind. "Merci de votre rappel" asks for one."""
    plain = [word.letters for word in said if not word.letters.isdecimal()]
    if said[0].letters.isdecimal() or not _GRATEFUL.intersection(plain) or not _THANKS.issuperset(plain):
        return False
    return _GIVEN.isdisjoint(plain) or not _FOR.isdisjoint(plain)


def yes(said: Sequence[Word]) -> bool | None:
    """A plain yes or no."""
    plain = {word.letters for word in said if word.letters not in _PLAIN}
    if plain and plain <= _YES:
        return True
    return False if plain and plain <= _NO else None


def number(said: Sequence[Word]) -> int | None:
    """The one number of a list that was chosen, when nothing else is said."""
    chosen = {_NUMBERS.get(word.letters) for word in said if word.letters not in _CHOOSING}
    return next(iter(chosen)) if len(chosen) == 1 else None


def references(text: str) -> tuple[str, ...]:
    """Six-digit numbers, in order, each once; whether they are a request's is for the register to say."""
    found = ("".join(parts) for parts in _REFERENCE.findall(text))
    return tuple(dict.fromkeys(found))[:_MOST_REFERENCES]


def rpps(text: str) -> str:
    """The first eleven digits in a row, whatever their check digit says; a telephone number is none."""
    found = _RPPS.search(_TELEPHONE.sub(" ", text))
    return re.sub(r"\D", "", found[0]) if found else ""


def changes_mind(text: str) -> bool:
    """Whether it begins by taking something back: "non, plutôt néphro"."""
    return _ANOTHER.search(flat(text)[:_EARLY]) is not None


def of_another(text: str) -> bool:
    """Whether it speaks of another patient or request, and names none by its reference."""
    return _NEW_PATIENT.search(flat(text)) is not None and not references(text)


def anew(text: str) -> bool:
    """Whether it says that it is about something else than before."""
    return _NEW.search(flat(text)) is not None


def flat(text: str) -> str:
    """Its words with one blank between, as far as they are read."""
    return " ".join(word.letters for word in words(text))


_WORDS: Final = {command: listed(said) for command, said in _SAID.items()}
