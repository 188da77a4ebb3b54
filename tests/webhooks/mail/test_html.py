"""The words of an HTML letter, as its reader sees them."""

import pytest

from webhooks.mail.html import to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Bonjour,</p><p>un avis&nbsp;?</p>", "Bonjour,\n\nun avis ?"),
        ("un<br>deux<BR/>trois", "un\ndeux\ntrois"),
        ("<div>un</div><div>deux</div>", "un\n\ndeux"),
        ("un\n   seul   mot", "un seul mot"),
        ("T° &gt; 38 &amp; TA &lt; 9", "T° > 38 & TA < 9"),
        ("n&eacute;phro &#233; &#xE9;", "néphro é é"),
        ("<ul><li>toux</li><li>fièvre</li></ul>", "- toux\n- fièvre"),
        ("<table><tr><td>TA</td><td>16</td></tr></table>", "TA 16"),
        ("<head><title>Courrier</title><style>p{}</style></head>avis", "avis"),
        ("<script>if (a < b) alert('x')</script>avis", "avis"),
        ("<!-- caché -->avis<!--[if mso]><p>Word</p><![endif]-->", "avis"),
        ("<![if !mso]>avis<![endif]>", "avis"),
        ("<!-- jamais fermé avis", "<!-- jamais fermé avis"),
        ("<style>jamais fermé", ""),
        ("avis <b>cardio", "avis cardio"),
        ("TA < 9 avis", "TA < 9 avis"),
        ("Oui<blockquote>Quel hôpital ?<br>Cochin</blockquote>Avicenne", "Oui\n> Quel hôpital ?\n> Cochin\nAvicenne"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n> > b\n>"),
        ("</blockquote>avis", "avis"),
        ('<a href="https://x.example">avis</a>', "avis"),
        ('<img src="cid:image001.png@1">', "[cid:image001.png@1]"),
        ('<img src="https://x.example/pixel.gif">avis', "avis"),
        ("\ue000avis\ue001", "avis"),
        ("", ""),
        ("<", "<"),
    ],
)
def test_an_html_letter_is_read_as_it_is_seen(markup: str, text: str) -> None:
    assert [line.rstrip() for line in to_text(markup).strip().split("\n")] == text.split("\n")
