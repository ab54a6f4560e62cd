"""What stands in the report, as headings, sentences, tables and pictures; HTML and PDF print the same pages."""

import math
from collections.abc import Iterator

from analysis.administration import Administration
from analysis.classical import FormStatistics
from analysis.decision import passing_score
from analysis.decision_pictures import certainty_of_decisions, deltas_of_groups
from analysis.dif import Comparison
from analysis.distribution import discriminative_efficiency
from analysis.drawing import NARROW
from analysis.explanations import OUTCOMES, explain_caution, explain_reason
from analysis.irt.calibration import Calibration
from analysis.items import ItemStatistics
from analysis.pictures import (
    difficulty_by_discrimination,
    information_curve,
    item_curve,
    option_curves,
    score_histogram,
)
from analysis.report.figures import MODEL_NAMES
from analysis.report.fit_tables import decision_quality, model_comparisons, model_fit, sections, shape_rows
from analysis.report.parts import Block, Heading, Paragraph, Picture, Table, figure
from analysis.verdict import Outcome, Verdict
from analysis.wording import word


def blocks(administration: Administration, language: str = "id") -> Iterator[Block]:
    """The report from top to bottom."""
    yield Heading(word("overview", language))
    yield from _overview(administration, language)
    yield Heading(word("items", language))
    yield from _items(administration, language)
    yield Heading(word("option_tables", language))
    yield from _options(administration, language)
    if administration.calibrations:
        yield Heading(word("irt", language))
    for calibration in administration.calibrations:
        yield from _calibration(administration, calibration, language)
        yield from model_fit(administration, calibration, language)
    yield from model_comparisons(administration, language)
    yield Heading(word("decision", language))
    yield from _decision(administration, language)
    yield from decision_quality(administration, language)
    yield from sections(administration, language)
    if administration.comparisons:
        yield Heading(word("groups", language))
        yield from _groups(administration, language)
    if administration.opinions:
        yield Heading(word("cross_check", language))
        yield from _opinions(administration, language)


def _overview(administration: Administration, language: str) -> Iterator[Block]:
    cut = administration.wishes.cut_percent
    counts = {outcome: sum(v.outcome is outcome for v in administration.verdicts) for outcome in Outcome}
    said = "; ".join(f"{OUTCOMES[outcome][language]}: {count}" for outcome, count in counts.items() if count)
    yield Paragraph(said + ".")
    yield from _weights(administration, language)
    for place, form in enumerate(administration.classical.forms, start=1):
        several = len(administration.classical.forms) > 1
        caption = word("overview", language) if not several else f"{word('form', language)} {place}"
        rows = (*_form_rows(form, cut, language), *shape_rows(administration.form_appraisals[place - 1], language))
        yield Table(caption, ("", ""), rows)
        for caution in form.cautions:
            yield Paragraph(explain_caution(caution, language), is_warning=True)
        histogram = score_histogram(form, cut_percent=cut, language=language)
        yield Picture(histogram, word("histogram_title", language, n=figure(form.n_counted, ".0f", language)))


def _weights(administration: Administration, language: str) -> Iterator[Block]:
    """Whose figures the rows stand for, and where weights cannot serve."""
    weights = administration.matrix.weights
    if weights is None:
        return
    yield Paragraph(
        word(
            "weights_note",
            language,
            column=administration.wishes.weight or "–",
            rows=figure(administration.matrix.n_persons, ".0f", language),
            people=figure(float(weights.sum()), ".1f", language),
        )
    )


def _form_rows(form: FormStatistics, cut: int, language: str) -> Iterator[tuple[str, str]]:
    def row(name: str, value: float, pattern: str) -> tuple[str, str]:
        return word(name, language), figure(value, pattern, language)

    low, high = (figure(limit, ".2f", language) for limit in form.alpha_interval)
    passing = form.n_passing(cut)
    share = figure(100 * passing / form.n_counted if form.n_counted else math.nan, ".1f", language)
    yield row("n_persons", form.n_counted, ".0f")
    yield row("n_items", form.n_items, ".0f")
    yield row("mean", form.mean, ".2f")
    yield row("sd", form.sd, ".2f")
    yield row("skewness", form.skewness, ".2f")
    yield row("kurtosis", form.kurtosis_excess, ".2f")
    yield word("reliability", language), f"{figure(form.alpha, '.3f', language)} ({low} – {high})"
    yield row("stratified_alpha", form.stratified_alpha, ".3f")
    yield row("split_half", form.split_half, ".3f")
    yield row("sem", form.sem, ".2f")
    yield row("length", form.n_items_for_wanted_reliability, ".0f")
    yield f"{word('passing', language)} ({cut})", f"{passing} ({share} %)"


