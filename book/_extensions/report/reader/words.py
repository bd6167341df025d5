"""Roles and links of MyST as plain Markdown: what the page shows in their place."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

from .page import Said

_ROLE_OR_CODE = re.compile(
    r"\{(?P<name>[a-z][a-z:-]*)\}`(?P<text>[^`]+)`"
    r"|^(?P<fence>```+|~~~+).*?^(?P=fence)$|(?P<ticks>`+)[^`]+(?P=ticks)",
    re.DOTALL | re.MULTILINE,
)
_KEPT = re.compile("\0(\\d+)\0")
_LINK = re.compile(r"(?<!!)\[(?P<words>[^\]]*)\]\((?P<to>[^)\s]+)\)")
_EXPLICIT = re.compile(r"(?P<words>.+?)\s*<(?P<target>[^<>]+)>", re.DOTALL)
_TARGET = re.compile(r"^\([\w-]+\)=\n", re.MULTILINE)
_COMMENT = re.compile(r"^<!--.*?-->\n?|<!--.*?-->", re.DOTALL | re.MULTILINE)
_BOX = re.compile(
    r"^(?P<fence>:{3,}|`{3,})\{(?P<name>[a-z-]+)\}[ ]*(?P<title>[^\n]*)\n(?P<text>.*?)^(?P=fence)$",
    re.DOTALL | re.MULTILINE,
)
_OPTION = re.compile(r"\A(?::[\w-]+:[^\n]*\n)+")
_ADMONITIONS = {
    "admonition", "attention", "caution", "danger", "error", "hint", "important", "note", "seealso",
    "tip", "warning",
}  # fmt: skip


class ReaderError(ValueError):
    """A chapter has something that a reader notebook cannot say."""


@dataclass
class Words:
    """Says the Markdown of a chapter in plain Markdown.

    Attributes
    ----------
    said : Said
        What the page says.
    quoted : mapping of str to str
        What the chapter's cells kept for its prose.
    met : dict of str to str
        Terms of the glossary that were met, and where each is defined.
    """

    said: Said
    quoted: Mapping[str, str]
    met: dict[str, str] = field(default_factory=dict)

    def plain(self, text: str) -> str:
        """Markdown without a role, a directive, a target or a comment.

        Raises
        ------
        ReaderError
            For a role or a directive that is not known here, and for a name that nothing has.
        """
        text = _TARGET.sub("", _COMMENT.sub("", text))
        text = _BOX.sub(self._box, text)
        code: list[str] = []

        def role_or_code(found: re.Match[str]) -> str:
            if found["name"]:
                return self._role(found)
            code.append(found[0])
            return f"\0{len(code) - 1}\0"

        text = _LINK.sub(self._link, _ROLE_OR_CODE.sub(role_or_code, text))
        return _KEPT.sub(lambda place: code[int(place[1])], text).strip("\n")

    def _box(self, box: re.Match[str]) -> str:
        name, title = box["name"], box["title"].strip()
        text = _OPTION.sub("", box["text"]).strip("\n")
        if name == "dropdown":
            return folded(title, text)
        if name == "math":
            return f"$$\n{text}\n$$"
        if name in _ADMONITIONS:
            lead = title or name.capitalize()
            return "\n".join(f"> {line}".rstrip() for line in f"**{lead}.** {text}".split("\n"))
        raise ReaderError(f"a directive that notebooks cannot show: {name}")

    def _role(self, role: re.Match[str]) -> str:
        how = _ROLES.get(role["name"])
        if how is None:
            raise ReaderError(f"a role that notebooks cannot say: {role[0]}")
        try:
            return how(self, " ".join(role["text"].split()))
        except KeyError:
            raise ReaderError(f"the page says nothing in place of {role[0]}") from None

    def _printed(self, id: str) -> str:
        return self.said.printed[id]

    def _glue(self, name: str) -> str:
        return self.quoted[name]

    def _pace(self, _: str) -> str:
        return self.said.minutes

    def _term(self, text: str) -> str:
        explicit = _EXPLICIT.fullmatch(text)
        words, term = (explicit["words"], explicit["target"]) if explicit else (text, text)
        page, place = self.said.terms[term.lower()]
        self.met[term] = place
        return _linked(words, self.said.url(page, place))

    def _reference(self, text: str) -> str:
        explicit = _EXPLICIT.fullmatch(text)
        words, page, place = self.said.links[explicit["target"] if explicit else text]
        return _linked(explicit["words"] if explicit else words, self.said.url(page, place))

    def _cite(self, keys: str) -> str:
        return f"({'; '.join(self._sources(keys))})"

    def _cite_in_text(self, keys: str) -> str:
        return ", ".join(self._sources(keys))

    def _sources(self, keys: str) -> list[str]:
        wanted = {key.strip() for key in keys.split(",")}
        if missing := wanted - self.said.sources.keys():
            raise KeyError(*missing)
        found = [source for key, source in self.said.sources.items() if key in wanted]
        return [_linked(words, address) for words, address in found]

    def _link(self, link: re.Match[str]) -> str:
        """A link to another page of the book, or to a place in it, by its published address."""
        words, to = link["words"], link["to"]
        if re.match(r"[a-z]+:", to):
            return link[0]
        path, _, place = to.partition("#")
        docname = self.said.docname
        if path:
            folder = posixpath.dirname(docname)
            docname = posixpath.splitext(posixpath.normpath(posixpath.join(folder, path)))[0]
        elif place in self.said.links:
            _, docname, place = self.said.links[place]
        words = words or self.said.pages[docname]
        if url := self.said.url(docname, place):
            return _linked(words, url)
        return f"[{words}]({path})" if path.endswith(".ipynb") and not place else words


_ROLES: dict[str, Callable[[Words, str], str]] = {
    "printed": Words._printed,
    "glue": Words._glue,
    "glue:text": Words._glue,
    "pace": Words._pace,
    "term": Words._term,
    "ref": Words._reference,
    "numref": Words._reference,
    "cite": Words._cite,
    "cite:p": Words._cite,
    "cite:t": Words._cite_in_text,
}


def folded(title: str, text: str) -> str:
    """Markdown behind a title that opens it, without a plugin or a script."""
    return f"<details>\n<summary>{escape(title, quote=False)}</summary>\n\n{text}\n\n</details>"


def unfolded(fold: str) -> str:
    """What is behind the title of a fold."""
    return fold.partition("</summary>\n\n")[2].removesuffix("\n\n</details>")


def _linked(words: str, address: str) -> str:
    whole = address.replace("(", "%28").replace(")", "%29")
    return f"[{words}]({whole})" if address else words
