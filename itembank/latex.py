r"""Reads the LaTeX that an item may hold, and refuses everything else with a place and a remedy.

Writers paste maths from many programs. What is not understood to the last brace must not reach a candidate half drawn,
so one strict parser with an allow-list (`symbols`) both decides what parses and builds the
MathML. There is no second reader behind it that could see the same characters differently. `1{,}5` is one number with
a decimal comma, also as the base of a power.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from itembank.characters import character_name, hidden_character
from itembank.errors import (
    LatexArgument,
    LatexCellOutside,
    LatexCharacter,
    LatexComment,
    LatexEmpty,
    LatexMissingArgument,
    LatexRagged,
    LatexScript,
    LatexScriptBraces,
    LatexTooDeep,
    LatexTooLong,
    LatexUnbalanced,
    LatexUnknownCommand,
    LatexWords,
)
from itembank.mathml import Node, fenced, operator, row
from itembank.symbols import (
    ACCENTS,
    BRACKETS,
    DOUBLE_STRUCK,
    ENVIRONMENTS,
    FUNCTIONS,
    LARGE,
    LETTERS,
    LIMITS,
    SPACES,
    SYMBOLS,
)

LIMIT_CHARACTERS = 2_000
LIMIT_DEPTH = 20
LIMIT_PRIMES = 3

_PRIME = operator("′", lspace="0", rspace="0")
_RING = Node("mo", "∘", kind="binary")
_RINGS = (_RING, row([_RING]))
_PRIMES = frozenset({"'", r"\prime"})
_SCRIPTS = frozenset({"^", "_"}) | _PRIMES
_TEXT_ARGUMENT = re.compile(r"\s*\{((?:[^{}\\]|\\.)*)\}")
_TEXT_PUNCTUATION = frozenset(" .,;:!?()[]'/-–°²³=+")
# What \mathrm may hold besides: the face for maths is cut down to what the reader can produce, and has these letters.
_LETTERS = (*range(0x41, 0x5B), *range(0x61, 0x7B), *range(0xC0, 0x180), *range(0x391, 0x3AA), *range(0x3B1, 0x3CA))
UPRIGHT = _TEXT_PUNCTUATION | {chr(code) for code in _LETTERS if chr(code).isalpha()} | set("0123456789%")
_TOKEN = re.compile(
    r"(?P<number>[0-9]+(?:(?:\.|\{,\})[0-9]+)*)|(?P<command>\\(?:[A-Za-z]+|.))|(?P<other>\S)", re.DOTALL
)


@dataclass(frozen=True)
class Token:
    """One sign of the maths; the offset counts characters from its beginning."""

    kind: str
    text: str
    offset: int


def to_mathml(latex: str, *, display: bool, large: bool = False) -> str:
    """The maths as an HTML `<math>` element, or a LatexError that says what to mend.

    Maths on a line has small fractions; `large` keeps them at full size where the formula has the line for itself.
    """
    mode = 'display="block"' if display else 'display="inline"'
    size = ' displaystyle="true"' if large and not display else ""
    return f"<math {mode}{size}>{parse(latex).markup()}</math>"


def parse(latex: str) -> Node:
    """The maths as one MathML row."""
    _refuse_bad_text(latex)
    parser = _Parser(latex)
    nodes = parser.sequence(depth=0, until=frozenset())
    if not nodes:
        raise LatexEmpty
    return row(nodes)


def _refuse_bad_text(latex: str) -> None:
    if len(latex) > LIMIT_CHARACTERS:
        raise LatexTooLong(length=len(latex), limit=LIMIT_CHARACTERS)
    offset = hidden_character(latex)
    if offset is not None:
        raise LatexCharacter(offset=offset, found=character_name(latex[offset]))


class _Parser:
    """Reads tokens from left to right; the depth counts braces, brackets and tables around the place."""

    def __init__(self, latex: str) -> None:
        self._latex = latex
        self._position = 0

    # Reading tokens

    def _peek(self) -> Token | None:
        match = _TOKEN.search(self._latex, self._position)
        return Token(str(match.lastgroup), match.group(), match.start()) if match else None

    def _take(self) -> Token | None:
        token = self._peek()
        if token:
            self._position = token.offset + len(token.text)
        return token

    # Rows and scripts

    def sequence(self, *, depth: int, until: frozenset[str]) -> list[Node]:
        """Everything up to one of the closing signs, which is left for the caller."""
        if depth > LIMIT_DEPTH:
            raise LatexTooDeep(offset=self._position, limit=LIMIT_DEPTH)
        nodes: list[Node] = []
        while (token := self._peek()) and token.text not in until:
            if token.text in _SCRIPTS:
                self._script_without_base(token)
            nodes.append(self._scripted(self._atom(depth), depth))
        return nodes

    def _script_without_base(self, token: Token) -> None:
        raise LatexScript(offset=token.offset, found=token.text)

    def _scripted(self, base: Node, depth: int) -> Node:
        scripts: dict[str, Node] = {}
        n_primes = 0
        while (token := self._peek()) and token.text in _SCRIPTS:
            self._take()
            if token.text in _PRIMES:
                n_primes += 1
                if "^" in scripts or n_primes > LIMIT_PRIMES:
                    self._script_without_base(token)
                base = _primed(base)
            elif token.text in scripts:
                self._script_without_base(token)
            else:
                scripts[token.text] = self._script(token, depth)
        return _attach(base, below=scripts.get("_"), above=scripts.get("^")) if scripts else base

    def _script(self, mark: Token, depth: int) -> Node:
        token = self._peek()
        if token is None or token.text in ("^", "_", "'", "}", "&", "\\\\", r"\right", r"\end"):
            raise LatexMissingArgument(offset=mark.offset, command=mark.text, needed="a power or an index")
        if token.kind == "number" and len(token.text) > 1:
            raise LatexScriptBraces(offset=mark.offset, found=mark.text, script=token.text)
        if token.text == r"\prime":
            self._take()
            return _PRIME
        return self._atom(depth)

    # Atoms

    def _atom(self, depth: int) -> Node:
        token = self._take()
        if token is None:  # pragma: no cover - every caller has peeked
            raise LatexEmpty
        if token.text == "{":
            return self._group(token, depth)
        simple = _simple(token)
        if simple is not None:
            return simple
        if token.kind == "command":
            return self._command(token, depth)
        return self._refuse(token)

    def _refuse(self, token: Token) -> Node:
        if token.text == "}":
            raise LatexUnbalanced(offset=token.offset, found="}", needed="{")
        if token.text == "&":
            raise LatexCellOutside(offset=token.offset, found=token.text)
        if token.text == "%":
            raise LatexComment(offset=token.offset)
        raise LatexCharacter(offset=token.offset, found=token.text)

    def _group(self, opening: Token, depth: int) -> Node:
        nodes = self.sequence(depth=depth + 1, until=frozenset("}"))
        if self._take() is None:
            raise LatexUnbalanced(offset=opening.offset, found="{", needed="}")
        return row(nodes)

    def _argument(self, command: Token, depth: int, *, needed: str) -> Node:
        opening = self._peek()
        if opening is None or opening.text != "{":
            raise LatexMissingArgument(offset=command.offset, command=command.text, needed=needed)
        self._take()
        group = self._group(opening, depth)
        if group == Node("mrow"):
            raise LatexMissingArgument(offset=command.offset, command=command.text, needed=needed)
        return group

    # Commands with structure

    def _command(self, token: Token, depth: int) -> Node:
        readers: dict[str, Callable[[Token, int], Node]] = {
            r"\frac": self._fraction,
            r"\dfrac": self._fraction,
            r"\binom": self._fraction,
            r"\sqrt": self._root,
            r"\text": self._words,
            r"\mathrm": self._words,
            r"\mathbb": self._words,
            r"\left": self._grown,
            r"\begin": self._table,
            **dict.fromkeys(ACCENTS, self._accented),
        }
        return readers.get(token.text, self._refuse_command)(token, depth)

    def _refuse_command(self, token: Token, _depth: int) -> Node:
        if token.text == r"\right":
            raise LatexUnbalanced(offset=token.offset, found=r"\right", needed=r"\left")
        if token.text == r"\end":
            raise LatexUnbalanced(offset=token.offset, found=r"\end", needed=r"\begin")
        if token.text == "\\\\":
            raise LatexCellOutside(offset=token.offset, found=token.text)
        raise LatexUnknownCommand(offset=token.offset, command=token.text)

    def _fraction(self, token: Token, depth: int) -> Node:
        top = self._argument(token, depth, needed="two parts, {...}{...},")
        bottom = self._argument(token, depth, needed="two parts, {...}{...},")
        if token.text == r"\binom":
            column = Node("mfrac", children=(top, bottom), attributes=(("linethickness", "0"),))
            return fenced("(", column, ")")
        fraction = Node("mfrac", children=(top, bottom))
        if token.text == r"\dfrac":
            return Node("mstyle", children=(fraction,), attributes=(("displaystyle", "true"), ("scriptlevel", "0")))
        return fraction

    def _root(self, token: Token, depth: int) -> Node:
        following = self._peek()
        if following is None or following.text != "[":
            return Node("msqrt", children=(self._argument(token, depth, needed="what stands under the root"),))
        self._take()
        index = self.sequence(depth=depth + 1, until=frozenset("]"))
        if self._take() is None:
            raise LatexUnbalanced(offset=following.offset, found="[", needed="]")
        if not index:
            raise LatexMissingArgument(offset=token.offset, command=r"\sqrt[]", needed="an index")
        radicand = self._argument(token, depth, needed="what stands under the root")
        return Node("mroot", children=(radicand, row(index)))

    def _accented(self, token: Token, depth: int) -> Node:
        content = self._argument(token, depth, needed="what stands under it")
        short, long = ACCENTS[token.text]
        mark = short if content.tag == "mi" else long
        return Node("mover", children=(content, mark), attributes=(("accent", "true"),))

    def _words(self, token: Token, _depth: int) -> Node:
        match = _TEXT_ARGUMENT.match(self._latex, self._position)
        if not match or not match.group(1).strip():
            raise LatexMissingArgument(offset=token.offset, command=token.text, needed="plain words")
        self._position = match.end()
        words = match.group(1)
        if token.text == r"\mathbb":
            return _double_struck(token, words)
        return _upright(token, words, start=match.start(1))

    def _grown(self, token: Token, depth: int) -> Node:
        opening = self._fence(token)
        content = self.sequence(depth=depth + 1, until=frozenset({r"\right"}))
        right = self._take()
        if right is None:
            raise LatexUnbalanced(offset=token.offset, found=r"\left", needed=r"\right")
        return fenced(opening, row(content), self._fence(right))

    def _fence(self, token: Token) -> str:
        fence = self._take()
        if fence is not None and fence.text == ".":
            return ""
        if fence is None or fence.text not in BRACKETS:
            needed = r"a bracket: ( ) [ ] | \{ \} or . for none"
            raise LatexArgument(
                offset=token.offset, command=token.text, found=fence.text if fence else "nothing", needed=needed
            )
        return BRACKETS[fence.text][0]

    def _environment(self, token: Token) -> str:
        match = re.compile(r"\s*\{([A-Za-z]+\*?)\}").match(self._latex, self._position)
        if not match:
            raise LatexMissingArgument(offset=token.offset, command=token.text, needed="the name of a table")
        if match.group(1) not in ENVIRONMENTS:
            needed = ", ".join(ENVIRONMENTS)
            raise LatexArgument(offset=token.offset, command=token.text, found=match.group(1), needed=needed)
        self._position = match.end()
        return match.group(1)

    def _table(self, token: Token, depth: int) -> Node:
        name = self._environment(token)
        rows = self._rows(token, name, depth)
        for number, cells in enumerate(rows, start=1):
            if len(cells) != len(rows[0]):
                raise LatexRagged(offset=token.offset, row=number, found=len(cells), needed=len(rows[0]))
        opening, closing, class_name = ENVIRONMENTS[name]
        lines = tuple(Node("mtr", children=tuple(Node("mtd", children=(cell,)) for cell in cells)) for cells in rows)
        attributes = (("class", class_name),) if class_name else ()
        return fenced(opening, Node("mtable", children=lines, attributes=attributes), closing)

    def _rows(self, begin: Token, name: str, depth: int) -> list[list[Node]]:
        rows: list[list[Node]] = [[]]
        while True:
            rows[-1].append(row(self.sequence(depth=depth + 1, until=frozenset({"&", "\\\\", r"\end"}))))
            mark = self._take()
            if mark is None:
                raise LatexUnbalanced(offset=begin.offset, found=rf"\begin{{{name}}}", needed=rf"\end{{{name}}}")
            if mark.text == "\\\\":
                rows.append([])
            elif mark.text == r"\end":
                self._same_environment(mark, name)
                return rows[:-1] if rows[-1] == [Node("mrow")] and len(rows) > 1 else rows

    def _same_environment(self, end: Token, name: str) -> None:
        closing = self._environment(end)
        if closing != name:
            raise LatexUnbalanced(offset=end.offset, found=rf"\end{{{closing}}}", needed=rf"\end{{{name}}}")


def _simple(token: Token) -> Node | None:
    """A sign that stands for itself."""
    name = token.text
    if token.kind == "number":
        return Node("mn", name.replace("{,}", ","))
    if name.isascii() and name.isalpha():
        return Node("mi", name)
    if name in LETTERS:
        return Node("mi", LETTERS[name])
    if name in BRACKETS:
        text, kind = BRACKETS[name]
        form = {"opening": "prefix", "closing": "postfix"}.get(kind)
        attributes = (("stretchy", "false"), *((("form", form),) if form else ()))
        return Node("mo", text, attributes=attributes, kind=kind)
    return _symbol(name)


def _symbol(name: str) -> Node | None:
    if name in SYMBOLS:
        text, kind = SYMBOLS[name]
        tight = (("lspace", "0"), ("rspace", "0")) if kind in ("ordinary", "closing") else ()
        still = (("stretchy", "false"),) if kind == "relation" else ()
        return Node("mo", text, kind=kind, attributes=tight + still)
    if name in FUNCTIONS or name in LIMITS:
        return Node("mi", (FUNCTIONS | LIMITS)[name], kind="function")
    if name in LARGE:
        return Node("mo", LARGE[name], kind="large")
    if name in SPACES:
        return Node("mspace", attributes=(("width", SPACES[name]),), kind="space")
    return None


def _primed(base: Node) -> Node:
    """A prime beside its base: the sign of the face is raised already, as a power it would fly."""
    return Node("mrow", children=(base, _PRIME), kind=base.kind)


def _attach(base: Node, *, below: Node | None, above: Node | None) -> Node:
    """Powers and indices at their place: a ring is a degree sign, limits stand below."""
    if below is None and above in _RINGS:
        return Node("mrow", children=(base, Node("mi", "°")), kind=base.kind)
    if below is None and above == _PRIME:
        return _primed(base)
    over = base.text in LIMITS.values() or base.text == "∑"
    both, low, high = ("munderover", "munder", "mover") if over else ("msubsup", "msub", "msup")
    tag = both if below and above else low if below else high
    return Node(tag, children=(base, *(script for script in (below, above) if script)), kind=base.kind)


def _double_struck(token: Token, letter: str) -> Node:
    if not re.fullmatch(r"[A-Z]", letter):
        raise LatexArgument(offset=token.offset, command=token.text, found=letter, needed="one capital letter")
    return Node("mi", DOUBLE_STRUCK.get(letter) or unicodedata.lookup(f"MATHEMATICAL DOUBLE-STRUCK CAPITAL {letter}"))


def _upright(token: Token, words: str, *, start: int) -> Node:
    for match in re.finditer(r"\\%|.", words, re.DOTALL):
        sign = match.group()
        if sign == "%":
            raise LatexComment(offset=start + match.start())
        known = sign in UPRIGHT if token.text == r"\mathrm" else sign in _TEXT_PUNCTUATION or sign.isalnum()
        if sign != r"\%" and not known:
            raise LatexWords(offset=start + match.start(), command=token.text, found=sign)
    text = words.replace(r"\%", "%")
    if token.text == r"\mathrm":
        return Node("mi", text, attributes=(("mathvariant", "normal"),))
    # A space at the edge of an mtext would be trimmed by the browser.
    return Node("mtext", re.sub(r"^\s|\s$", "\N{NO-BREAK SPACE}", text))
