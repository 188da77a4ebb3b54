"""A GP sends photos by SMS: they come from the carrier into the house, and the senior sees them behind her PIN."""

import re

from simulator import Enclosed, RestFault
from tests.callbacks.written.samples import JPEG, PDF, PROGRAM
from tests.calls.hospital import GP_MOBILE, LINE, Hospital
from tests.web.senior import Senior

PHOTO = re.compile(r'<img src="([^"]+)"')


def test_photos_by_sms_are_fetched_seen_and_gone_at_the_carrier(hospital: Hospital) -> None:
    gp = hospital.sim.phone(GP_MOBILE)
    hospital.sim.faults.rest_next(RestFault.UNAVAILABLE, on="GET */Media/*")
    gp.sends(
        LINE,
        "avis cardiologie Cochin, ECG joint",
        Enclosed("image/jpeg", JPEG),
        Enclosed("application/pdf", PDF),
        Enclosed("image/png", PROGRAM),
    )
    for _ in range(6):
        hospital.ticks()
        hospital.sim.advance(seconds=5)
    (request,) = hospital.requests()
    assert request["channel"] == "sms"
    assert not hospital.sim.messages.media.by_sid
    kept = hospital.sql("select state from attachments order by seq").scalars().all()
    assert kept == ["stored", "stored", "refused"]

    link = re.search(r"https://rappel24\.test(/r/\w+)", hospital.amelie.reads("https://").body)
    assert link is not None
    hospital.now_is(hospital.sim.now)
    page = Senior(hospital.app.test_client(), link[1]).opens().chooses_pin("8305")
    (part,) = hospital.sql("select id from parts").scalars()
    page.sends(f"parts/{part}")
    assert page.reads("avis cardiologie Cochin, ECG joint")
    assert page.reads("Enregistrer le fichier 2 (PDF, 1 Ko)")
    assert page.reads("Pièce 3 : d'un type qui n'est pas accepté")
    photo = PHOTO.search(page.page)
    assert photo is not None
    assert page.browser.get(photo[1]).data == JPEG
