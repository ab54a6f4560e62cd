"""`testing-platform calibrate`: item parameters with their errors, for the bank or for another program."""

import argparse
import math
from itertools import chain
from pathlib import Path

import numpy as np

from analysis.commands.telling import (
    Progress,
    count_of,
    guarded,
    language_of,
    number_pair,
    refuse_missing_folder,
    suffix_of,
    told_doubts,
)
from analysis.errors import BadInput
from analysis.explanations import explain_reason
from analysis.irt.models import ALL_MODELS, Latent, Specification
from analysis.irt.priors import LogNormal, Normal, Priors
from analysis.irt.result import Calibration
from analysis.parameter_files import KINDS, read_anchors, write_parameters
from analysis.phrasebook import LANGUAGES, said_in

_LATENT: dict[str, Latent] = {"standard": "standard", "free-variance": "free_variance", "free": "free"}
_NOT_REACHED = ("wrong", "not-presented")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `calibrate` takes."""
    what = "CSV or Parquet: one row a person; with --cluster a folder of Parquet files"
    parser.add_argument("responses", type=Path, metavar="RESPONSES", help=what)
    parser.add_argument("--key", type=Path, required=True, metavar="KEY.csv", help="item,key[,section,options]")
    parser.add_argument(
        "--out", type=Path, action="append", required=True, metavar="ITEMS", help=f"{', '.join(KINDS)}; may be repeated"
    )
    parser.add_argument("--model", choices=ALL_MODELS, default="2pl", help="the IRT model (default 2pl)")
    parser.add_argument("--group", metavar="COLUMN", help="groups that differ in mean and spread of ability")
    parser.add_argument("--reference", metavar="VALUE", help="the group that sets the scale (default: the largest)")
    parser.add_argument("--weight", metavar="COLUMN", help="how many people each row stands for")
    parser.add_argument("--anchors", type=Path, metavar="ITEMS.csv", help="item,a,d[,c]: parameters that stay fixed")
    parser.add_argument("--latent", choices=_LATENT, help="ability of the reference group (default: as the model asks)")
    parser.add_argument("--prior-slope", type=number_pair, metavar="MEAN,SD", help="normal prior on log a")
    parser.add_argument("--prior-intercept", type=number_pair, metavar="MEAN,SD", help="normal prior on d")
    parser.add_argument("--prior-guessing", type=number_pair, metavar="C,SD", help="prior on logit c, around logit(C)")
    parser.add_argument("--not-reached", choices=_NOT_REACHED, default="wrong", help="how to count it (default wrong)")
    parser.add_argument("--exact", action="store_true", help="double precision until nothing moves; 8 times the memory")
    parser.add_argument("--cluster", metavar="ADDRESS", help="let the workers of this dask scheduler look at the parts")
    parser.add_argument("--language", choices=LANGUAGES, help="of summary and errors (default id; errors both)")
    parser.add_argument("--max-steps", type=count_of, default=2000, metavar="N", help="give up after N E-steps")


@guarded
def run(namespace: argparse.Namespace) -> int:
    """Calibrate, write the parameters, and say how it went."""
    progress = Progress()
    refuse_missing_folder(*namespace.out)
    for file in namespace.out:
        suffix_of(file, *KINDS)
    found = _calibrate(namespace, progress)
    for file in namespace.out:
        write_parameters(found, file)
    language = language_of(namespace)
    print("\n".join(said_in(line, language) for line in _summary(found)))
    return told_doubts([found], namespace)


def _calibrate(namespace: argparse.Namespace, progress: Progress) -> Calibration:
    from analysis.irt.calibration import Effort, calibrate_answers
    from analysis.irt.stream import answers_of_blocks
    from analysis.streaming import stream_blocks

    if namespace.prior_slope is not None:
        _refuse_suspicious(namespace, progress)
    if namespace.cluster is not None:
        return _calibrate_on_cluster(namespace, progress)
    streamed = answers_of_blocks(
        stream_blocks(namespace.responses, namespace.key, weight=namespace.weight, progress=progress.reading),
        group=namespace.group,
        reference=namespace.reference,
        not_reached_counts_wrong=namespace.not_reached == "wrong",
    )
    progress.stage(f"calibrating {streamed.answers.n_persons} people")
    return calibrate_answers(
        streamed.answers,
        _specification(namespace, streamed.item_names),
        item_names=streamed.item_names,
        n_options=streamed.n_options,
        effort=Effort(max_looks=namespace.max_steps, is_exact=namespace.exact),
    )


def _calibrate_on_cluster(namespace: argparse.Namespace, progress: Progress) -> Calibration:
    from analysis.irt.calibration import Effort
    from analysis.irt.cluster import calibrate_on_cluster, connected, reading_of

    reading = reading_of(
        namespace.key,
        weight=namespace.weight,
        group=namespace.group,
        not_reached_counts_wrong=namespace.not_reached == "wrong",
    )
    with connected(namespace.cluster) as client:
        return calibrate_on_cluster(
            client,
            namespace.responses,
            reading,
            _specification(namespace, reading.key.items),
            reference=namespace.reference,
            effort=Effort(max_looks=namespace.max_steps),
            told=lambda n_passes: progress.stage(f"calibrating, pass {n_passes} over the answers"),
        )


def _specification(namespace: argparse.Namespace, item_names: tuple[str, ...]) -> Specification:
    anchors = None if namespace.anchors is None else read_anchors(namespace.anchors, item_names)
    latent = None if namespace.latent is None else _LATENT[namespace.latent]
    return Specification(namespace.model, latent, anchors, _priors(namespace))


def _priors(namespace: argparse.Namespace) -> Priors | None:
    slope, intercept, guessing = namespace.prior_slope, namespace.prior_intercept, namespace.prior_guessing
    for prior, option, models in (
        (slope, "--prior-slope", ("1pl", "2pl", "3pl")),
        (guessing, "--prior-guessing", ("3pl",)),
    ):
        if prior is not None and namespace.model not in models:
            raise BadInput(
                f"The {namespace.model} has no use for {option}.", mend="leave it out, or choose another model."
            )
    if slope is intercept is guessing is None:
        return None
    if guessing is not None and not 0 < guessing[0] < 1:
        raise BadInput(f"Guessing cannot be {guessing[0]}.", mend="give --prior-guessing a share between 0 and 1.")
    return Priors(
        slope=None if slope is None else LogNormal(*slope),
        intercept=None if intercept is None else Normal(*intercept),
        guessing=None if guessing is None else Normal(math.log(guessing[0] / (1 - guessing[0])), guessing[1]),
    )


def _refuse_suspicious(namespace: argparse.Namespace, progress: Progress) -> None:
    """A log-normal prior allows no negative slope, and would make a wrong key look like a flat item."""
    from analysis.classical import analyze_counts
    from analysis.counting import count
    from analysis.irt.cluster import parts_of
    from analysis.streaming import stream_blocks
    from analysis.verdict import Outcome, judge

    parts = [namespace.responses] if namespace.cluster is None else parts_of(namespace.responses)
    reading = (stream_blocks(part, namespace.key, weight=namespace.weight, progress=progress.reading) for part in parts)
    screened = analyze_counts(count(chain.from_iterable(reading)))
    for item in screened.items:
        reasons = [reason for reason in judge(item).reasons if reason.outcome is Outcome.CHECK_KEY]
        if reasons or item.point_biserial < 0:
            what = (
                explain_reason(reasons[0], namespace.language or "en")
                if reasons
                else "The abler people are wrong more often."
            )
            mend = "check the key or leave the item out; a prior on slopes would hide this."
            raise BadInput(what, mend=mend, file=namespace.key, column=item.name)


def _summary(found: Calibration) -> list[str]:
    n = int(np.count_nonzero(found.estimated))
    lines = [
        f"{found.model}: {found.n_persons} people, {n} of {len(found.item_names)} items, {found.message}",
        f"log-likelihood {found.log_likelihood:.3f}, {found.n_parameters} parameters, AIC {found.aic:.1f}, "
        f"BIC {found.bic:.1f}",
    ]
    lines += [
        f"{group.name or 'ability'}: mean {group.mean:.3f}, sd {group.sd:.3f}, people {group.n_persons:.10g}"
        for group in found.groups
    ]
    if found.n_without_group:
        lines.append(f"left out, since their group is empty: {found.n_without_group} people")
    if found.unestimated:
        lines.append(f"no estimate, since all or none were right: {', '.join(found.unestimated)}")
    return lines
