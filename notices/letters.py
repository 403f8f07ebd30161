"""Writing a letter: facts and a reviewed template in, subject, text and HTML out.

Each kind has one wording per language, in `templates/<kind>/<language>.txt` and `.subject`. Text and HTML parts are both laid out
from that one wording, so they cannot say different things and a lawyer reads each letter once. A wording is plain text:
blank lines part paragraphs, `# ` starts a heading, `- ` a list entry, `> ` a line set off (a code or a link).
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.dates import format_date
from jinja2 import PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notices.kinds import Facts, LetterError, check_facts
from notices.words import RIGHTS
from settings import Controller

TAGS = {"en": "en", "de": "de", "zh": "zh-Hans"}
"""Languages letters are written in, and their BCP 47 tags."""

_LOCALES = {"en": "en_GB", "de": "de_DE", "zh": "zh_Hans_CN"}
_WIDTH = 72


@dataclass(frozen=True)
class Letter:
    """A letter ready to be put in a message. `tag` is the BCP 47 tag of its language."""

    subject: str
    text: str
    html: str
    tag: str


@dataclass(frozen=True)
class Block:
    """A piece of a letter: `heading`, `list`, `aside` (set off) or `paragraph`, with its lines."""

    kind: str
    lines: tuple[str, ...]


def language_for(wanted: str, allowed: Sequence[str]) -> str:
    """The language to write in for a tag such as `de-AT` or `zh_Hans`: the same if allowed, else the first allowed one."""
    usable = [language for language in allowed if language in TAGS] or ["en"]
    primary = re.split(r"[-_]", wanted.strip().lower())[0]
    return primary if primary in usable else usable[0]


def greeting_name(name: str | None) -> str | None:
    """The name as it may stand in a salutation, or None to greet without one.

    A name on file was once typed by somebody too. One that could carry a message (an address, a domain, a sentence, control or
    direction characters) is left out rather than cleaned: a letter without a name reads well, one with half a name does not.
    """
    name = " ".join(unicodedata.normalize("NFC", name or "").split(" ")).strip()
    if not name or len(name) > 60 or len(name.split()) > 6:
        return None
    if re.search(r"\w{2,}\.\w", name):
        return None
    return name if all(_fits_a_name(c) for c in name) else None


def _fits_a_name(character: str) -> bool:
    # ZWNJ and ZWJ are part of Persian and Indic spelling
    return unicodedata.category(character)[0] in "LM" or character in " -'’.,·‌‍"


def render(
    kind: str,
    language: str,
    facts: Mapping[str, Any],
    controller: Controller,
    *,
    public_url: str,
    name: str | None = None,
) -> Letter:
    """Write the letter. `facts` as in `KINDS`; `name` is the name on file. Raises `LetterError`, which holds no fact's value."""
    if language not in TAGS:
        raise LetterError(f"Letters are not written in {language!r}. Languages: {', '.join(TAGS)}.")
    checked = check_facts(kind, facts)
    _check_links(kind, checked, public_url)
    locale = "en_US" if (language, checked.regime) == ("en", "ccpa") else _LOCALES[language]
    values = {field: getattr(checked, field) for field in type(checked).model_fields} | {
        "controller": controller,
        "name": greeting_name(name),
        "request": RIGHTS[language][checked.right],
        "day": lambda value: format_date(value, "long", locale=locale),
    }
    try:
        subject = _TEXT.get_template(f"{kind}/{language}.subject").render(values).strip()
        blocks = tuple(_blocks(_TEXT.get_template(f"{kind}/{language}.txt").render(values)))
        html = _HTML.get_template("_letter.html").render(
            subject=subject, blocks=blocks, tag=TAGS[language], is_link=lambda line: _is_ours(line, public_url)
        )
    except TemplateError as error:
        raise LetterError(
            f"The {kind} letter in {language!r} has a faulty template ({type(error).__name__})."
        ) from None
    return Letter(subject, _plain(blocks, language), html, TAGS[language])


def _is_ours(address: str, public_url: str) -> bool:
    return address.startswith(public_url.rstrip("/") + "/")


def _check_links(kind: str, facts: Facts, public_url: str) -> None:
    """A letter leads to our own site only: anything else trains people to follow links of strangers."""
    for field in ("link", "certificate", "opt_out"):
        address = getattr(facts, field, None)
        if address is not None and not _is_ours(address, public_url):
            raise LetterError(f"The {kind} letter cannot be written: {field} does not lead to api.public_url.")


def _blocks(wording: str) -> Iterator[Block]:
    for chunk in re.split(r"\n\s*\n", wording.strip()):
        lines = tuple(line.strip() for line in chunk.splitlines())
        for mark, kind in (("# ", "heading"), ("- ", "list"), ("> ", "aside")):
            if all(line.startswith(mark) for line in lines):
                yield Block(kind, tuple(line.removeprefix(mark) for line in lines))
                break
        else:
            yield Block("paragraph", lines)


def _plain(blocks: Sequence[Block], language: str) -> str:
    return "\n\n".join("\n".join(_plain_lines(block, language)) for block in blocks) + "\n"


def _plain_lines(block: Block, language: str) -> Iterator[str]:
    first, rest = {"list": ("- ", "  "), "aside": ("    ", "    ")}.get(block.kind, ("", ""))
    for line in block.lines:
        if (
            language == "zh" or block.kind == "aside"
        ):  # Chinese has no spaces to break at; a code or link must stay whole
            yield first + line
        else:
            yield textwrap.fill(
                line,
                _WIDTH,
                initial_indent=first,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            )


def _environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=PackageLoader("notices"),
        undefined=StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


_TEXT = _environment(html=False)
_HTML = _environment(html=True)
