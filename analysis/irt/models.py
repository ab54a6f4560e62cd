"""Which model asks for which parameters, and what sets the scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.errors import BadArrays, NotEstimable
from analysis.irt.parameters import LARGEST_SLOPE, Layout, Parameters
from analysis.irt.priors import Priors, default_guessing
from analysis.irt.result import Anchor

MODELS = ("rasch", "2pl")  # what an analysis runs unasked
ALL_MODELS = ("rasch", "1pl", "2pl", "3pl")
Latent = Literal["standard", "free_variance", "free"]
_LATENT: tuple[str, ...] = get_args(Latent)


@dataclass(frozen=True, eq=False)
class Specification:
    """A model and everything that may be asked of it."""

    model: str
    latent: Latent | None = None  # of the reference group; None: what the model and the anchors call for
    anchors: Mapping[str, Anchor] | None = None
    priors: Priors | None = None  # None: a prior on guessing for the 3PL, nothing else

    def of_reference(self) -> Latent:
        """Free where anchors set the scale, the variance free for Rasch, else standard normal."""
        if self.latent is not None:
            return self.latent
        if self.anchors:
            return "free"
        return "free_variance" if self.model == "rasch" else "standard"

    def all_priors(self, n_options: NDArray[np.integer]) -> Priors:
        """The priors as asked, completed by the one that the 3PL cannot do without."""
        asked = self.priors or Priors()
        if self.model != "3pl":
            return Priors(asked.slope, asked.intercept)
        return Priors(asked.slope, asked.intercept, asked.guessing or default_guessing(n_options))

    def check(self, item_names: tuple[str, ...]) -> None:
        """Refuse what contradicts itself or leaves the scale open."""
        if self.model not in ALL_MODELS:
            raise BadArrays(f"There is no model {self.model!r}.", mend=f"choose one of {', '.join(ALL_MODELS)}.")
        if self.latent is not None and self.latent not in _LATENT:
            raise BadArrays(f"Ability cannot be {self.latent!r}.", mend=f"choose one of {', '.join(_LATENT)}.")
        for kind, prior in ((kind, (self.priors or Priors()).of_kind(kind)) for kind in "adc"):
            if prior is not None and not (np.isfinite(prior.mean).all() and 0 < prior.sd < np.inf):
                raise BadArrays(
                    f"The prior on {kind} is no distribution.", mend="give a finite mean, and an sd above 0."
                )
        anchors = self.anchors or {}
        for name, anchor in anchors.items():
            if name not in item_names:
                raise BadArrays(f"There is no item {name!r} to anchor.", mend="anchor items of this administration.")
            if not (abs(anchor.a) <= LARGEST_SLOPE and np.isfinite(anchor.d) and 0 <= anchor.c < 1):
                raise BadArrays(f"The anchor of {name} is no curve.", mend="give finite a and d, and c from 0 to 1.")
        if not anchors and self.of_reference() == "free":
            raise NotEstimable("Without anchors nothing sets the mean of ability.")
        if not anchors and self.of_reference() == "free_variance" and self.model != "rasch":
            raise NotEstimable("Without anchors nothing sets the variance of ability beside free slopes.")

    def layout(self, start: Parameters, item_names: tuple[str, ...]) -> Layout:
        """What is free, where the start of what is free and the value of what is not are `start`."""
        known = np.array([name in (self.anchors or {}) for name in item_names], dtype=bool)
        first = np.arange(len(start.mean)) == 0
        latent = self.of_reference()
        return Layout(
            fixed=start,
            common_slope=self.model == "1pl",
            a=~known & (self.model != "rasch"),
            d=~known,
            c=~known & (self.model == "3pl"),
            mean=~first | (latent == "free"),
            sd=~first | (latent != "standard"),
        )
