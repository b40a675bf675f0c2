"""From scores under own, other and composed contexts to the rows of an attribution."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from remid.domain.dialogue import REFERENCE, Dialogue
from remid.domain.estimate import Estimate, Unit
from remid.domain.shift import ID_TEST
from remid.domain.streams import Stream, generator
from remid.evaluation.attributes import dialogue_attributes, reply_attributes
from remid.evaluation.attribution_table import DialogueRow, FidelityRow, ShareRow, SliceRow
from remid.evaluation.divergences import FACTORS
from remid.evaluation.estimates import Estimates
from remid.evaluation.scored import ScoredSplit
from remid.evaluation.swaps import SwappedSplit
from remid.evaluation.tabulate import Settings
from remid.information.arrays import FloatArray, IntArray
from remid.information.contributions import emi_contributions, emid_contributions, token_terms
from remid.information.emi import EmiResult, averaged, emid, plain
from remid.information.interval import MINIMUM_DIALOGUES
from remid.information.shapley import Shared, shapley, swapped_alone
from remid.information.slices import search_slices


@dataclass(frozen=True)
class Scored:
    """The scores of one evaluation, in one unit, with the estimates made of them."""

    scored: Mapping[str, ScoredSplit]
    swapped: Mapping[str, SwappedSplit]
    found: Estimates

    @property
    def unit(self) -> Unit:
        """The unit of all rows."""
        return self.found.unit

    def place(self, split: str) -> IntArray:
        """Where the dialogues with a partner stand among all of a split."""
        every = {key: k for k, key in enumerate(self.scored[split].ids)}
        return np.array([every[key] for key in self.swapped[split].ids], dtype=np.int64)

    def mean(self, split: str, values: FloatArray) -> EmiResult:
        """Mean over the dialogues with a partner."""
        clusters = self.found.clusters[split][self.place(split)]
        return averaged(values, clusters=clusters, level=self.found.level)

    @cached_property
    def games(self) -> dict[tuple[str, str], Shared]:
        """(source, split) to the Shapley terms of its replies."""
        return {
            (source, split): shapley(own.scores(source, self.unit))
            for split, own in self.swapped.items()
            for source in own.values
        }

    def terms(self, source: str, split: str) -> FloatArray:
        """The table's terms of the dialogues with a partner."""
        result = (
            self.found.references[split]
            if source == REFERENCE
            else self.found.replies[source, split]
        )
        return result.terms.values[self.place(split)]


@dataclass(frozen=True)
class _Divided:
    """A figure and its parts as results with terms, so that splits can be subtracted."""

    parts: Mapping[str, EmiResult]
    """``total``, the factors, ``others``."""

    def less(self, other: "_Divided") -> dict[str, Estimate]:
        return {name: _shown(emid(own, other.parts[name])) for name, own in self.parts.items()}

    @property
    def estimates(self) -> dict[str, Estimate]:
        return {name: _shown(own.estimate) for name, own in self.parts.items()}


def share_rows(own: Scored) -> Iterator[ShareRow]:
    """Information of every source, R-EMI of every model, R-EMID under every shift, by factor."""
    divided = {}
    for (source, split), game in own.games.items():
        yield _row(
            own, source, split, "information", _divided(own, split, game, own.terms(source, split))
        )
        if source != REFERENCE:
            reference = own.games[REFERENCE, split]
            # Differences of terms: model and references are paired by dialogue.
            less = Shared(game.factors - reference.factors, game.total - reference.total)
            terms = own.terms(source, split) - own.terms(REFERENCE, split)
            divided[source, split] = _divided(own, split, less, terms)
            yield _row(own, source, split, "emi", divided[source, split])
    for (model, split), shifted in divided.items():
        if split != ID_TEST and (model, ID_TEST) in divided:
            found = divided[model, ID_TEST].less(shifted)
            factors = {name: found[name] for name in FACTORS}
            yield ShareRow(model, split, own.unit, "emid", found["total"], factors, found["others"])


def _divided(own: Scored, split: str, game: Shared, terms: FloatArray) -> _Divided:
    parts = {
        "total": game.total,
        **dict(zip(FACTORS, game.factors, strict=True)),
        # Against other contexts than the partner's: nothing of the model, and 0 in expectation.
        "others": terms - game.total,
    }
    return _Divided({name: own.mean(split, values) for name, values in parts.items()})


def _row(own: Scored, source: str, split: str, figure: str, divided: _Divided) -> ShareRow:
    found = divided.estimates
    assert figure in ("information", "emi")
    return ShareRow(
        model=source,
        split=split,
        unit=own.unit,
        figure="information" if figure == "information" else "emi",
        total=found["total"],
        factors={name: found[name] for name in FACTORS},
        others=found["others"],
    )


