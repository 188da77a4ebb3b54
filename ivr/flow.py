"""The conversation, as a table: one step a line. What is said stands in the catalogue, work is done by the desk.

Three calls begin here: a GP's (`arrive`), an alert to a person on call (`alert`), a notice to a GP (`notice`); and the
whisper a senior hears before he takes a call (`whisper`). `rappel24 flow --draw` draws it for who approves it.
"""

from ivr.vocabulary import PLAYED, Ask, Choose, Connect, Do, End, Enter, Entry, Flow, Hold, Lost, Record, Ring, Tell, Transfer

# Commands at the first prompt. Ward codes have two digits or more, so one digit is always a command.
MENU = {"0": "hospitals", "9": "privacy"}

FLOW = Flow(
    starts=("arrive", "alert", "notice", "whisper"),
    again="not_understood",
    failure="incident",
    steps={
        # Who calls, and which ward
        "arrive": Do(work="recognise", ok="welcome", failed="incident", ways={"known": "welcome_known", "returning": "welcome_back", "senior": "welcome_senior"}),
        "welcome": Enter(entry=Entry.WARD, say=("emergency", "ask_ward"), keys=MENU, then="find_ward", lost="lost"),
        "welcome_known": Enter(entry=Entry.WARD, say=("emergency", "hello_name", "ask_ward"), keys=MENU, then="find_ward", lost="lost"),
        "welcome_back": Enter(entry=Entry.WARD, say=("emergency", "hello_back", "ask_ward_short"), keys=MENU | {"1": "last_ward"}, then="find_ward", lost="lost"),
        "welcome_senior": Enter(entry=Entry.WARD, say=("emergency", "hello_senior", "ask_ward_short"), keys=MENU | {"1": "pending"}, then="find_ward", lost="lost"),
        "ask_ward": Enter(entry=Entry.WARD, say=("ask_ward_again",), keys=MENU, then="find_ward", lost="lost"),
        "privacy": Tell(say=("privacy",), then="ask_ward"),
        "find_ward": Do(work="find_ward", ok="check_ward", failed="incident", ways={"several": "tell_apart", "none": "unknown_ward", "reference": "follow_up"}),
        "unknown_ward": Lost(say=("unknown_ward",), again="ask_ward", lost="lost"),
        "tell_apart": Choose(say=("tell_apart",), then="check_ward", lost="lost"),
        "last_ward": Do(work="take_last_ward", ok="check_ward", failed="incident", ways={"none": "ask_ward"}),
        "hospitals": Do(work="list_hospitals", ok="which_hospital", failed="incident", ways={"one": "wards", "none": "lost"}),
        "which_hospital": Choose(say=("which_hospital",), then="wards", lost="lost"),
        "wards": Do(work="list_wards", ok="which_ward", failed="incident", ways={"none": "lost"}),
        "which_ward": Choose(say=("which_ward",), then="check_ward", lost="lost"),
        "check_ward": Do(work="check_ward", ok="calling", failed="incident", ways={"pending": "add_or_new", "nobody": "promise"}),
        "add_or_new": Ask(say=("add_or_new",), keys={"1": "add_to_it", "2": "new_one"}, silence="new_one", lost="new_one", tries=3),
        "add_to_it": Do(work="add_to_request", ok="calling", failed="incident", ways={"nobody": "promise"}),
        "new_one": Do(work="start_anew", ok="calling", failed="incident", ways={"nobody": "promise"}),
        # The seniors
        "calling": Tell(say=("calling",), then="ring"),
        "ring": Ring(taken="how_it_ended", nobody="promise", failed="incident"),
        "how_it_ended": Ask(say=("how_it_ended",), keys={"1": "keep_outcome", "2": "keep_outcome", "3": "keep_outcome", "4": "keep_outcome"}, lost="goodbye"),
        "keep_outcome": Do(work="keep_outcome", ok="thank_you", failed="goodbye"),
        "thank_you": End(say=("thank_you",)),
        # Nobody: the promise, the message
        "promise": Do(work="promise", ok="leave_message", failed="not_saved", ways={"closed": "leave_when_closed", "added": "leave_more"}),
        "leave_message": Record(say=("nobody_free", "promise", "recorded_notice", "speak_now"), heard="keep_message", empty="no_message"),
        "leave_when_closed": Record(say=("ward_closed", "promise", "recorded_notice", "speak_now"), heard="keep_message", empty="no_message"),
        "leave_more": Record(say=("nobody_free_more", "recorded_notice", "speak_now"), heard="keep_message", empty="no_message"),
        "no_message": Tell(say=("no_message",), then="whose_number"),
        "keep_message": Do(work="keep_message", ok="review", failed="not_saved"),
        "review": Ask(say=("review",), keys={"1": "validate", "2": "replay", "3": "record_again"}, silence="validate", lost="validate"),
        "replay": Do(work="replay", ok="replayed", failed="not_saved", ways={"not_yet": "wait_for_it", "never": "cannot_replay"}),
        "wait_for_it": Hold(seconds=1, then="replay"),
        "replayed": Ask(say=(PLAYED, "review"), keys={"1": "validate", "2": "replay", "3": "record_again"}, silence="validate", lost="validate"),
        "cannot_replay": Tell(say=("cannot_replay",), then="review"),
        "record_again": Record(say=("speak_again",), heard="keep_message", empty="review"),
        "validate": Do(work="validate_message", ok="whose_number", failed="not_saved"),
        # Where and when to call back
        "whose_number": Do(work="whose_number", ok="same_number", failed="not_saved", ways={"hidden": "ask_number", "known": "confirmed_more"}),
        "same_number": Ask(say=("same_number",), keys={"1": "window", "2": "ask_number"}, silence="window", lost="window"),
        "ask_number": Enter(entry=Entry.NUMBER, say=("ask_number",), then="check_number", lost="without_number"),
        "check_number": Do(work="check_number", ok="confirm_number", failed="not_saved", ways={"bad": "bad_number"}),
        "bad_number": Lost(say=("bad_number",), again="ask_number", lost="without_number"),
        "confirm_number": Ask(say=("confirm_number",), keys={"1": "keep_number", "2": "ask_number"}, silence="keep_number", lost="keep_number"),
        "keep_number": Do(work="keep_number", ok="window", failed="not_saved"),
        "without_number": Do(work="without_number", ok="confirmed", failed="not_saved", ways={"lost": "nothing_kept"}),
        "nothing_kept": Transfer(say=("nothing_kept",), nobody="goodbye"),
        "window": Ask(say=("window",), keys={"1": "keep_window", "2": "keep_window", "3": "keep_window"}, silence="confirmed", lost="confirmed"),
        "keep_window": Do(work="keep_window", ok="confirmed", failed="not_saved"),
        "confirmed": End(say=("confirmed", "emergency_reminder")),
        "confirmed_more": End(say=("confirmed_more", "emergency_reminder")),
        # A reference was keyed
        "follow_up": Do(work="follow_up", ok="request_waits", failed="incident", ways={"claimed": "request_claimed", "closed": "request_closed", "late": "request_late"}),
        "request_waits": Ask(say=("request_waits", "ring_about_it"), keys={"1": "about_it"}, lost="goodbye"),
        "request_claimed": Ask(say=("request_claimed", "ring_about_it"), keys={"1": "about_it"}, lost="goodbye"),
        "request_late": Ask(say=("request_late", "ring_about_it"), keys={"1": "about_it"}, lost="goodbye"),
        "request_closed": End(say=("request_closed", "emergency_reminder")),
        "about_it": Do(work="about_request", ok="calling", failed="incident", ways={"nobody": "promise"}),
        # A senior calls from his registered mobile
        "pending": Do(work="pending", ok="offer", failed="incident", ways={"none": "nothing_pending"}),
        "nothing_pending": Tell(say=("nothing_pending",), then="ask_ward"),
        "offer": Ask(say=("offer",), keys={"1": "claim", "2": "next_pending", "3": "ask_pin"}, lost="goodbye"),
        "next_pending": Do(work="next_pending", ok="offer", failed="incident", ways={"none": "no_more_pending"}),
        "no_more_pending": End(say=("no_more_pending",)),
        "claim": Do(work="claim", ok="claimed", failed="incident", ways={"taken": "already_taken"}),
        "claimed": Ask(say=("claimed",), keys={"1": "ask_pin", "2": "next_pending"}, lost="goodbye"),
        "already_taken": Tell(say=("already_taken",), then="next_pending"),
        "ask_pin": Do(work="has_pin", ok="key_pin", failed="incident", ways={"unset": "pin_unset", "choose": "choose_pin", "locked": "pin_locked"}),
        "key_pin": Enter(entry=Entry.PIN, say=("key_pin",), then="check_pin", lost="goodbye"),
        "check_pin": Do(work="check_pin", ok="hear_it", failed="incident", ways={"wrong": "wrong_pin", "locked": "pin_locked"}),
        "wrong_pin": Lost(say=("wrong_pin",), again="key_pin", lost="goodbye"),
        "choose_pin": Enter(entry=Entry.PIN, say=("choose_pin",), then="set_pin", lost="goodbye"),
        "set_pin": Do(work="set_pin", ok="hear_it", failed="incident", ways={"weak": "weak_pin"}),
        "weak_pin": Lost(say=("weak_pin",), again="choose_pin", lost="goodbye"),
        "pin_unset": End(say=("pin_unset",)),
        "pin_locked": End(say=("pin_locked",)),
        "hear_it": Do(work="hear", ok="heard", failed="incident", ways={"none": "heard_none"}),
        "heard": Ask(say=("caller_number", PLAYED, "heard_menu"), keys={"1": "hear_it", "2": "next_pending"}, lost="goodbye"),
        "heard_none": Ask(say=("caller_number", "no_message_left", "heard_menu"), keys={"1": "hear_it", "2": "next_pending"}, lost="goodbye"),
        # We call a person on call: 1 claims
        "alert": Do(work="load_alert", ok="alert_offer", failed="goodbye", ways={"gone": "alert_gone", "notice": "alert_notice"}),
        "alert_offer": Ask(say=("alert_offer",), keys={"1": "alert_claim", "2": "goodbye"}, lost="goodbye", tries=3),
        "alert_claim": Do(work="claim", ok="claimed", failed="incident", ways={"taken": "already_taken"}),
        "alert_gone": End(say=("alert_gone",)),
        "alert_notice": End(say=("alert_notice", "alert_notice")),
        # We call a GP who has no other channel
        "notice": Do(work="load_notice", ok="notice_confirmation", failed="goodbye", ways={"apology": "notice_apology", "gone": "goodbye"}),
        "notice_confirmation": End(say=("notice_confirmation", "notice_confirmation")),
        "notice_apology": End(say=("notice_apology", "notice_apology")),
        # What a senior hears before he takes a call; a voicemail records it, so it names nobody
        "whisper": Ask(say=("whisper",), keys={"1": "accept", "2": "decline"}, lost="hang_up", tries=1),
        "accept": Do(work="accept", ok="connect", failed="hang_up", ways={"too_late": "caller_left"}),
        "decline": Do(work="decline", ok="hang_up", failed="hang_up"),
        "connect": Connect(),
        "caller_left": End(say=("caller_left",)),
        "hang_up": End(),
        # Ways out
        "lost": Transfer(say=("to_switchboard",), nobody="no_switchboard"),
        "incident": Transfer(say=("incident",), nobody="no_switchboard"),
        "not_saved": Transfer(say=("not_saved",), nobody="no_switchboard"),
        "no_switchboard": End(say=("no_switchboard", "emergency_reminder")),
        "goodbye": End(say=("goodbye",)),
    },
)