def _items(administration: Administration, language: str) -> Iterator[Block]:
    items, verdicts = administration.classical.items, administration.verdicts
    picture = difficulty_by_discrimination(items, verdicts, language=language, policy=administration.wishes.policy)
    yield Picture(picture, word("map_title", language))
    columns = ("item", "verdict", "n_persons", "blanks")
    header = tuple(word(name, language) for name in columns)
    more = ("item_rest", "biserial", "alpha_if_deleted", "efficiency")
    shorter = ("p", "r pb", *(word(name, language) for name in more))
    efficiency = discriminative_efficiency(administration.matrix)
    rows = tuple(
        (
            *_item_row(item, verdict, administration.classical.alpha_if_deleted(item.name), language),
            figure(float(efficient), ".2f", language),
        )
        for item, verdict, efficient in zip(items, verdicts, efficiency, strict=True)
    )
    yield Table(word("items", language), header + shorter, rows, n_text=2)
    reasons = tuple(_reason_rows(verdicts, language))
    if reasons:
        names = ("item", "verdict", "criterion", "reasons")
        yield Table(word("reasons", language), tuple(word(name, language) for name in names), reasons, n_text=4)


def _item_row(item: ItemStatistics, verdict: Verdict, alpha: float, language: str) -> tuple[str, ...]:
    return (
        item.name,
        OUTCOMES[verdict.outcome][language],
        str(item.n_presented),
        f"{item.n_omitted} / {item.n_not_reached}",
        _with_error(item.p, item.p_se, language),
        _with_error(item.point_biserial, item.point_biserial_se, language),
        figure(item.item_rest, ".2f", language),
        figure(item.biserial, ".2f", language),
        figure(alpha, ".3f", language),
    )


def _with_error(value: float, error: float, language: str) -> str:
    return f"{figure(value, '.2f', language)} ± {figure(error, '.2f', language)}"


def _reason_rows(verdicts: tuple[Verdict, ...], language: str) -> Iterator[tuple[str, ...]]:
    for verdict in verdicts:
        for reason in verdict.reasons:
            sentence = explain_reason(reason, language)
            yield verdict.item, OUTCOMES[reason.outcome][language], reason.criterion or "–", sentence


def _options(administration: Administration, language: str) -> Iterator[Block]:
    header = ("item", "option", "n", "share_choosing", "upper", "middle", "lower")
    rows = tuple(_option_rows(administration.classical.items, language))
    yield Table(word("option_tables", language), (*(word(n, language) for n in header), "r pb"), rows, n_text=2)
    for verdict in administration.verdicts:
        if verdict.outcome not in (Outcome.KEEP, Outcome.WATCH):
            picture = option_curves(administration.matrix, verdict.item, language=language, width=NARROW)
            yield Picture(picture, word("options_title", language, item=verdict.item), is_narrow=True)


def _option_rows(items: tuple[ItemStatistics, ...], language: str) -> Iterator[tuple[str, ...]]:
    for item in items:
        for option in item.options:
            name = word("key", language, letter=option.letter) if option.is_key else option.letter
            shares = (option.proportion, option.upper, option.middle, option.lower, option.point_biserial)
            yield item.name, name, str(option.n), *(figure(share, ".2f", language) for share in shares)


def _calibration(administration: Administration, calibration: Calibration, language: str) -> Iterator[Block]:
    model = MODEL_NAMES[calibration.model]
    yield Heading(model, level=3)
    if not calibration.converged:
        yield Paragraph(word("not_converged", language, model=model), is_warning=True)
    cut = administration.wishes.cut_percent
    yield Picture(
        information_curve(calibration, cut_percent=cut, language=language), word("information_title", language)
    )
    guessed = ("c", "se") if calibration.model == "3pl" else ()
    header = tuple(word(name, language) for name in ("item", "a", "se", "b", "d", "se", *guessed))
    yield Table(f"{model}: {word('items', language)}", header, tuple(_parameter_rows(calibration, language)))
    if calibration.model == "rasch":
        return
    people = administration.abilities[administration.calibrations.index(calibration)]
    flagged = {v.item for v in administration.verdicts if v.outcome not in (Outcome.KEEP, Outcome.WATCH)}
    for item in calibration.item_names:
        if item in flagged and item not in calibration.unestimated:
            picture = item_curve(administration.matrix, calibration, people, item, language=language, width=NARROW)
            yield Picture(picture, word("curve_title", language, item=item, model=model), is_narrow=True)


