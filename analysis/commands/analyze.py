"""`testing-platform analyze`: the whole analysis from two files, without a database."""

import argparse
import json
import math
import sys
from pathlib import Path

from analysis.administration import Administration, Wishes, analyze_administration
from analysis.commands.telling import Progress, guarded, language_of, percent, refuse_missing_folder, told_doubts
from analysis.drawing import number
from analysis.explanations import LANGUAGES, OUTCOMES, explain_caution, explain_reason
from analysis.irt.cross_check import SecondOpinion
from analysis.irt.models import ALL_MODELS, MODELS
from analysis.streaming import read_responses
from analysis.wording import word

Lines = list[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `analyze` takes."""
    parser.add_argument("responses", type=Path, metavar="RESPONSES.csv", help="one row a person, one column an item")
    parser.add_argument("--key", type=Path, required=True, metavar="KEY.csv", help="item,key[,section,options]")
    parser.add_argument(
        "--model", choices=ALL_MODELS, action="append", help="an IRT model; may be repeated (default: rasch and 2pl)"
    )
    parser.add_argument("--group", metavar="COLUMN", help="compare the groups of this column (default: group, if any)")
    parser.add_argument("--reference", metavar="VALUE", help="the reference group (default: LPTK, or the largest)")
    parser.add_argument("--purify", action="store_true", help="find equals without the items that part the groups")
    parser.add_argument("--weight", metavar="COLUMN", help="how many people each row stands for")
    parser.add_argument("--cut", type=percent, default=75, metavar="SCORE", help="pass at this score (default 75)")
    parser.add_argument("--json", metavar="OUT.json", help="write every figure; - writes to the standard output")
    parser.add_argument("--report", type=Path, metavar="OUT.pdf", help="write the report as PDF")
    parser.add_argument("--html", type=Path, metavar="OUT.html", help="write the report as one HTML file")
    parser.add_argument("--language", choices=LANGUAGES, help="of report, summary and errors (default id; errors both)")
    parser.add_argument("--cross-check", action="store_true", help="let girth calibrate too and tell the difference")
    parser.add_argument(
        "--export", type=Path, metavar="FOLDER", help="write the answers as mirt, jMetrik and Iteman read them"
    )
    parser.add_argument(
        "--raw", action="store_true", help="export names as they are, even those that look like formulas"
    )


@guarded
def run(namespace: argparse.Namespace) -> int:
    """Analyse, write what was asked for, and say how it went."""
    progress = Progress()
    json_file = None if namespace.json in (None, "-") else Path(namespace.json)
    refuse_missing_folder(json_file, namespace.report, namespace.html)
    matrix = read_responses(namespace.responses, namespace.key, weight=namespace.weight, progress=progress.reading)
    progress.stage("analysing")
    administration = analyze_administration(matrix, _wishes(namespace))
    _write(administration, namespace, progress)
    if namespace.json != "-":
        print("\n".join(_summary(administration, language_of(namespace))))
    return told_doubts(administration.calibrations, namespace)


def _wishes(namespace: argparse.Namespace) -> Wishes:
    return Wishes(
        models=MODELS if namespace.model is None else tuple(dict.fromkeys(namespace.model)),
        group=namespace.group,
        reference=namespace.reference,
        purify=namespace.purify,
        weight=namespace.weight,
        cut_percent=namespace.cut,
        with_cross_check=namespace.cross_check,
    )


def _write(administration: Administration, namespace: argparse.Namespace, progress: Progress) -> None:
    if namespace.json is not None:
        from analysis.report.figures import as_figures

        progress.stage("writing the figures")
        text = json.dumps(as_figures(administration), indent=1, allow_nan=False) + "\n"
        if namespace.json == "-":
            sys.stdout.write(text)
        else:
            Path(namespace.json).write_text(text, encoding="utf-8")
    if namespace.html is not None or namespace.report is not None:
        _write_reports(administration, namespace, progress)
    if namespace.export is not None:
        from analysis.exports import write_exports

        progress.stage("writing for other programs")
        write_exports(administration.matrix, namespace.export, raw=namespace.raw)


def _write_reports(administration: Administration, namespace: argparse.Namespace, progress: Progress) -> None:
    """Screen and print show the same blocks; drawing them takes longest and is done once."""
    from analysis.report.html import html_of
    from analysis.report.parts import laid_out
    from analysis.report.pdf import pdf_of
    from analysis.report.tables import blocks

    language = language_of(namespace)
    progress.stage("drawing the report")
    laid = list(laid_out(blocks(administration, language)))
    if namespace.html is not None:
        namespace.html.write_text(html_of(laid, language), encoding="utf-8")
    if namespace.report is not None:
        progress.stage("setting the report for print")
        namespace.report.write_bytes(pdf_of(laid, language))


def _summary(administration: Administration, language: str) -> Lines:
    lines = _forms(administration, language)
    lines += _notes(administration, language)
    lines.append(f"{word('item', language):<16}{'p':>6}{'r pb':>7}{'r rest':>8}  {word('verdict', language)}")
    for item, verdict in zip(administration.classical.items, administration.verdicts, strict=True):
        figures = f"{_two(item.p, language):>6}{_two(item.point_biserial, language):>7}"
        figures += f"{_two(item.item_rest, language):>8}"
        lines.append(f"{item.name:<16}{figures}  {OUTCOMES[verdict.outcome][language]}")
        decisive = [reason for reason in verdict.reasons if reason.outcome is verdict.outcome]
        lines += [f"{'':16}{explain_reason(reason, language)}" for reason in decisive[:1]]
    return lines + [_opinion(opinion, language) for opinion in administration.opinions]


def _notes(administration: Administration, language: str) -> Lines:
    """Weights, people without a group, and items set aside: told, so that nobody takes the figures for others."""
    lines: Lines = []
    weights = administration.matrix.weights
    if weights is not None:
        rows, people = administration.matrix.n_persons, number(float(weights.sum()), ".10g", language)
        lines.append(word("weights_note", language, column=administration.wishes.weight, rows=rows, people=people))
    if administration.comparisons and administration.comparisons[0].n_without_group:
        lines.append(word("groups_left_out", language, n=administration.comparisons[0].n_without_group))
    for comparison in administration.comparisons:
        if not comparison.is_possible:
            both = {"focal": comparison.focal, "reference": comparison.reference}
            lines.append(word("groups_without_equals", language, **both))
        if comparison.is_purified:
            items = ", ".join(comparison.set_aside) or word("none", language)
            pair = f"{comparison.reference} – {comparison.focal}: "
            lines.append(pair + word("purified_note", language, items=items))
    return lines


def _forms(administration: Administration, language: str) -> Lines:
    lines: Lines = []
    for place, form in enumerate(administration.classical.forms, start=1):
        low, high = (_two(limit, language) for limit in form.alpha_interval)
        cut = administration.wishes.cut_percent
        parts = (
            f"{word('form', language)} {place}",
            f"{word('n_persons', language)} {number(form.n_counted, '.10g', language)}",
            f"{word('n_items', language)} {form.n_items}",
            f"{word('mean', language)} {_two(form.mean, language)}",
            f"{word('sd', language)} {_two(form.sd, language)}",
            f"alpha {_two(form.alpha, language)} ({low} – {high})",
            f"{word('passing', language)} ({cut}): {form.n_passing(cut)}",
        )
        lines.append("; ".join(parts))
        lines += [f"  {explain_caution(caution, language)}" for caution in form.cautions]
    return lines


def _two(value: float, language: str) -> str:
    return number(value, ".2f", language) if math.isfinite(value) else "–"


def _opinion(opinion: SecondOpinion, language: str) -> str:
    if not opinion.checked:
        return word("cross_check_nothing", language, model=opinion.model)
    return word(
        "cross_check_note",
        language,
        model=opinion.model,
        n=len(opinion.checked),
        a=number(opinion.largest_slope_difference, ".4f", language),
        d=number(opinion.largest_intercept_difference, ".4f", language),
        item=opinion.worst_item,
        unchecked=", ".join(opinion.unchecked) or word("none", language),
    )
