"""Documents in the carrier's language. What is said and done is decided elsewhere."""

from dataclasses import dataclass
from uuid import UUID

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from callbacks.carrier_language import RETRIES
from callbacks.house import House
from callbacks.line import PREFIX, Document
from config import numbers, texts
from config.texts import gsm7
from ivr.engine import Memory, Said
from ivr.flow import FLOW
from ivr.ringing import RING_SECONDS
from ivr.vocabulary import (
    PLAYED,
    READ_OUT,
    Announce,
    Ask,
    Bridge,
    Choose,
    Connect,
    End,
    Enter,
    Entry,
    Hold,
    Record,
    Ring,
    Transfer,
)
from webhooks.words import aloud, plain, spoken

LANGUAGE = {"fr": "fr-FR", "en": "en-GB"}
VOICE = {"fr": "Polly.Lea-Neural", "en": "Polly.Amy-Neural"}

KEY_SECONDS = 5  # to press a key after a prompt
ENTRY_SECONDS = 5  # between the digits of an entry
CODE_SECONDS, CODE_DIGITS = 30, 6  # an SMS may take so long
WHISPER_SECONDS = 6
ANNOUNCED_SECONDS = 1  # nobody waits for a key then: the least that the carrier allows
MESSAGE_SECONDS = 180
SILENCE_SECONDS = 8  # ends a message
TRANSFER_SECONDS = 40
CALLBACK_SECONDS = 30  # a practice answers late; its voicemail presses no 1
# Of a message left in the fixed document: which call it was, the carrier says.
FALLBACK_PATH = f"{PREFIX}/late/{UUID(int=0)}/fallback"
RECORDING_EVENTS = "in-progress completed absent"
HOLD_SECONDS = 2


