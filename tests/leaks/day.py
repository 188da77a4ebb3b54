"""One day of a running line on which people say, write and type what must be found nowhere else."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from hashlib import sha256
from hmac import digest
from urllib.request import Request

import psycopg
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from redis import Redis
from sqlalchemy import insert

from callbacks import exports
from callbacks.evaluation import exporting
from callbacks.evaluation.pseudonyms import Pseudonyms
from callbacks.figures.periods import Grain, Period
from config import clock
from config.database import job_engine
from scheduling.accounts import sessions
from scheduling.accounts.roles import Role
from scheduling.accounts.tables import accounts
from tests.callbacks.mailroom import Mailroom
from tests.contract.carrier import Carrier
from tests.contract.conftest import gives_up
from tests.contract.hospital import CHLOE, DENIS
from tests.contract.installation import Installation, wait_until
from tests.contract.people import Caller, Telephone
from tests.contract.processes import below
from tests.contract.visitor import Page, Visitor
from tests.leaks import places
from tests.leaks.scanning import Plant
from tests.leaks.watchers import ERRORS, TRACES, Watchers
from tests.webhooks.mail.bringing import brought

ADDRESS = "avis@hopital.example"
GERIATRICS = "437#"  # Denis; the cardiology of Avicenne is Chloé's: who is alerted often is alerted a little later
MOBILE, LANDLINE, STRANGER = "+33639980191", "+33199002477", "+33639980193"
MAIL = "zephyrin.quatremere@cabinet.example"
PIN = "730418"
SOON = 40.0

PATIENT = Plant("the patient", "Ombeline Vauquelin")
SSN = Plant("her number", "2 69 05 49 588 157 80")
DOCTOR = Plant("the doctor", "Quatremère")
IN_FULL = Plant("the doctor's whole name", "Zéphyrin Quatremère")
MAILBOX = Plant("his mailbox", MAIL)
HIS_MOBILE, HIS_LANDLINE = Plant("his mobile", MOBILE, number=True), Plant("his landline", LANDLINE, number=True)
BY_SMS = Plant("what he texted", "plaie creusée du mollet gauche")
BY_MAIL = Plant("what he wrote", "céphalées matinales depuis la chute")
SUBJECT = Plant("his subject", "avis urgent dossier Vauquelin")
FILE = Plant("the name of his file", "irm-encephale-vauquelin")
IN_FILE = Plant("what is in it", "hématome sous-dural chronique")
DRAFT = Plant("her draft", "à revoir avec le neuroradiologue")
ANSWER = Plant("her answer", "suspendre l'apixaban dès ce soir")
QUESTION = Plant("his question", "reprendre à quelle posologie ensuite")
SEARCHED = Plant("what was searched", "zephyrin quatremere")
HER_PIN = Plant("her PIN", PIN)

WORDS = (PATIENT, SSN, BY_SMS, BY_MAIL, SUBJECT, FILE, IN_FILE, DRAFT, ANSWER, QUESTION)
NAMES = (DOCTOR, MAILBOX, SEARCHED)
NUMBERS = (HIS_MOBILE, HIS_LANDLINE)


class Reader(Visitor):
    """Somebody at a browser; each page that he is shown is kept."""

    def __init__(self, cookie: str = "") -> None:
        super().__init__()
        self.seen: list[Page] = []
        self.cookie = cookie

    def _fetch(self, request: Request) -> Page:
        if self.cookie:
            request.add_header("Cookie", self.cookie)
        self.seen.append(super()._fetch(request))
        return self.seen[-1]


@dataclass
class Day:
    """What happened, and where it may have left something."""

    line: Installation
    room: Mailroom
    watchers: Watchers
    database: str
    redis: str
    denis: Reader = field(default_factory=Reader)
    chloe: Reader = field(default_factory=Reader)
    doctor: Reader = field(default_factory=Reader)
    office: Reader = field(default_factory=Reader)
    said: list[str] = field(default_factory=list)  # by commands, on both of their outputs

    def plays(self) -> None:
        """All of it."""
        self._is_known()
        self._calls()
        self._texts()
        link = self._writes()
        answer = self._is_answered(link)
        self._reads(answer)
        self._is_looked_up()
        self._run("doctor")

    def _is_known(self) -> None:
        known = self.line.home / "known.csv"
        known.write_text(f"name,phone,email\nZéphyrin Quatremère,{MOBILE};{LANDLINE},{MAIL}\n", encoding="utf-8")
        self._run("import", "practitioners", str(known))
        self.line.carrier.connect(Telephone(MOBILE), Telephone(STRANGER))

    def _calls(self) -> None:
        """He leaves a message; his hidden brother keys a number."""
        call = gives_up(self.line, MOBILE, GERIATRICS, DENIS)
        (recording,) = self.line.carrier.recordings.of(call.sid)
        self.line.carrier.dials(Caller("anonymous", [GERIATRICS], call_back="0199002477"))
        wait_until(lambda: recording.deleted, SOON, self.line.tail)
        page = self.denis.presses(self.denis.opens(self._links(DENIS)[0]), "Je la prends en charge")
        page = self.denis.presses(page, "Enregistrer le code", pin=PIN, again=PIN)
        self.denis.presses(page, "Écouter")

    def _texts(self) -> None:
        """He texts, while the register does not let go of a table: what fails, fails with his words in hand."""
        with psycopg.connect(self.database.replace("+psycopg", "")) as holder:
            holder.execute("lock table texts_in, written in access exclusive mode")
            body = f"Gériatrie : {BY_SMS.words}, {PATIENT.words}, {SSN.words}, rappeler le 01 99 00 24 77"
            came = {"From": STRANGER, "To": self.line.carrier.line, "Body": body, "MessageSid": f"SM{'7' * 32}"}
            told = [self.line.carrier.wire.ask(f"{self.line.url}/webhooks/sms", came).status]
            holder.rollback()
        told.append(self.line.carrier.wire.ask(f"{self.line.url}/webhooks/sms", came).status)
        assert told == [503, 200]

    def _writes(self) -> str:
        """He writes to the ward, with a picture; the link that Chloé is texted."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = MAIL, ADDRESS, SUBJECT.words
        letter["Message-ID"] = "<1@cabinet.example>"
        letter.set_content(f"Pour la cardiologie d'Avicenne.\n\n{BY_MAIL.words} chez {PATIENT.words}, {SSN.words}.\n")
        letter.add_attachment(
            f"%PDF-1.4 {IN_FILE.words}".encode(), maintype="application", subtype="pdf", filename=f"{FILE.words}.pdf"
        )
        posted = brought(letter.as_bytes(), MAIL, ADDRESS)
        assert self.line.post("/webhooks/email", posted.body, posted.headers).status == 200
        wait_until(lambda: self._references(), SOON, lambda: f"{self.room.letters} {self.line.tail()}")
        (reference,) = self._references()
        wait_until(lambda: self._links(CHLOE, reference), SOON, self.line.tail)
        return self._links(CHLOE, reference)[-1]

    def _references(self) -> list[str]:
        """Of the requests that he was told of by e-mail."""
        return [
            found for each in self.room.letters for found in re.findall(r"demande (\d{6}) enreg", str(each["Subject"]))
        ]

    def _is_answered(self, link: str) -> str:
        """Chloé reads it behind a PIN and answers in writing; the link in the notice to the doctor."""
        page = self.chloe.presses(self.chloe.opens(link), "Enregistrer le code", pin=PIN, again=PIN)
        page = self.chloe.presses(page, "Lire")
        assert BY_MAIL.words in page.text
        (saved,) = re.findall(r'href="([^"]+/pictures/0[^"]*)"', page.body.decode())
        assert IN_FILE.words.encode() in self.chloe.opens(f"{self.line.url}{saved}").body
        writing = self.chloe.opens(f"{link}/answer")
        page = self.chloe.presses(writing, "Enregistrer", words=f"{DRAFT.words}, {PATIENT.words}", do="save")
        page = self.chloe.presses(
            page, "Envoyer", words=f"{ANSWER.words}, {PATIENT.words}", do="send", outcome="CONSEIL"
        )
        wait_until(lambda: self._notices(), SOON, self.line.tail)
        return self._notices()[-1]

    def _notices(self) -> list[str]:
        letters = (each.get_content() for each in self.room.letters)
        return [link for body in letters for link in re.findall(r"http\S+/a/\S+", body)]

    def _reads(self, link: str) -> None:
        """The doctor opens it with the code, and asks on."""
        phone = self.line.carrier.telephones[MOBILE]
        page = self.doctor.presses(self.doctor.opens(link), "Recevoir le code")
        wait_until(lambda: self._codes(phone), SOON, self.line.tail)
        page = self.doctor.presses(page, "Lire", code=self._codes(phone)[-1])
        assert ANSWER.words in page.text
        self.doctor.presses(page, "Envoyer ma question", wish="question", words=f"{QUESTION.words}, {PATIENT.words} ?")

    def _codes(self, phone: Telephone) -> list[str]:
        return [code for text in phone.texts for code in re.findall(r"(\d{6}) est votre code", text.body)]

    def _is_looked_up(self) -> None:
        """An administrator looks for the doctor, at the requests, and at who read what."""
        self.office.cookie = self._signed_in()
        page = self.office.opens(f"{self.line.url}/practitioners")
        self.office.presses(page, "Chercher", q=SEARCHED.words)
        for path in ("/requests", "/calls", "/readings", "/trail", "/unsorted", "/information", "/informations"):
            assert self.office.opens(f"{self.line.url}{path}").status in (200, 404), path

    def _signed_in(self) -> str:
        """A session of an administrator, as his browser would bring it."""
        engine = job_engine(self.database)
        with engine.begin() as conn:
            new = insert(accounts).values(email="admin@hopital.example", name="Admin", role=Role.ADMIN, all_wards=False)
            token = sessions.begin(conn, conn.execute(new.returning(accounts.c.id)).scalar_one())
        engine.dispose()
        app = Flask("cookie")
        app.secret_key = digest(self.line.settings()["SECRET_KEY"].encode(), b"sessions", sha256)
        serializer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert serializer is not None
        return f"rappel24={serializer.dumps({'_user_id': token})}"

    def _links(self, number: str, about: str = "") -> list[str]:
        """Those that somebody was texted, about that reference."""
        texts = [text.body for text in self.line.carrier.telephones[number].texts if about in text.body]
        return [link for body in texts for link in re.findall(r"http\S+", body)]

    def _run(self, *arguments: str) -> None:
        done = self.line.run(*arguments)
        self.said.append(done.stdout + done.stderr)

    def _log(self) -> str:
        return self.line.log.read_text(errors="replace")

    # Where it may have left something ---------------------------------------------------------------------------------

    @property
    def secrets(self) -> tuple[Plant, ...]:
        """What opens something: keys, tokens, PINs, the links that people were sent."""
        settings = self.line.settings()
        kept = {name: settings[name] for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "TWILIO_AUTH_TOKEN")}
        bodies = [text.body for phone in self.line.carrier.telephones.values() for text in phone.texts]
        bodies += [each.get_content() for each in self.room.letters]
        links = {token for body in bodies for token in re.findall(r"/[arcg]/([A-Za-z0-9_-]{12,})", body)}
        tokens = [Plant("a link", token) for token in sorted(links)]
        session = Plant("a session", self.office.cookie.partition("=")[2])
        return (*(Plant(name, value) for name, value in kept.items()), HER_PIN, session, *tokens)

    def everywhere(self) -> Iterator[tuple[str, bytes | str, Sequence[Plant]]]:
        """Each place, what stands there, and what must not."""
        content = (*WORDS, *NAMES, *NUMBERS)
        everything = (*content, *self.secrets)
        carrier, phones = self.line.carrier, self.line.carrier.telephones.values()
        yield "the logs of all processes", self._log(), everything
        yield "what commands said", "\n".join(self.said), everything
        yield "Redis", self._redis(), everything
        for who, path in (("a collector of traces", TRACES), ("a Sentry", ERRORS)):
            yield f"what {who} is told", b"\n".join(self.watchers.told[path]), everything
        yield "what both are told besides", "\n".join(self.watchers.headers), everything
        assert self.line.process is not None
        yield "the process list", places.command_lines(below(self.line.process.pid)), everything
        for path in ("/metrics", "/readyz", "/healthz"):
            yield path, self.line.get(path).body, everything
        yield "addresses of webhooks", "\n".join(sent.url for sent in carrier.wire.sent), everything
        yield "what the carrier is told", "\n".join(_addresses(carrier)), content
        yield "callbacks of SMS", "\n".join(each.callback for each in carrier.messages.values()), everything
        outgoing = (each for each in carrier.messages.values() if each.direction != "inbound")
        yield "the words of SMS", "\n".join(each.body for each in outgoing), content
        yield "what telephones heard", "\n".join(words for phone in phones for words in phone.heard), content
        yield "subjects of e-mails", "\n".join(str(each["Subject"]) for each in self.room.letters), content
        yield "ordinary e-mails", "\n".join(each.get_content() for each in self.room.letters), content
        pages = [*self.denis.seen, *self.chloe.seen, *self.doctor.seen, *self.office.seen]
        yield "titles of pages", "\n".join(_title(page) for page in pages), content
        yield "addresses of pages", "\n".join(page.url for page in pages), content
        for what, table in self._exports().items():
            yield f"the export of {what}", table, (*WORDS, IN_FULL)  # numbers and addresses are what it is for
        yield "what evaluators get", self._for_evaluators(), everything
        for table, kept in self._rows().items():
            yield f"the table {table}", kept, (*WORDS, HER_PIN)
        yield "the shelf", places.files(self.line.home / "var"), (*WORDS, Plant("sound", "RIFF"))

    def _redis(self) -> bytes:
        with Redis.from_url(self.redis) as client:
            return places.redis_whole(client)

    def _exports(self) -> dict[str, str]:
        engine = job_engine(self.database)
        with engine.begin() as conn:
            made = {what: exports.export(conn, what, "csv") for what in exports.EXPORTS}
        engine.dispose()
        return made

    def _for_evaluators(self) -> bytes:
        engine = job_engine(self.database)
        with engine.begin() as conn:
            now = clock.read(conn).now
            month = Period.of(Grain.MONTH, now.date())
            files = exporting.files(conn, month, Pseudonyms(b"e" * 32), "fr", now)
        engine.dispose()
        assert files["requests.csv"].count(b"\n") > 1
        return b"".join(files.values())

    def _rows(self) -> dict[str, bytes]:
        engine = job_engine(self.database)
        try:
            return places.rows(engine)
        finally:
            engine.dispose()


def _addresses(carrier: Carrier) -> list[str]:
    """The addresses that we handed to the carrier in what it was to do."""
    documents = [document for call in carrier.calls.values() for document in call.documents]
    return [found for document in documents for found in re.findall(r"(?:https?:/|/webhooks)/[^\"<\s]+", document)]


def _title(page: Page) -> str:
    found = re.search(rb"<title>(.*?)</title>", page.body, re.DOTALL)
    return found[1].decode() if found else ""
