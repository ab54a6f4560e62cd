"""`testing-platform analyze`: the whole analysis from two CSV files, without a database.

Exit codes: 0 done; 2 bad input, with what, where and how to mend it; 3 an estimate did not converge, and the results
are written all the same, marked.
"""

import argparse
import json
import sys
from pathlib import Path

from analysis.administration import Administration, Wishes, analyze_administration
from analysis.errors import BadInput
from analysis.explanations import LANGUAGES, OUTCOMES, explain_caution
from analysis.irt.calibration import MODELS
from analysis.reading import read_csv

DONE, BAD_INPUT, NOT_CONVERGED = 0, 2, 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `analyze` takes."""
    parser.add_argument("responses", type=Path, metavar="RESPONSES.csv", help="one row a person, one column an item")
    parser.add_argument("--key", type=Path, required=True, metavar="KEY.csv", help="item,key[,section,options]")
    parser.add_argument("--model", choices=MODELS, help="one IRT model instead of all")
    parser.add_argument("--group", metavar="COLUMN", help="compare the groups of this column (default: group, if any)")
    parser.add_argument("--reference", metavar="VALUE", help="the reference group (default: LPTK, or the largest)")
    parser.add_argument("--cut", type=_percent, default=75, metavar="SCORE", help="pass at this score (default 75)")
    parser.add_argument("--json", metavar="OUT.json", help="write every figure; - writes to the standard output")
    parser.add_argument("--report", type=Path, metavar="OUT.pdf", help="write the report as PDF")
    parser.add_argument("--html", type=Path, metavar="OUT.html", help="write the report as one HTML file")
    parser.add_argument("--language", choices=LANGUAGES, default="id", help="of the report (default id)")
    parser.add_argument("--cross-check", action="store_true", help="let girth calibrate too and tell the difference")


def _percent(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError("a whole number from 1 to 100")
    return int(text)


def run(namespace: argparse.Namespace) -> int:
    """Analyse, write what was asked for, and say how it went."""
    try:
        administration = analyze_administration(read_csv(namespace.responses, namespace.key), _wishes(namespace))
    except BadInput as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    try:
        _write(administration, namespace)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}. To mend: choose a place that can be written to.", file=sys.stderr)
        return BAD_INPUT
    if namespace.json != "-":
        print("\n".join(_summary(administration, namespace.language)))
    for calibration in administration.calibrations:
        if not calibration.converged:
            print(f"{calibration.model}: {calibration.message}; its figures are doubtful.", file=sys.stderr)
    return DONE if administration.converged else NOT_CONVERGED


def _wishes(namespace: argparse.Namespace) -> Wishes:
    return Wishes(
        models=MODELS if namespace.model is None else (namespace.model,),
        group=namespace.group,
        reference=namespace.reference,
        cut_percent=namespace.cut,
        with_cross_check=namespace.cross_check,
    )


def _write(administration: Administration, namespace: argparse.Namespace) -> None:
    if namespace.json is not None:
        from analysis.report.figures import as_figures

        text = json.dumps(as_figures(administration), indent=1, allow_nan=False) + "\n"
        if namespace.json == "-":
            sys.stdout.write(text)
        else:
            Path(namespace.json).write_text(text, encoding="utf-8")
    if namespace.html is not None:
        from analysis.report.html import as_html

        namespace.html.write_text(as_html(administration, namespace.language), encoding="utf-8")
    if namespace.report is not None:
        from analysis.report.pdf import as_pdf

        namespace.report.write_bytes(as_pdf(administration, namespace.language))


def _summary(administration: Administration, language: str) -> list[str]:
    lines = [f"{administration.matrix.n_persons} x {administration.matrix.n_items}"]
    for form in administration.classical.forms:
        low, high = form.alpha_interval
        passing = form.n_passing(administration.wishes.cut_percent)
        lines.append(
            f"n {form.n_persons}  items {form.n_items}  mean {form.mean:.2f}  sd {form.sd:.2f}  "
            f"alpha {form.alpha:.3f} ({low:.2f}-{high:.2f})  pass {passing}"
        )
        lines += [f"  {explain_caution(caution, language)}" for caution in form.cautions]
    lines.append(f"{'item':<16}{'p':>6}{'r pb':>7}{'rest':>7}  verdict")
    for item, verdict in zip(administration.classical.items, administration.verdicts, strict=True):
        figures = f"{item.p:6.2f}{item.point_biserial:7.2f}{item.item_rest:7.2f}"
        lines.append(f"{item.name:<16}{figures}  {OUTCOMES[verdict.outcome][language]}")
    for opinion in administration.opinions:
        lines.append(
            f"girth {opinion.model}: {len(opinion.checked)} items, largest difference "
            f"a {opinion.largest_slope_difference:.4f}, d {opinion.largest_intercept_difference:.4f}; "
            f"unchecked: {', '.join(opinion.unchecked) or '-'}"
        )
    return lines
