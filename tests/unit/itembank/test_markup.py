"""What a writer types is shown as meant, and nothing in it can act in the candidate's browser."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from itembank import errors
from itembank.markup import LIMIT_CHARACTERS, clean, render, render_option

# A loaded machine is no failure.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class _Size:
    width: int
    height: int


PICTURES = {"A.svg": _Size(480, 320)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Satu **dua** *tiga*", "<p>Satu <strong>dua</strong> <em>tiga</em></p>"),
        ("a\n\nb", "<p>a</p>\n<p>b</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("x < y & z", "<p>x &lt; y &amp; z</p>"),
        (r"harga \$5", "<p>harga $5</p>"),
        ("&#x3C;b&#x3E;", "<p>&amp;#x3C;b&amp;#x3E;</p>"),
        ("# judul", "<p># judul</p>"),
        ("$1{,}5$", '<p><math display="inline"><mn>1,5</mn></math></p>'),
        ("**$x$**", '<p><strong><math display="inline"><mi>x</mi></math></strong></p>'),
        ("$$\nx\n$$", '<p><math display="block"><mi>x</mi></math></p>'),
    ],
)
def test_the_subset_becomes_html(text: str, expected: str) -> None:
    assert render(text, media=()).html == expected


def test_a_table_may_hold_bars_inside_maths() -> None:
    html = render("| n | $|x|$ |\n|:-:|--:|\n| 1 | $2$ |", media=()).html
    assert '<th class="align-center" scope="col">n</th>' in html
    assert html.count("<td") == 2
    assert "style" not in html


def test_a_single_paragraph_of_an_option_fits_into_a_label() -> None:
    assert render_option("$x$ cm", media=()).html == '<math display="inline"><mi>x</mi></math> cm'
    large = '<math display="inline" displaystyle="true"><mfrac><mn>1</mn><mn>2</mn></mfrac></math>'
    assert render_option(r"$\frac{1}{2}$", media=()).html == large
    assert render_option("a\n\nb", media=()).html == "<p>a</p>\n<p>b</p>"


def test_a_picture_is_named_sized_and_described() -> None:
    shown = render('![Grafik $y=x$, "naik"](figures/A.svg)', media=PICTURES)
    assert shown.media_names == ("A.svg",)
    expected = '<img data-media-name="A.svg" alt="Grafik $y=x$, &quot;naik&quot;" width="480" height="320">'
    assert shown.html == f"<p>{expected}</p>"


def test_a_picture_known_by_name_only_has_no_size() -> None:
    assert "width" not in render("![Segitiga](A.svg)", media=["A.svg"]).html


def test_plain_text_keeps_the_words_and_the_source_of_maths() -> None:
    assert render("Nilai **$x^2$** adalah\n\n- satu", media=()).plain_text == "Nilai $x^2$ adalah satu"


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        ("a\n\n![](A.svg)", errors.AltTextMissing, 3),
        ("a\n![x](B.svg)", errors.PictureUnknown, 2),
        ("![x](../A.svg)", errors.PictureNameRefused, 1),
        ("![x](http://example.org/A.svg)", errors.PictureNameRefused, 1),
        ("![x](data:image/svg+xml,A.svg)", errors.PictureNameRefused, 1),
        ("a\n<script>alert(1)</script>", errors.RawHtml, 2),
        ("<img src=x onerror=alert(1)>", errors.RawHtml, 1),
        ("<!-- a -->", errors.RawHtml, 1),
        ("<math><mtext></mtext></math>", errors.RawHtml, 1),
        (r"\<b>", errors.RawHtml, 1),
        ("[x](javascript:alert(1))", errors.LinkRefused, 1),
        ("$$\nx\n$$\n[x](y)", errors.LinkRefused, 4),
        ("a\nb $x", errors.MathsNotClosed, 2),
        ("$x\n\ny$", errors.MathsNotClosed, 1),
        ("$$x$", errors.MathsNotClosed, 1),
        ("a\n\n$\\foo$", errors.MathsRefused, 3),
        ("$$\nx\n$$ $\\text{<b>}$", errors.MathsRefused, 3),
        ("$ $", errors.MathsRefused, 1),
        ("a\nb\u202ec", errors.HiddenCharacter, 2),
        ("a\x07", errors.HiddenCharacter, 1),
        ("\ue0000\ue001", errors.HiddenCharacter, 1),
        ("a\u200bb", errors.HiddenCharacter, 1),
    ],
)
def test_what_is_refused_and_on_which_line(text: str, error: type[errors.TextError], line: int) -> None:
    with pytest.raises(error) as refused:
        render(text, media=PICTURES)
    assert refused.value.params["line"] == line
    assert str(refused.value).startswith(f"Line {line}: ")


def test_refused_maths_carries_its_own_reason() -> None:
    with pytest.raises(errors.MathsRefused) as refused:
        render("$\\frac{1}$", media=())
    assert isinstance(refused.value.cause, errors.LatexMissingArgument)
    assert str(refused.value.cause) in str(refused.value)


def test_an_endless_text_is_refused_before_it_is_read() -> None:
    with pytest.raises(errors.TextTooLong):
        render("*" * 100_000, media=())
    assert render("a" * LIMIT_CHARACTERS, media=()).html


_PIECES = st.sampled_from(
    [
        "<script>", "</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "[a](javascript:x)", "<iframe>",
        "<svg onload=x>", "<math><mglyph><style>", "style=", "$", "$$", "x", "\\text{", "}", "`", "**", "*", "_", "\n",
        "\n\n", "    ", "- ", "1. ", "| a | b |\n|--|--|\n", "![a](A.svg)", "![", "](A.svg)", "[a]: x", "&lt;", "&#60;",
        "\\", '"', "'", "<", ">", "\\frac{1}{2}", "# ", "> ", "~~", "http://a.b",
    ]
)  # fmt: skip


@_UNHURRIED
@given(st.lists(_PIECES | st.text(max_size=5), max_size=25).map("".join))
def test_nothing_can_act_in_the_page(text: str) -> None:
    try:
        html = render(text, media=PICTURES).html
    except errors.TextError:
        return
    assert clean(html) == html
    _assert_harmless(html)


@_UNHURRIED
@given(
    st.lists(_PIECES | st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=5), max_size=25).map("".join)
)
def test_the_last_sieve_alone_holds(html: str) -> None:
    once = clean(html)
    assert clean(once) == once
    _assert_harmless(once)


def _assert_harmless(html: str) -> None:
    for element in lxml_html.fragment_fromstring(html, create_parent="div").iter():
        assert element.tag not in {"script", "style", "iframe", "svg", "a", "object", "embed", "form", "base", "link"}
        for name, value in element.attrib.items():
            assert not str(name).startswith("on")
            assert str(name) not in {"style", "href", "src", "srcset", "xlink:href", "action"}
            assert name == "alt" or "javascript:" not in str(value)
