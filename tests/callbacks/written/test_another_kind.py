"""Who names a kind of request alone: what becomes of the one that is open."""

from datetime import timedelta

from callbacks.written.incoming import Attached
from tests.callbacks.written import samples
from tests.callbacks.written.desk import ROUX, ROUX_MAIL, Line

CARDIO = "avis cardio cochin pour un patient sous AVK"
LETTER = "lettre de sortie cardio cochin"
LATER = timedelta(minutes=16)


def kinds(line: Line) -> list[tuple[str, str]]:
    return [(each.kind, each.state.value) for each in line.requests()]


def test_another_patient_s_appointment_leaves_the_advice_alone(line: Line) -> None:
    line.sms(ROUX, CARDIO)
    line.waits(LATER)
    line.sms(ROUX, "je voudrais un RDV svp")
    assert kinds(line) == [("advice", "open")]
    assert "2 : nouvelle demande" in line.said(ROUX)[-1]


def test_right_after_it_was_filed_it_is_the_one_he_means(line: Line) -> None:
    line.sms(ROUX, LETTER)
    line.sms(ROUX, "rdv")
    assert kinds(line) == [("letter", "withdrawn"), ("appointment", "open")]


def test_a_correction_counts_a_day_later_too(line: Line) -> None:
    line.sms(ROUX, LETTER)
    line.waits(LATER)
    line.sms(ROUX, "AVIS")
    assert kinds(line) == [("letter", "withdrawn"), ("advice", "open")]


def test_a_second_letter_is_asked_about_and_not_dropped(line: Line) -> None:
    line.sms(ROUX, LETTER)
    line.sms(ROUX, "lettre de sortie")
    assert "2 : nouvelle demande" in line.said(ROUX)[-1]
    assert line.verdicts() == ["filed", "waiting"]


def test_what_comes_with_a_picture_corrects_nothing(line: Line) -> None:
    line.sms(ROUX, CARDIO)
    line.sms(ROUX, "admission", attached=(Attached(content=samples.JPEG),))
    assert kinds(line) == [("advice", "open")]


def test_a_new_letter_s_subject_is_part_of_what_it_says(line: Line) -> None:
    line.mail(ROUX_MAIL, "", subject=CARDIO)
    line.mail(ROUX_MAIL, "admission directe svp", subject="Néphrologie Cochin")
    assert kinds(line) == [("advice", "open"), ("admission", "open")]


def test_a_bed_asked_for_instead_of_advice_is_not_late_at_once(line: Line) -> None:
    line.sms(ROUX, CARDIO)
    line.waits(timedelta(hours=5))
    line.sms(ROUX, "non, plutôt une admission")
    advice, admission = line.requests()
    assert admission.created_at - advice.created_at >= timedelta(hours=5)
    assert admission.due_at == admission.created_at + timedelta(hours=2)


def test_what_is_promised_from_the_first_hour_stays_so_while_it_lies_ahead(line: Line) -> None:
    line.sms(ROUX, CARDIO)
    line.waits(timedelta(hours=1))
    line.sms(ROUX, "non, plutôt une admission")
    advice, admission = line.requests()
    assert admission.created_at == advice.created_at
