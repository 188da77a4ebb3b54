"""Files as GPs send them, as small as they can be, and a message to send them with."""

from uuid import UUID, uuid4

from sqlalchemy import Engine, insert

from callbacks.written_tables import written
from config import clock

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00 une plaque rouge sur un bras \xff\xd9"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L\r\x00\x00\x00/\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic\x00\x00\x00\x00meta"
TIFF = b"II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
NOTE = "Kaliémie 5,9 mmol/l hier, 6,1 ce matin. ECG normal.".encode()
ARCHIVE = b"PK\x03\x04\x14\x00\x00\x00\x08\x00bombe"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<!DOCTYPE html><html><body onload=alert(1)></body></html>"


def a_message(engine: Engine, channel: str = "sms", sender: str = "+33639980041") -> UUID:
    """A message on file, from a GP."""
    with engine.begin() as conn:
        row = {"channel": channel, "sender": sender, "recipient": "+33199000100", "body": b"sealed"}
        known = {"key": f"{channel}:{uuid4().hex}", "verdict": "waiting", "at": clock.read(conn).now}
        found: UUID = conn.execute(insert(written).values(row | known).returning(written.c.id)).scalar_one()
        return found
