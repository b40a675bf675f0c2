"""The bounds of a table's rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from remid.domain.dialogue import REFERENCE
from remid.domain.estimate import Unit
from remid.domain.shift import ID_TEST
from remid.domain.streams import Stream, generator
from remid.evaluation.divergences import cluster_labels
from remid.evaluation.scored import ScoredSplit
from remid.evaluation.table import Divergences
from remid.information.bound import Bounds, Side, bounds, dependence_warning
from remid.information.emi import plain


@dataclass(frozen=True, eq=False)
class BoundRows:
    """What the bounds of one unit are made of."""

    scored: Mapping[str, ScoredSplit]
    divergences: Divergences
    unit: Unit
    level: float
    seed: int

    def of(self, model: str, shift: str) -> Bounds:
        """Bound one model under one shift; the paper's bound is of whole replies in either unit."""
        own = self._measured(model, shift, self.unit)
        per_reply: Unit = "nats_per_reply"
        # The published formula is of entropies of whole replies and has no form per token.
        whole = own if self.unit == per_reply else self._measured(model, shift, per_reply)
        return replace(
            own,
            paper=whole.paper,
            mismatch=plain(own.mismatch),
            covariate=plain(own.covariate),
        )

    def warning(self, shift: str) -> str:
        """Why the published bound cannot be trusted under a shift; empty where nothing says so."""
        return dependence_warning(self.divergences.inputs[shift])

    def _measured(self, model: str, shift: str, unit: Unit) -> Bounds:
        return bounds(
            self.divergences.inputs[shift],
            self._side(model, ID_TEST, unit),
            self._side(model, shift, unit),
            level=self.level,
            rng=generator(self.seed, Stream.BOUNDS, model, shift),
        )

    def _side(self, model: str, split: str, unit: Unit) -> Side:
        own = self.scored[split]
        return Side(
            reply=own.scores(model, unit),
            reference=own.scores(REFERENCE, unit),
            clusters=cluster_labels(own.clusters),
            reply_noise=own.noise(model, unit),
            reference_noise=own.noise(REFERENCE, unit),
            outputs=self.divergences.outputs[model, split],
        )
