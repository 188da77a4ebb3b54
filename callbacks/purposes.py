"""Why a message is sent: the word that stands in the outbox and in its export. Pure."""

from enum import StrEnum


class Purpose(StrEnum):
    """To the ward and those above it, then to the GP."""

    ALERT = "alert"  # the first that somebody hears of a request
    REMINDER = "reminder"
    ESCALATION = "escalation"  # to the head of ward, the coordinator
    OVERDUE = "overdue"
    SUMMARY = "summary"  # reminders gathered into one
    RETURNED = "returned"  # it is the ward's again: given back, or opened again
    TAKEN = "taken"  # to who was alerted: a colleague has it
    OFFERED = "offered"  # somebody is asked to take it over
    REFUSED = "refused"  # to who asked: he does not
    RETRY = "retry"  # to who put a try off: it is time
    GIVEN_BACK = "given_back"  # to who left: what he had in hand is the ward's again
    ADDED = "added"  # a new message, for who has claimed it
    SHIFT_START = "shift_start"
    SHIFT_END = "shift_end"
    PRESENCE = "presence"  # "de garde ? 1 oui, 2 non", asked of who begins
    ABSENCE = "absence"  # to who must know that he did not say yes
    CALLBACK = "callback"  # rings a senior who asked to call a GP back through the line
    TRIED_CALL = "tried_call"  # to a GP's voicemail: a senior tried to call him back
    VERIFICATION = "verification"  # the code that proves a telephone, or the call
    PIN_LOCKED = "pin_locked"  # to whose PIN it is: five wrong ones were given
    TEST_CALL = "test_call"
    TO_MEND = "to_mend"  # to a ward's editors: what is wrong with their rota
    LAST_RESORT = "last_resort"  # to ALERT_PHONE: nobody else is there
    ALARM = "alarm"  # to ALERT_EMAIL: what stands in the way of the promise
    CONFIRMATION = "confirmation"
    ADDITION = "addition"
    APOLOGY = "apology"
    UNREACHED = "unreached"
    NAMED = "named"  # which senior has his request in hand
    TRIED = "tried"  # that somebody tried to call him back
    ASKED = "asked"  # whether he was called back
    WITHDRAWN = "withdrawn"  # to who has it in hand: the GP needs no call any more
    REPLY = "reply"  # to who wrote PRIS, FAIT or RENDU
    HOW_IT_ENDED = "how_it_ended"  # to the senior who took a call, when the GP did not key it
    HOW_TO = "how_to"  # to who wrote anything else
    QUESTION = "question"  # to who wrote: which ward, which request, who he is
    STATUS = "status"  # to who asked after his request in writing
    NOT_SECURED = "not_secured"  # to who wrote of a patient where he should not
    REFUSED_SENDER = "refused_sender"  # to who is not on file, where that is asked for
    TO_SORT = "to_sort"  # to the coordinator: a message that nobody has understood
    ANSWER = "answer"  # a senior's answer in writing, or the notice of one
    REGISTRATION = "registration"  # to who asks to be on file: the code that proves him, then that he is
    ANSWER_CODE = "answer_code"  # the second proof of who reads it
    UNREAD = "unread"  # to the senior: his answer was not read within a day
    POLL = "poll"  # to a GP whose request is over: three questions
    FIGURES = "figures"  # a line's week, or a hospital's month, to who answers for it


# Not wanted any more once somebody has the request in hand.
UNCLAIMED = frozenset(
    {
        Purpose.ALERT,
        Purpose.REMINDER,
        Purpose.ESCALATION,
        Purpose.RETURNED,
        Purpose.LAST_RESORT,
        Purpose.OFFERED,
        Purpose.REFUSED,
        Purpose.RETRY,
    }
)
ALERTS = UNCLAIMED | {Purpose.OVERDUE, Purpose.ADDED}
# Not wanted any more once it is closed. Summaries name other requests too; an apology always goes out.
WHILE_OPEN = ALERTS | {Purpose.NAMED, Purpose.TRIED}
# A message that does not arrive is not an alert: the same person is telephoned. That a colleague has it, or the ward
# again, is no alert: nothing is asked of anybody.
TO_THE_WARD = ALERTS | {Purpose.SUMMARY, Purpose.SHIFT_START, Purpose.SHIFT_END}
# About a shift, not a request: who cannot be reached by SMS is told by voice.
TOLD_BY_VOICE = frozenset({Purpose.SHIFT_START, Purpose.ABSENCE})
# Somebody must act on it by a clock, or waits for it with the telephone in his hand: it leaves before what reminds.
AT_ONCE = (ALERTS - {Purpose.REMINDER}) | {
    Purpose.ABSENCE,
    Purpose.CALLBACK,
    Purpose.PRESENCE,
    Purpose.TRIED_CALL,
    Purpose.VERIFICATION,
    Purpose.TEST_CALL,
}
# Good to know, and nobody waits for it: sent a few at a time, so that what has a clock never queues behind it.
NEWS = frozenset({Purpose.SHIFT_START, Purpose.TO_MEND, Purpose.FIGURES, Purpose.POLL})
# What somebody outside can have sent as often as he likes, by calling, writing, asking for a code (`permitted`); the
# condition of an index of its own.
TRIGGERED = frozenset(
    {
        Purpose.CONFIRMATION,
        Purpose.ADDITION,
        Purpose.QUESTION,
        Purpose.STATUS,
        Purpose.HOW_TO,
        Purpose.REPLY,
        Purpose.NOT_SECURED,
        Purpose.REFUSED_SENDER,
        Purpose.ANSWER_CODE,
    }
)
