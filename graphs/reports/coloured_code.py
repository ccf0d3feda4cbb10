"""A line of Python as HTML: coloured by Pygments, with the words that differ marked."""

import re
from collections import defaultdict

from markupsafe import Markup, escape
from pygments import lex
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

# {kind of word: its class in the page}
CLASSES = {
    Keyword: "k",
    Operator.Word: "k",
    String: "s",
    Comment: "c",
    Number: "m",
    Name.Function: "f",
    Name.Class: "f",
    Name.Decorator: "f",
}


def coloured_lines(text):
    """{line number: [(class, characters)]} of a Python text."""
    found = defaultdict(list)
    number = 1
    for kind, words in lex(text, PythonLexer(stripnl=False, ensurenl=False)):
        for part in re.findall(r"[^\n]*\n|[^\n]+", words):
            found[number].append((_class(kind), part.rstrip("\n")))
            number += part.endswith("\n")
    return found


def to_html(words, segments):
    """A line as Markup.

    words: [(class, characters)]. segments: [(characters, whether they differ)] of the same line.
    """
    html, words = Markup(), list(words)
    for characters, differ in segments:
        inside = Markup()
        while characters:
            (kind, first), *rest = words
            taken = first[: len(characters)]
            inside += Markup('<span class="{}">{}</span>').format(kind, taken) if kind else escape(taken)
            characters = characters[len(taken) :]
            left_over = first[len(taken) :]
            words = [(kind, left_over), *rest] if left_over else rest
        html += Markup("<mark>{}</mark>").format(inside) if differ else inside
    return html


def _class(kind):
    return next((name for known, name in CLASSES.items() if kind in known), "")
