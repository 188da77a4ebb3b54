"""QR codes, drawn here: a picture that stands in the page itself."""

import segno
from markupsafe import Markup


def qr(text: str, *, fills: bool = False) -> Markup:
    """A QR code as SVG; black on white by night too, as cameras want it. `fills`: as large as what it stands in."""
    code = segno.make(text, error="m", micro=False)  # telephones read no Micro QR
    drawn = code.svg_inline(scale=5, border=3, dark="#000", light="#fff", omitsize=fills)
    return Markup(drawn)  # segno draws it: nothing of the text is in it
