"""Maths that an item may hold is drawn; everything else is refused with its place and a remedy."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from latex2mathml.converter import convert
from lxml import etree

from itembank import errors
from itembank.latex import LIMIT_CHARACTERS, LIMIT_DEPTH, to_mathml
from itembank.markup import clean
from itembank.symbols import COMMANDS

# A loaded machine is no failure.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Every allowed command stands in at least one of these (a test below keeps it so).
GALLERY = [
    r"1{,}5 \quad 12.500{,}75^2 \quad 2^{1{,}5}",
    r"30^\circ \quad 45^{\circ}\text{C} \quad 60\degree \quad 25\%",
    r"|x-2| = -3 \quad \lvert -5\rvert",
    r"\lim_{x\to 0} \frac{\sin 2x}{x} = 2",
    r"\begin{cases}2x+3y=6\\x-y=-\frac{1}{2}\end{cases}",
    r"\begin{pmatrix}1&-2\\3&4\\\end{pmatrix}\begin{vmatrix}a&b\\c&d\end{vmatrix}",
    r"{}_5C_2 = \binom{5}{2}",
    r"f'(x)=f''(2)\quad a\prime \quad x'^2 \quad y^\prime",
    r"\left(\frac{1}{x}\right)^2 \left[\dfrac{a}{b}\right] \left\{x\right\} \left|y\right. \left\lvert z\right\rvert",
    r"\int_0^1 x^2\,\mathrm{d}x",
    r"\sum_{i=1}^{n} i^2",
    r"p \land \neg q \lor r \sim s \Rightarrow (p\Leftrightarrow q)",
    r"\forall x\in\mathbb{R}\,\exists y\notin\mathbb{A}\; A\cup B\cap C\subset D\subseteq E=\emptyset",
    r"\vec{a}\cdot\vec{b}\quad\overrightarrow{AB}\quad\overline{AB}\perp\overline{x}\parallel EF",
    r"\sqrt{2}\quad\sqrt[3]{x^2+1}",
    r"\log_{2} 8 + \ln x - \tan\theta + 2\sin 2x\cos x\quad \det A",
    r"a \times b \div c \pm d \mp e * f \approx g \equiv h \le i \geq j \ne k \leq l \ge m \neq n",
    r"\angle ABC,\triangle PQR \quad \alpha+\beta+\gamma+\lambda+\mu+\sigma+\omega=\pi\quad \Delta\infty",
    r"\{1; 2; \ldots; \dots\} \quad 1+2+\cdots+n \quad n! \quad 3:4 = a/b",
    r"\{x \mid x<5\}\quad x\leftrightarrow y\to z\rightarrow w > [v]",
    r"\text{Luas 5\% (cm²)} = f\circ g",
    r"\delta\epsilon\varepsilon\zeta\eta\kappa\nu\xi\rho\tau\phi\varphi\chi\psi\Gamma\Theta\Lambda\Xi\Pi\Sigma\Phi\Psi",
    r"5\ \Omega \qquad \bar{x} \: \varnothing \quad p \wedge q \vee r \implies s \iff t \quad 1 \lt 2 \gt 0",
    r"\exp x + \cot x + \sec x + \csc x + \arcsin x + \arccos x + \arctan x + \max(a, b) + \min(a, b) + \gcd(a, b)",
    r"\triangle ABC \cong \triangle DEF \quad y \propto x",
]


@pytest.mark.parametrize("latex", GALLERY)
@pytest.mark.parametrize("display", [False, True])
def test_allowed_maths_is_well_formed_and_survives_the_last_sieve(latex: str, display: bool) -> None:
    html = to_mathml(latex, display=display)
    assert etree.fromstring(html).tag == "math"
    assert clean(html) == html


def test_the_gallery_shows_every_allowed_command() -> None:
    shown = set(re.findall(r"\\(?:[A-Za-z]+|.)", " ".join(GALLERY)))
    assert COMMANDS - shown == set()


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        ("1{,}5", "<mn>1,5</mn>"),
        ("12.500{,}75^2", "<msup><mn>12.500,75</mn><mn>2</mn></msup>"),
        (r"30^\circ", "<mrow><mn>30</mn><mi>°</mi></mrow>"),
        (r"30^{\circ}", "<mrow><mn>30</mn><mi>°</mi></mrow>"),
        (r"\text{luas}", "<mtext>luas</mtext>"),
        (r"\mathrm{cm}^2", '<msup><mi mathvariant="normal">cm</mi><mn>2</mn></msup>'),
        (r"\mathbb{R}", "<mi>ℝ</mi>"),
        (r"\sin x", '<mrow><mi>sin</mi><mspace width="0.1667em"></mspace><mi>x</mi></mrow>'),
        ("{}", "<mrow></mrow>"),
    ],
)
def test_what_is_drawn(latex: str, expected: str) -> None:
    assert to_mathml(latex, display=False) == f'<math display="inline">{expected}</math>'


def test_a_minus_after_a_relation_is_a_sign_and_between_numbers_an_operation() -> None:
    minuses = re.findall(r"<mo ([^>]*)>−</mo>", to_mathml("-a = -b - c", display=False))
    assert [("prefix" in minus) for minus in minuses] == [True, True, False]


def test_after_a_wide_space_a_bar_opens_and_a_minus_is_a_sign() -> None:
    forms = re.findall(r"""form="(\w+)"[^>]*>([|−])""", to_mathml(r"3 \quad |x| \quad -4", display=False))
    assert forms == [("prefix", "|"), ("postfix", "|"), ("prefix", "−")]


def test_a_limit_stands_below_and_an_index_beside() -> None:
    assert "<munder><mi>lim</mi>" in to_mathml(r"\lim_{x\to 0} x", display=False)
    assert "<msub><mi>log</mi>" in to_mathml(r"\log_{2} x", display=False)


@pytest.mark.parametrize(
    ("latex", "error", "offset"),
    [
        (r"a+\foo", errors.LatexUnknownCommand, 2),
        (r"x\href{y}{z}", errors.LatexUnknownCommand, 1),
        (r"\def\a{\a\a}", errors.LatexUnknownCommand, 0),
        (r"\frac{1}", errors.LatexMissingArgument, 0),
        (r"\frac12", errors.LatexMissingArgument, 0),
        (r"\frac{}{2}", errors.LatexMissingArgument, 0),
        (r"\sqrt2", errors.LatexMissingArgument, 0),
        (r"\sqrt[]{2}", errors.LatexMissingArgument, 0),
        (r"\text{}", errors.LatexMissingArgument, 0),
        (r"x^", errors.LatexMissingArgument, 1),
        (r"\mathbb{RR}", errors.LatexArgument, 0),
        (r"\left x\right)", errors.LatexArgument, 0),
        (r"\begin{array}1\end{array}", errors.LatexArgument, 0),
        ("{x", errors.LatexUnbalanced, 0),
        ("x}", errors.LatexUnbalanced, 1),
        (r"\left( x", errors.LatexUnbalanced, 0),
        (r"x\right)", errors.LatexUnbalanced, 1),
        (r"\sqrt[3{x}", errors.LatexUnbalanced, 5),
        (r"\begin{cases}1", errors.LatexUnbalanced, 0),
        (r"\begin{cases}1\end{vmatrix}", errors.LatexUnbalanced, 14),
        (r"1\end{cases}", errors.LatexUnbalanced, 1),
        ("a^b^c", errors.LatexScript, 3),
        ("^2", errors.LatexScript, 0),
        ("x^2'", errors.LatexScript, 3),
        ("x" + "'" * 4, errors.LatexScript, 4),
        ("x" + "'" * 1999, errors.LatexScript, 4),
        ("x_12", errors.LatexScriptBraces, 1),
        ("a&b", errors.LatexCellOutside, 1),
        ("a\\\\b", errors.LatexCellOutside, 1),
        (r"\begin{pmatrix}1&2\\3\end{pmatrix}", errors.LatexRagged, 0),
        ("50%", errors.LatexComment, 2),
        (r"\text{50%}", errors.LatexComment, 8),
        (r"\text{<b>}", errors.LatexWords, 6),
        (r"\text{a&b}", errors.LatexWords, 7),
        (r'\text{a"}', errors.LatexWords, 7),
        ("é", errors.LatexCharacter, 0),
        ("a#", errors.LatexCharacter, 1),
        ("x\u202ey", errors.LatexCharacter, 1),
        ("x\x00", errors.LatexCharacter, 1),
        ("x\\", errors.LatexCharacter, 1),
    ],
)
def test_what_is_refused_and_where(latex: str, error: type[errors.LatexError], offset: int) -> None:
    with pytest.raises(error) as refused:
        to_mathml(latex, display=False)
    assert type(refused.value) is error
    assert refused.value.params["offset"] == offset


def test_empty_maths_is_refused() -> None:
    with pytest.raises(errors.LatexEmpty):
        to_mathml("  ", display=False)


def test_maths_that_explodes_is_refused() -> None:
    with pytest.raises(errors.LatexTooLong):
        to_mathml("x" * (LIMIT_CHARACTERS + 1), display=False)
    for opening in ("{", r"\left(", r"\begin{cases}", r"\sqrt{", "x^{", r"\sqrt["):
        with pytest.raises(errors.LatexTooDeep):
            to_mathml(opening * (LIMIT_DEPTH + 1), display=False)


def test_the_deepest_allowed_nesting_is_drawn() -> None:
    assert "<mi>x</mi>" in to_mathml("{" * LIMIT_DEPTH + "x" + "}" * LIMIT_DEPTH, display=False)


_PIECES = st.sampled_from([*sorted(COMMANDS), *"xy12{}^_&|()[]'<>", "{,}", "{a}", r"\text{<i>}", r"\begin{cases}", "é"])


@_UNHURRIED
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_anything_is_drawn_as_clean_mathml_or_refused(latex: str) -> None:
    try:
        html = to_mathml(latex, display=False)
    except errors.LatexError:
        return
    etree.fromstring(html)
    assert clean(html) == html


# latex2mathml is a second reader: for plain maths both must show the same signs in the same order.
_SAME_SIGN = str.maketrans(
    {"−": "-", "·": "⋅", "∗": "*", "∘": "°", "~": "∼", "―": "‾", "¯": "‾", "\u20d7": "→", "\xa0": " ", "⟂": "⊥"}
)


@pytest.mark.parametrize("number", [3, 4, 5, 8, 9, 10, 11, 13, 14, 15, 16, 17])
def test_a_second_reader_sees_the_same_signs(number: int) -> None:
    latex = GALLERY[number]
    ours, theirs = (etree.fromstring(html) for html in (to_mathml(latex, display=True), convert(latex, "block")))
    assert _signs(ours) == _signs(theirs)


def _signs(root: etree._Element) -> str:
    return "".join(str(text) for text in root.itertext()).translate(_SAME_SIGN)