def fidelity_rows(own: Scored) -> Iterator[FidelityRow]:
    """What the replies of every source tell of each factor, given the two others."""
    for split, swapped in own.swapped.items():
        clusters = own.found.clusters[split][own.place(split)]
        for f, factor in enumerate(FACTORS):
            alone = {
                source: swapped_alone(swapped.scores(source, own.unit), f, swapped.differs[f])
                for source in swapped.values
            }
            for source, found in alone.items():
                # The same swaps for every source: terms of one reply stand in one place.
                less = found.terms - alone[REFERENCE].terms
                own_clusters, level = clusters[found.replies], own.found.level
                yield FidelityRow(
                    model=source,
                    split=split,
                    unit=own.unit,
                    factor=factor,
                    information=_mean(found.terms, own_clusters, level),
                    less_reference=_mean(less, own_clusters, level),
                    beaten=found.beaten,
                    swaps=found.swaps,
                    same=found.same,
                )


def _mean(values: FloatArray, clusters: IntArray, level: float) -> Estimate:
    if values.size < MINIMUM_DIALOGUES:
        note = f"{values.size} dialogues have a partner with another value; it takes {MINIMUM_DIALOGUES}"
        value = float(values.mean()) if values.size else np.nan
        return Estimate(value, np.nan, np.nan, np.nan, values.size, level, note)
    return _shown(averaged(values, clusters=clusters, level=level).estimate)


def _shown(estimate: Estimate) -> Estimate:
    """Take the interval off an estimate whose terms are all alike.

    That of a factor which no pair happened to swap is a point at 0 that says nothing of its width.
    """
    if estimate.standard_error != 0:
        return plain(estimate)
    return replace(plain(estimate), standard_error=np.nan, low=np.nan, high=np.nan)


def dialogue_rows(own: Scored) -> Iterator[DialogueRow]:
    """What every dialogue, and every token of its reply, adds to R-EMI and R-EMID."""
    for (model, split), result in own.found.emi.items():
        terms, scored = result.terms.values, own.scored[split]
        whole = emi_contributions(terms)
        lost = np.full(terms.size, np.nan)
        if split != ID_TEST:
            lost = emid_contributions(own.found.emi[model, ID_TEST].terms.values, terms)
        factors = _factor_terms(own, model, split)
        reply, reference = (_tokens(scored, source, own.unit) for source in (model, REFERENCE))
        for k, key in enumerate(scored.ids):
            yield DialogueRow(
                model=model,
                split=split,
                dialogue=key,
                unit=own.unit,
                term=float(terms[k]),
                emi=float(whole[k]),
                emid=float(lost[k]),
                factors=dict(zip(FACTORS, factors[:, k].tolist(), strict=True)),
                reply=reply[k],
                reference=reference[k],
            )


def _factor_terms(own: Scored, model: str, split: str) -> FloatArray:
    """R-EMI of each dialogue by factor, shape (3, n); nan where it has no partner."""
    # A dialogue without a partner has terms of the table, and none by factor.
    out = np.full((len(FACTORS), len(own.scored[split].ids)), np.nan)
    if split in own.swapped:
        less = own.games[model, split].factors - own.games[REFERENCE, split].factors
        out[:, own.place(split)] = less
    return out


def _tokens(scored: ScoredSplit, source: str, unit: Unit) -> list[FloatArray]:
    replies = scored.sources[source]
    terms = token_terms(replies.positive, scored.pairs, replies.negative)
    return terms if unit == "nats_per_reply" else [each / each.size for each in terms]


def slice_rows(
    own: Scored, dialogues: Mapping[str, Sequence[Dialogue]], settings: Settings
) -> tuple[list[SliceRow], dict[str, int]]:
    """Slices of the dialogues of all splits together, for every model.

    Parameters
    ----------
    dialogues : split to its dialogues, as they were scored.
    """
    splits = list(own.scored)
    # All splits at once: few splits alone have two slices of ten dialogues.
    shared = dialogue_attributes([d for split in splits for d in dialogues[split]])
    clusters = np.concatenate([own.found.clusters[split] for split in splits])
    rows, searched = [], {}
    models = own.found.models
    for model in models:
        terms = np.concatenate([own.found.emi[model, split].terms.values for split in splits])
        sources = [own.scored[split].sources[model] for split in splits]
        tokens = np.concatenate([source.tokens for source in sources])
        copied = np.array([mask.mean() for source in sources for mask in source.copied])
        search = search_slices(
            terms,
            {**shared, **reply_attributes(tokens.astype(np.float64), copied)},
            clusters=clusters,
            # Every model's search may find a false slice: together they keep the level (Bonferroni).
            level=1 - (1 - settings.level) / len(models),
            flips=settings.resamples,
            rng=generator(settings.seed, Stream.SLICES, model, own.unit),
        )
        searched[model] = search.searched
        for each in search.found:
            n, p = each.dialogues.size, min(each.p * len(models), 1.0)
            gap = Estimate(each.difference, each.error, each.low, each.high, n, settings.level)
            rows.append(SliceRow(model, own.unit, each.attributes, each.inside, each.rest, gap, p))
    return rows, searched