def _parameter_rows(calibration: Calibration, language: str) -> Iterator[tuple[str, ...]]:
    nothing = [math.nan] * len(calibration.item_names)
    errors_a = nothing if calibration.se_a is None else calibration.se_a
    errors_d = nothing if calibration.se_d is None else calibration.se_d
    for j, name in enumerate(calibration.item_names):
        values = [calibration.a[j], errors_a[j], calibration.b[j], calibration.d[j], errors_d[j]]
        if calibration.model == "3pl":
            values += [calibration.guessing[j], math.nan if calibration.se_c is None else calibration.se_c[j]]
        yield name, *(figure(float(value), ".2f", language) for value in values)


def _decision(administration: Administration, language: str) -> Iterator[Block]:
    names = ("raw_score", "score", "error_points", "pass_if_truly_this", "truly_at_least_cut")
    header = tuple(word(name, language) for name in names)
    for place, form in enumerate(administration.classical.forms):
        passing = passing_score(form.n_items, administration.wishes.cut_percent)
        figures = administration.how_sure(place)
        near = [sure for sure in figures if abs(sure.raw_score - passing) <= 6]
        picture = certainty_of_decisions(figures, cut_percent=administration.wishes.cut_percent, language=language)
        yield Picture(picture, word("decision", language))
        rows = tuple(
            (
                str(sure.raw_score),
                figure(sure.score, ".2f", language),
                figure(sure.error, ".1f", language),
                figure(sure.pass_if_truly_this, ".2f", language),
                figure(sure.truly_at_least_cut, ".2f", language),
            )
            for sure in near
        )
        yield Table(f"{word('form', language)} {place + 1}", header, rows, n_text=0)


def _groups(administration: Administration, language: str) -> Iterator[Block]:
    for comparison in administration.comparisons:
        yield Paragraph(
            word(
                "groups_note",
                language,
                focal=comparison.focal,
                reference=comparison.reference,
                n_focal=comparison.n_focal,
                n_reference=comparison.n_reference,
            )
        )
        yield from _left_out(comparison, language)
        title = word("deltas_title", language, focal=comparison.focal, reference=comparison.reference)
        rows = tuple(
            (
                item.item,
                item.ets_class or "–",
                _with_error(item.delta, item.delta_se, language),
                figure(item.chi_square, ".2f", language),
                figure(item.p, ".3f", language),
            )
            for item in comparison.items
        )
        header = (word("item", language), word("class", language), "delta", "χ²", "p")
        yield Table(f"{comparison.reference} – {comparison.focal}", header, rows, n_text=2)
        yield Picture(deltas_of_groups(comparison, language=language), title)


def _left_out(comparison: Comparison, language: str) -> Iterator[Block]:
    """People without a group, and items that do not count for who is an equal."""
    if comparison.n_without_group:
        yield Paragraph(word("groups_left_out", language, n=comparison.n_without_group))
    if comparison.is_purified:
        items = ", ".join(comparison.set_aside) or word("none", language)
        yield Paragraph(word("purified_note", language, items=items))
    if not comparison.is_possible:
        said = word("groups_without_equals", language, focal=comparison.focal, reference=comparison.reference)
        yield Paragraph(said, is_warning=True)
    if not comparison.has_settled:
        yield Paragraph(word("purified_unsettled", language), is_warning=True)


def _opinions(administration: Administration, language: str) -> Iterator[Block]:
    for opinion in administration.opinions:
        if not opinion.checked:
            yield Paragraph(word("cross_check_nothing", language, model=MODEL_NAMES[opinion.model]))
            continue
        yield Paragraph(
            word(
                "cross_check_note",
                language,
                model=MODEL_NAMES[opinion.model],
                n=len(opinion.checked),
                a=figure(opinion.largest_slope_difference, ".3f", language),
                d=figure(opinion.largest_intercept_difference, ".3f", language),
                item=opinion.worst_item,
                unchecked=", ".join(opinion.unchecked) or word("none", language),
            )
        )