@dataclass(frozen=True)
class Renderer:
    """Renders documents for this house."""

    house: House
    api_url: str  # where the carrier keeps recordings: they are played to the caller from there

    def __call__(self, document: Document) -> str:
        """A TwiML document."""
        response = VoiceResponse()
        step = FLOW.steps[document.waiting.step]
        if any(said.key == READ_OUT and not said.values for said in document.waiting.said):
            # What this turn answers is kept for a repeat: a senior's words are not in it, and are fetched apart.
            response.redirect(self._url(f"{PREFIX}/aloud{document.action.removeprefix(PREFIX)}"), method="POST")
            return str(response)
        match step:
            case Announce() | Ask() | Enter() | Choose():
                self._listen(response, document, step)
            case Record():
                self._say_all(response, document)
                self._record(response, document)
            case Ring():
                self._say_all(response, document)
                self._ring(response, document)
            case Bridge():
                self._say_all(response, document)
                self._bridge(response, document)
            case Transfer():
                self._transfer(response, document)
            case Hold(seconds=seconds):
                response.pause(length=seconds)
                response.redirect(self._url(document.action), method="POST")
            case Connect():
                pass  # the end of a whisper without a hang-up connects the two
            case End():
                self._say_all(response, document)
                response.hangup()
            case _:
                raise TypeError(f"nothing to render for {document.waiting.step}")
        return str(response)

    # Steps

    def _listen(self, response: VoiceResponse, document: Document, step: Announce | Ask | Enter | Choose) -> None:
        gather = Gather(
            action=self._url(document.action), method="POST", action_on_empty_result=True, **self._ears(step)
        )
        self._say_all(gather, document)
        response.append(gather)
        # A carrier that falls through on silence comes to the same place.
        response.redirect(self._url(document.action), method="POST")

    def _ears(self, step: Announce | Ask | Enter | Choose) -> dict[str, object]:
        if not isinstance(step, Enter):
            # No finish key: a stray # is a key that means nothing, not an empty answer.
            return {"input": "dtmf", "num_digits": 1, "finish_on_key": "", "timeout": _patience(step)}
        ears: dict[str, object] = {"input": "dtmf", "finish_on_key": "#", "timeout": ENTRY_SECONDS}
        if step.entry is Entry.CODE:
            ears |= {"num_digits": CODE_DIGITS, "timeout": CODE_SECONDS}
        if step.entry is Entry.WARD and self.house.speech:
            ears |= {"input": "dtmf speech", "speech_timeout": "auto", "language": LANGUAGE[self.house.language]}
        return ears

    def _record(self, response: VoiceResponse, document: Document) -> None:
        response.record(
            action=self._url(document.action),
            method="POST",
            play_beep=True,
            max_length=MESSAGE_SECONDS,
            timeout=SILENCE_SECONDS,
            finish_on_key="#",
            trim="do-not-trim",
            recording_status_callback=self._url(f"{PREFIX}/recording/{document.call_id}"),
            recording_status_callback_method="POST",
            recording_status_callback_event=RECORDING_EVENTS,
        )
        response.redirect(self._url(document.action), method="POST")

    def _ring(self, response: VoiceResponse, document: Document) -> None:
        memory = document.waiting.memory
        attempt = memory["attempt"]
        dial = self._dial(response, document, RING_SECONDS)
        self._leg(dial, memory["attempt_phone"], whisper=f"whisper/{attempt}", progress=f"leg/{attempt}")

    def _bridge(self, response: VoiceResponse, document: Document) -> None:
        memory = document.waiting.memory
        bridge = memory["bridge"]
        dial = self._dial(response, document, CALLBACK_SECONDS)
        self._leg(dial, memory["bridge_phone"], whisper=f"bridge/{bridge}", progress=f"bridge/{bridge}/leg")

    def _dial(self, response: VoiceResponse, document: Document, seconds: int) -> Dial:
        """Whoever is rung sees the line's number."""
        return response.dial(
            action=self._url(document.action),
            method="POST",
            timeout=seconds,
            caller_id=self.house.line_number,
            ring_tone="fr",
        )

    def _leg(self, dial: Dial, number: str, *, whisper: str, progress: str) -> None:
        """One telephone, which is asked for a 1 before the two are connected."""
        dial.number(
            number,
            url=self._url(f"{PREFIX}/{whisper}"),
            method="POST",
            status_callback=self._url(f"{PREFIX}/{progress}"),
            status_callback_event="initiated ringing answered completed",
            status_callback_method="POST",
        )

    def _transfer(self, response: VoiceResponse, document: Document) -> None:
        self._say_all(response, document)
        number = document.waiting.memory.get("transfer_to")
        if number is None:
            response.hangup()
            return
        self._dial(response, document, TRANSFER_SECONDS).number(number)

    # When the register cannot be reached (invariant 5): nothing here asks it anything

    def one_moment(self, path: str) -> str:
        """Un instant, and once more to the same step."""
        response = VoiceResponse()
        self._say(response, plain("one_moment", self.house))
        response.pause(length=HOLD_SECONDS)
        response.redirect(self._url(path), method="POST")
        return str(response)

    def last_resort(self, sentence: str, switchboard: str | None, voicemail_path: str) -> str:
        """The switchboard; when it does not answer, a voicemail that finds its ward later."""
        response = VoiceResponse()
        self._say(response, plain(sentence, self.house))
        if switchboard is not None:
            dial = response.dial(timeout=TRANSFER_SECONDS, caller_id=self.house.line_number, ring_tone="fr")
            dial.number(switchboard)
        self._say(response, plain("late_voicemail", self.house))
        self._voicemail(response, self._url(voicemail_path), voicemail_path)
        response.hangup()
        return str(response)

    def _voicemail(self, response: VoiceResponse, action: str, path: str) -> None:
        """A message of which the carrier tells us at `path`, whenever it can."""
        response.record(
            action=action,
            method="POST",
            play_beep=True,
            max_length=MESSAGE_SECONDS,
            timeout=SILENCE_SECONDS,
            finish_on_key="#",
            trim="do-not-trim",
            recording_status_callback=self._url(path),
            recording_status_callback_method="POST",
            recording_status_callback_event="completed",
        )

    def farewell(self, sentence: str) -> str:
        """Say one sentence, hang up."""
        response = VoiceResponse()
        self._say(response, plain(sentence, self.house))
        response.hangup()
        return str(response)

    # For another machine, when nothing of ours answers: fixed, and asked for with POST. With GET, who calls and what he
    # writes would stand in the address (invariant 9), and in that machine's logs.

    def fallback_call(self, thanks_url: str) -> str:
        """What the carrier does with a call that we do not answer; `thanks_url` leads to what follows a message."""
        response = VoiceResponse()
        self._say_key(response, "voice.emergency", "fallback.call")
        if self.house.switchboard is not None:
            dial = response.dial(timeout=TRANSFER_SECONDS, caller_id=self.house.line_number, ring_tone="fr")
            dial.number(self.house.switchboard)
        self._say_key(response, "fallback.voicemail")
        self._voicemail(response, thanks_url, FALLBACK_PATH)
        self._say_key(response, "fallback.nothing")
        response.hangup()
        return str(response)

    def fallback_thanks(self) -> str:
        """What follows a message that was left."""
        response = VoiceResponse()
        self._say_key(response, "fallback.thanks")
        response.hangup()
        return str(response)

    def fallback_broken(self) -> str:
        """What somebody whom the line called hears: what he was to hear is not lost, he is told again."""
        response = VoiceResponse()
        self._say_key(response, "fallback.broken")
        response.hangup()
        return str(response)

    def fallback_sms(self) -> str:
        """What who writes is told at once: the carrier keeps his SMS until we ask for it."""
        response = MessagingResponse()
        number = numbers.national(self.house.switchboard) if self.house.switchboard else "15"
        response.message(gsm7.fit(texts.template("sms.fallback", self.house.language), {"switchboard": number}))
        return str(response)

    # Parts

    def _say_key(self, into: VoiceResponse, *keys: str) -> None:
        for key in keys:
            self._say(into, texts.say(key, self.house.language))

    def _say_all(self, into: VoiceResponse | Gather, document: Document) -> None:
        for said in document.waiting.said:
            if said.key == PLAYED:
                into.play(self._sound(document.waiting.memory, document.call_id))
            elif said.key == READ_OUT:
                for each in aloud(said.values["words"]):
                    self._say(into, each)
            else:
                self._say(into, self._words(said, document))

    def _words(self, said: Said, document: Document) -> str:
        return spoken(said, document.waiting.memory, document.moment.now, self.house)

    def _say(self, into: VoiceResponse | Gather, words: str) -> None:
        language = self.house.language
        into.say(words, language=LANGUAGE[language], voice=VOICE[language])

    def _sound(self, memory: Memory, call_id: UUID | None) -> str:
        """A senior hears what we keep; the caller his own message, from where the carrier still keeps it."""
        if memory.get("playing") and call_id is not None:
            return f"{self.house.public_url}{PREFIX}/audio/{call_id}/{memory['playing']}"
        return f"{self.api_url}/Recordings/{memory['recording_sid']}.wav"

    def _url(self, path: str) -> str:
        return f"{self.house.public_url}{path}{RETRIES}"


def _patience(step: Announce | Ask | Choose) -> int:
    """Seconds for a key once all is said."""
    if isinstance(step, Announce):
        return ANNOUNCED_SECONDS
    return WHISPER_SECONDS if isinstance(step, Ask) and step.tries == 1 else KEY_SECONDS


EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
