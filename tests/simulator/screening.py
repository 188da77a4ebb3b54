"""A call that rings one senior with a whisper; what the dialling tests share."""

from tests.simulator.application import SENIOR, Application, Asked

WHISPER = '<Gather numDigits="1" timeout="4" action="/key"><Say>Tapez 1 pour prendre</Say></Gather><Hangup/>'


def answer_key(asked: Asked) -> str:
    return "" if asked.params["Digits"] == "1" else "<Hangup/>"


def dial(app: Application, attributes: str = "", number: str = SENIOR) -> None:
    app.pages["/voice"] = (
        f'<Dial timeout="15" action="/after" {attributes}>'
        f'<Number url="/whisper" statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed">'
        f"{number}</Number></Dial><Say>Jamais</Say>"
    )
    app.pages["/whisper"] = WHISPER
    app.pages["/key"] = answer_key
    app.pages["/after"] = "<Say>Suite</Say>"
