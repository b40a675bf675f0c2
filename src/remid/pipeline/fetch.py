"""Stage `fetch`: the base model and the sentence encoder."""

from remid.params import Params
from remid.pretrained.fetch import fetch
from remid.store.layout import Layout


def run(params: Params, layout: Layout) -> None:
    """Get both models, each replaced whole or left as it was."""
    fetch(params.fetch.base, kind="base", target=layout.base, seed=params.seed)
    fetch(params.fetch.encoder, kind="encoder", target=layout.encoder, seed=params.seed)
