"""What to do about each alarm, by its kind."""

MENDS = {
    "opted_out": "telephone the person: alerts reach them by voice until they text START to the line",
    "nobody_to_tell": "give the ward a head and a coordinator (rappel24 import wards), and set ALERT_PHONE",
    "line_dead": "call the line; see whether PUBLIC_URL answers from outside, and what the carrier says of its calls",
    "carrier": "compare the account's credentials and balance in the carrier's console",
    "mail_out": "compare SMTP_URL with what the mail server's operator says: it takes no letter of ours",
    "mailbox_unread": "see what rappel24 doctor says of IMAP_URLS: letters wait in the mailbox until it can be read",
    "letter_aside": "look at that letter in the mailbox, and answer it; tell the developers: we could not take it",
    "sendgrid_not_raw": "in SendGrid's Inbound Parse, choose to post the raw message: it keeps letters for 3 days",
    "message_given_up": "see rappel24 export messages, and tell the person another way",
    "shelf": "make room in, or give us the right to write, RAPPEL24_HOME/recordings",
    "recording_flagged": "hear it in the carrier's console: it is kept there",
    "recording_late": "see whether the carrier still has it, and call the GP back",
    "nobody_to_sort": "give some ward a coordinator with a mobile, or set ALERT_PHONE: messages wait to be sorted",
    "picture_late": "see whether the carrier still has it, and ask the GP to send it again",
    "pin_locked": "ask the person whether it was them, then: rappel24 admin unlock-pin PHONE",
    "message_to_sort": "an earlier release raised it: the message stands on the page of what is to be sorted",
    "dial_result_lost": "ask the senior whether the call was held: the carrier never told us how it ended",
    "unknown_dial_status": "tell the developers: the carrier has a new word for how a call ended",
    "dial_bridged_absent": "tell the developers: the carrier no longer says whether callers were put through",
    "bridged_without_acceptance": "ask the senior whether he pressed 1: a voicemail may have been put through",
    "not_permitted": "see rappel24 export messages: mend the number, or set CALLS_ABROAD; often: somebody plays",
    "replies_held": "see whether the person's telephone answers by itself: our answers to it are held back",
    "nobody_confirmed": "telephone the ward: who begins did not say that he is there; then put the rota right",
    "ladder_unreadable": "look at it on the page of ladders, and save it again: requests go by another meanwhile",
    "kind_unreadable": "look at it on the page of kinds of request, and save it again: another counts meanwhile",
    "answer_unread": "an answer in writing was not read within a day, and nobody could be told: call the GP",
    "missed_while_away": "calls, SMS or messages came while we were down: see the calls' page for whom to call back",
    "left_unknown": "calls or SMS left in our name without us: after a restore that is what was sent since the copy;"
    " else somebody else uses our account: change TWILIO_AUTH_TOKEN",
    "not_taken_in": "something at the carrier could not be taken in: see the log of tick, and tell the developers",
    "not_destroyed": "a rule could not destroy all that is due: see the log of tick, and tell the developers",
    "reconciliation": "the carrier's lists cannot be read: see the log of tick, then rappel24 reconcile",
    "drift": "look at the line on the page of figures: what it says got worse for weeks, and its ward was written to",
    "references_scarce": "tell the developers: hardly any six-digit reference is left, and nothing is filed without",
    "message_broken": "see whether ENCRYPTION_KEYS still holds the key it was sealed with",
}


def mend_of(kind: str) -> str:
    """In a line; what an earlier or a later release raised is not known here."""
    return MENDS.get(kind, "see the logs around that time")
