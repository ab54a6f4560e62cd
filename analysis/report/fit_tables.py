"""The second half of the report: fit, quality of the decision, sections. Plain enough to be read without a course."""

from collections.abc import Iterator

from analysis.administration import Administration
from analysis.appraisal import FormAppraisal, ModelAppraisal
from analysis.decision import passing_score
from analysis.explanations import explain_caution
from analysis.irt.calibration import Calibration
from analysis.irt.fit import group_residuals
from analysis.irt_pictures import expected_score_curve, residual_plot, wright_map
from analysis.report.figures import MODEL_NAMES
from analysis.report.parts import Block, Heading, Paragraph, Picture, Table, figure
from analysis.wording import word

_PAIRS = 5
_AROUND_THE_CUT = 6


def shape_rows(appraisal: FormAppraisal, language: str) -> Iterator[tuple[str, str]]:
    """Omega and normality, beside the other figures of a form."""
    value = float("nan") if appraisal.omega is None else appraisal.omega.omega
    yield word("omega", language), figure(value, ".3f", language)
    yield word("normality", language), figure(appraisal.shape.p, ".3f", language)


def model_fit(administration: Administration, calibration: Calibration, language: str) -> Iterator[Block]:
    """How one calibration fits: the whole, the items, the pairs, the people."""
    place = administration.calibrations.index(calibration)
    appraisal, people = administration.model_appraisals[place], administration.abilities[place]
    model, cut = MODEL_NAMES[calibration.model], administration.wishes.cut_percent
    for caution in appraisal.cautions:
        yield Paragraph(explain_caution(caution, language), is_warning=True)
    picture = expected_score_curve(calibration, cut_percent=cut, language=language)
    yield Picture(picture, word("expected_title", language))
    picture = wright_map(calibration, people, cut_percent=cut, language=language)
    yield Picture(picture, word("wright_title", language))
    yield from _whole(appraisal, language)
    yield from _item_fit(appraisal, language)
    residuals = group_residuals(administration.matrix, calibration, people)
    picture = residual_plot(residuals, calibration.item_names, model=model, language=language)
    yield Picture(picture, word("residuals_title", language, model=model))
    yield from _pairs(appraisal, language)
    yield Paragraph(
        word(
            "person_fit_note",
            language,
            n_strange=appraisal.n_strange,
            n=appraisal.n_looked_at,
            chance=figure(appraisal.n_looked_at / 20, ".0f", language),
        )
    )
    if len(administration.classical.forms) == 1:
        yield _score_table(appraisal, language)


def _whole(appraisal: ModelAppraisal, language: str) -> Iterator[Block]:
    whole = appraisal.whole
    if whole is None:
        return
    low, high = (figure(limit, ".3f", language) for limit in whole.RMSEA_interval)
    header = ("M2", word("df", language), "p", "RMSEA (90 %)", "SRMSR", "CFI", "TLI")
    row = (
        figure(whole.M2, ".1f", language),
        str(whole.df),
        figure(whole.p, ".3f", language),
        f"{figure(whole.RMSEA, '.3f', language)} ({low} – {high})",
        *(figure(value, ".3f", language) for value in (whole.SRMSR, whole.CFI, whole.TLI)),
    )
    yield Table(f"{MODEL_NAMES[whole.model]}: {word('fit', language)}", header, (row,), n_text=0)
    yield Paragraph(word("fit_note", language))


def _item_fit(appraisal: ModelAppraisal, language: str) -> Iterator[Block]:
    header = (word("item", language), "S-X²", word("df", language), "p", "infit", "z", "outfit", "z")
    rows = tuple(
        (
            item.item,
            figure(item.S_X2, ".1f", language),
            str(item.df),
            figure(item.p, ".3f", language),
            *(figure(v, ".2f", language) for v in (item.infit, item.infit_z, item.outfit, item.outfit_z)),
        )
        for item in appraisal.items
    )
    yield Table(f"{MODEL_NAMES[appraisal.model]}: {word('item_fit', language)}", header, rows)
    tested = [item for item in appraisal.items if item.p == item.p]
    count, chance = sum(item.p < 0.05 for item in tested), figure(len(tested) / 20, ".0f", language)
    yield Paragraph(word("item_fit_note", language, count=count, n=len(tested), chance=chance))


def _pairs(appraisal: ModelAppraisal, language: str) -> Iterator[Block]:
    mean = appraisal.dependence.mean
    rows = tuple(
        (first, second, figure(value, ".2f", language), figure(value - mean, ".2f", language))
        for first, second, value in appraisal.dependence.largest(_PAIRS)
    )
    header = (word("first_item", language), word("second_item", language), "Q3", word("above_mean", language))
    if rows:
        yield Table(f"{MODEL_NAMES[appraisal.model]}: {word('dependence', language)}", header, rows, n_text=2)
        yield Paragraph(word("dependence_note", language, mean=figure(mean, ".3f", language)))


