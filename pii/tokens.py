"""A tokeniser in linear time, for every language whose words are set apart.

spaCy's own strips punctuation one character at a time, so that a line of brackets stalls it. This one is a single
expression without backtracking over more than a few hundred characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacy.tokens import Doc
from spacy.util import registry

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.vocab import Vocab

LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")

# A web address, a mail address and an @handle are one token each, so that no name is looked for inside of them. Letters
# with their combining marks make a word, a Chinese character is one by itself, and a rule such as ---- is one token.
_TOKEN = re.compile(
    r"""
    ( (?:https?://|www\.) [^\s<>"]{0,200} [\w/]
    | [\w.+-]{1,64}+ @ [\w-]{1,63} (?: \.[\w-]{1,63} ){1,8}
    | @ [A-Za-z0-9_]{1,64}
    | [\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]
    | (?: [^\W_\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff] | [\u0300-\u036f] ){1,64}
    | \s+
    | (?P<mark>[^\w\s]|_) (?P=mark){0,63}
    | \w
    )
    ([ ]?)
    """,
    re.VERBOSE,
)


class Words:
    """Splits text into words, marks and white space; `doc.text` is the text, except that a lone surrogate becomes U+FFFD.

    A single space after a token belongs to it (`token.whitespace_`); other white space is a token of its own.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        words, spaces = [], []
        for token in _TOKEN.finditer(LONE_SURROGATE.sub("\ufffd", text)):
            words.append(token[1])
            spaces.append(token[3] == " ")
        return Doc(self.vocab, words=words, spaces=spaces)

    def to_bytes(self, **kwargs: Any) -> bytes:
        """Nothing: the rules are code."""
        return b""

    def from_bytes(self, data: bytes, **kwargs: Any) -> Words:
        """Itself: the rules are code."""
        return self

    def to_disk(self, path: str | Path, **kwargs: Any) -> None:
        """Writes nothing: the rules are code."""

    def from_disk(self, path: str | Path, **kwargs: Any) -> Words:
        """Reads nothing: the rules are code."""
        return self


@registry.tokenizers("redress.Words.v1")  # type: ignore[untyped-decorator]
def words() -> Callable[[Language], Words]:
    """The tokeniser as a pipeline's config names it."""
    return lambda nlp: Words(nlp.vocab)
