"""What is written to the line becomes a request, joins one, or is asked back."""

from tests.callbacks.written.desk import ROUX, Line


def test_a_clear_ward_is_a_request_at_once(line: Line) -> None:
    assert line.sms(ROUX, "avis cardio cochin pour un patient sous AVK")
    [request] = line.requests()
    assert (request.ward_id, request.channel, request.caller) == (line.ward["cochin cardi"], "sms", ROUX)
    assert line.words_in(request.id) == ["avis cardio cochin pour un patient sous AVK"]
    assert line.bell.rung == [("climb", request.id)]


def test_the_hospital_alone_answers_which_of_the_two(line: Line) -> None:
    line.sms(ROUX, "nephro")
    assert line.requests() == []
    assert "1 : Néphrologie Avicenne, 2 : Néphrologie Cochin" in line.said(ROUX)[0]
    line.sms(ROUX, "avicenne")
    assert line.wards_asked() == ["avicenne nephr"]
