"""What a carrier reads: TwiML, checked against the verbs, attributes and nesting of twilio.md 2.1."""

from xml.etree import ElementTree

from tests.contract.wire import Answer

VERBS: dict[str, tuple[set[str], set[str]]] = {  # verb: (attributes, verbs inside)
    "Response": (set(), {"Say", "Play", "Pause", "Gather", "Dial", "Record", "Redirect", "Reject", "Hangup"}),
    "Say": ({"voice", "loop", "language"}, {"break", "emphasis", "lang", "p", "prosody", "s", "say-as", "sub"}),
    "Play": ({"loop", "digits"}, set()),
    "Pause": ({"length"}, set()),
    "Gather": (
        {
            *("input", "action", "method", "timeout", "speechTimeout", "finishOnKey", "numDigits", "language"),
            *("hints", "bargeIn", "actionOnEmptyResult", "speechModel", "profanityFilter", "maxSpeechTime"),
        },
        {"Say", "Play", "Pause"},
    ),
    "Dial": (
        {"action", "method", "timeout", "hangupOnStar", "timeLimit", "callerId", "answerOnBridge", "ringTone"},
        {"Number"},
    ),
    "Number": ({"url", "method", "statusCallback", "statusCallbackEvent", "statusCallbackMethod"}, set()),
    "Record": (
        {
            *("action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "trim", "transcribe"),
            *("recordingStatusCallback", "recordingStatusCallbackEvent", "recordingStatusCallbackMethod"),
        },
        set(),
    ),
    "Redirect": ({"method"}, set()),
    "Reject": ({"reason"}, set()),
    "Hangup": (set(), set()),
}
SPEECH_MARKS = VERBS["Say"][1]
LARGEST = 64 * 1024


class BadTwiml(Exception):
    """A document that no carrier would follow, and why."""


def parse(answer: Answer) -> list[ElementTree.Element]:
    """The verbs of a document in order; raises BadTwiml."""
    if answer.status != 200 or answer.content_type.split(";")[0] not in ("text/xml", "application/xml"):
        raise BadTwiml(f"{answer.status} {answer.content_type}: {answer.body[:300]}")
    if len(answer.body.encode()) > LARGEST:
        raise BadTwiml("more than 64 KiB")
    try:
        root = ElementTree.fromstring(answer.body.encode())
    except ElementTree.ParseError as error:
        raise BadTwiml(str(error)) from error
    if root.tag != "Response":
        raise BadTwiml(f"the root is {root.tag}")
    _check(root)
    return list(root)


def said(element: ElementTree.Element) -> str:
    """All that a person hears of an element, as text."""
    return " ".join("".join(element.itertext()).split())


def _check(element: ElementTree.Element) -> None:
    attributes, inside = VERBS[element.tag]
    if unknown := set(element.attrib) - attributes:
        raise BadTwiml(f"<{element.tag}> has no {', '.join(sorted(unknown))}")
    for child in element:
        if child.tag not in inside:
            raise BadTwiml(f"<{child.tag}> cannot stand in <{element.tag}>")
        if child.tag not in SPEECH_MARKS:
            _check(child)
