"""The words of an HTML letter, as its reader sees them; what it quotes is marked as in a plain one. Pure.

Not the standard library's parser: it takes quadratic time over what is never closed. This is one pass.
"""

import html
import re

LONGEST = 2_000_000  # characters that are looked at
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)([^<>]*)>")
_DECLARATION = re.compile(r"<[!?][^<>]*>")
_SHOWN = re.compile(r"src\s*=\s*[\"']?cid:([^\"'\s<>\]]{1,250})", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_UNSEEN = frozenset({"head", "style", "script", "title", "noscript", "template", "svg", "object"})
_BREAKS = {"br": "\n", "hr": "\n", "li": "\n- ", "td": " ", "th": " "}
_BLOCKS = frozenset({"div", "tr", "table", "ul", "ol", "section", "article", "header", "footer", "pre", "dt", "dd"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
_QUOTE, _UNQUOTE = "\ue000", "\ue001"


def to_text(markup: str) -> str:
    """Plain text: a line for a line, `> ` before what stands in a blockquote."""
    markup = _without_comments(markup[:LONGEST].translate({ord(_QUOTE): None, ord(_UNQUOTE): None}))
    said: list[str] = []
    unseen, end = "", 0
    for tag in _TAG.finditer(markup):
        closing, name = bool(tag[1]), tag[2].lower()
        if not unseen:
            said.append(_words(markup[end : tag.start()]))
            said.append(_mark(name, closing) or _picture(name, tag[3]))
        if name == unseen and closing:
            unseen = ""
        elif name in _UNSEEN and not unseen and not closing and not tag[3].endswith("/"):
            unseen = name
        end = tag.end()
    if not unseen:
        said.append(_words(markup[end:]))
    return _lines("".join(said))


def _without_comments(markup: str) -> str:
    """Comments and declarations dropped; one that is never closed hides nothing."""
    kept: list[str] = []
    at = 0
    while (opened := markup.find("<!--", at)) >= 0 and (closed := markup.find("-->", opened + 4)) >= 0:
        kept.append(markup[at:opened])
        at = closed + 3
    kept.append(markup[at:])
    return _DECLARATION.sub("", "".join(kept))


def _words(between: str) -> str:
    return _SPACE.sub(" ", html.unescape(between))


def _mark(name: str, closing: bool) -> str:
    if name == "blockquote":
        return _UNQUOTE if closing else _QUOTE
    if name in _PARAGRAPHS:
        return "\n\n" if closing else "\n"
    if name in _BLOCKS:
        return "\n"
    return "" if closing else _BREAKS.get(name, "")


def _picture(name: str, attributes: str) -> str:
    """Where a picture of the letter stands, as Outlook says it in a plain one."""
    found = _SHOWN.search(attributes) if name == "img" else None
    return f"[cid:{html.unescape(found[1])}]" if found else ""


def _lines(said: str) -> str:
    """Lines without what was only layout, each behind as many `>` as it is quoted."""
    lines: list[str] = []
    depth = 0
    for piece in re.split(f"([{_QUOTE}{_UNQUOTE}])", said):
        if piece in (_QUOTE, _UNQUOTE):
            depth = max(0, depth + (1 if piece == _QUOTE else -1))
        else:
            before = "> " * min(depth, 5)
            lines += [before + line.strip() for line in piece.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