def _score_table(appraisal: ModelAppraisal, language: str) -> Table:
    table = appraisal.scores
    header = tuple(word(name, language) for name in ("raw_score", "theta", "se", "share"))
    rows = tuple(
        (str(raw), *(figure(float(v[raw]), ".3f", language) for v in (table.eap, table.se, table.share)))
        for raw in range(len(table.eap))
    )
    return Table(f"{MODEL_NAMES[appraisal.model]}: {word('score_table', language)}", header, rows, n_text=0)


def model_comparisons(administration: Administration, language: str) -> Iterator[Block]:
    """Is the larger model worth its parameters?"""
    header = ("model", "likelihood_ratio", "df")
    rows = tuple(
        (
            f"{MODEL_NAMES[found.smaller]} – {MODEL_NAMES[found.larger]}",
            figure(found.chi_square, ".1f", language),
            str(found.df),
            figure(found.p, ".3f", language),
            figure(found.aic_difference, ".1f", language),
            figure(found.bic_difference, ".1f", language),
        )
        for found in administration.model_comparisons
    )
    if rows:
        yield Heading(word("model_comparison", language), level=3)
        names = (
            *(word(name, language) for name in header),
            "p",
            word("aic_gain", language),
            word("bic_gain", language),
        )
        yield Table(word("model_comparison", language), names, rows)
        yield Paragraph(word("comparison_note", language))


def decision_quality(administration: Administration, language: str) -> Iterator[Block]:
    """Consistency and accuracy at the cut, by every method that can serve, and the error at every score near it."""
    yield Heading(word("quality", language), level=3)
    yield Paragraph(word("quality_note", language))
    several = len(administration.form_appraisals) > 1
    for place, appraisal in enumerate(administration.form_appraisals, start=1):
        suffix = f" ({word('form', language)} {place})" if several else ""
        yield _quality_table(appraisal, word("quality", language) + suffix, language)
        for found in appraisal.decisions:
            if found.true_scores is not None:
                yield Paragraph(
                    word(
                        "effective_length_note",
                        language,
                        length=figure(found.effective_length, ".1f", language),
                        parameters=4 if found.true_scores.method == "four_parameter" else 2,
                    )
                )
        passing = passing_score(len(appraisal.errors) - 1, administration.wishes.cut_percent)
        yield _error_table(appraisal, passing, word("errors", language) + suffix, language)


def _quality_table(appraisal: FormAppraisal, caption: str, language: str) -> Table:
    header = tuple(
        word(n, language) for n in ("method", "consistency", "accuracy", "false_pass", "false_fail", "passing")
    )
    rows = tuple(
        (
            word(found.method, language),
            *(
                figure(value, ".3f", language)
                for value in (
                    found.consistency,
                    found.accuracy,
                    found.false_pass,
                    found.false_fail,
                    found.passing,
                    found.kappa,
                )
            ),
        )
        for found in appraisal.decisions
    )
    return Table(caption, (*header, "kappa"), rows)


def _error_table(appraisal: FormAppraisal, passing: int, caption: str, language: str) -> Table:
    header = tuple(word(name, language) for name in ("raw_score", "people", "lord", "keats"))
    rows = tuple(
        (str(e.raw_score), str(e.n_persons), figure(e.lord, ".2f", language), figure(e.keats, ".2f", language))
        for e in appraisal.errors
        if abs(e.raw_score - passing) <= _AROUND_THE_CUT
    )
    return Table(caption, header, rows, n_text=0)


def sections(administration: Administration, language: str) -> Iterator[Block]:
    """Which sections deserve a score of their own."""
    if not any(appraisal.sections for appraisal in administration.form_appraisals):
        return
    yield Heading(word("sections", language), level=3)
    yield Paragraph(word("sections_note", language))
    names = ("section", "n_items", "prmse_own", "prmse_whole", "prmse_both", "reportable")
    for place, appraisal in enumerate(administration.form_appraisals, start=1):
        rows = tuple(
            (
                worth.section,
                str(worth.n_items),
                *(figure(v, ".3f", language) for v in (worth.prmse_own, worth.prmse_whole, worth.prmse_both)),
                word("yes" if worth.is_reportable else "no", language),
            )
            for worth in appraisal.sections
        )
        caption = f"{word('sections', language)} ({word('form', language)} {place})"
        yield Table(caption, tuple(word(name, language) for name in names), rows)
