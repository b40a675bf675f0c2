"""Sentence embeddings for the divergences."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm
from transformers import AutoModel

from remid.domain.errors import RemidError
from remid.lm.loading import REMEDY, load_tokenizer, load_weights
from remid.store.cache import ContentCache, content_key
from remid.store.fingerprints import weights_fingerprint


def embed(
    folder: Path,
    texts: Sequence[str],
    *,
    batch: int = 16,
    cache: ContentCache | None = None,
    progress: str | None = None,
) -> NDArray[np.float64]:
    """Embed texts by the masked mean of the encoder's last hidden state, L2-normalised.

    Equal texts are embedded once. Texts beyond the encoder's window are cut at its end: a
    similarity of texts, unlike a likelihood, does not need every token.

    Returns
    -------
    (n, d) float64
    """
    if not (folder / "config.json").is_file():
        raise RemidError(
            f"{folder}: no encoder there (config.json is absent); run the fetch stage."
        )
    unique = sorted(set(texts), key=lambda text: (len(text), text))  # a set has no order of its own
    keys = {}
    if cache:
        who = weights_fingerprint(folder)
        keys = {text: content_key("embedding", who, text) for text in unique}
    known = cache.get(list(keys.values())) if cache else {}
    rows = {text: np.array(known[key]) for text, key in keys.items() if key in known}
    wanted = [text for text in unique if text not in rows]
    with tqdm(total=len(wanted), desc=progress, unit="text", disable=progress is None) as bar:
        for part in _batches(folder, wanted, batch) if wanted else ():
            rows.update(part)
            if cache:
                cache.put({keys[text]: row.tolist() for text, row in part.items()})
            bar.update(len(part))
    return np.stack([rows[text] for text in texts])


def _batches(
    folder: Path, texts: Sequence[str], batch: int
) -> Iterator[dict[str, NDArray[np.float64]]]:
    tokenizer = load_tokenizer(folder)
    model = load_weights(AutoModel, folder).eval()
    # BERT-like encoders have 512 learned positions; configurations without the field are taken
    # for such.
    window = min(512, int(getattr(model.config, "max_position_embeddings", 512)))
    for start in range(0, len(texts), batch):
        part = texts[start : start + batch]
        inputs = tokenizer(
            part, padding=True, truncation=True, max_length=window, return_tensors="pt"
        )
        with torch.inference_mode():
            hidden = model(**inputs).last_hidden_state
            mask = inputs["attention_mask"][..., None].to(hidden.dtype)
            # (b, t, d) and (b, t, 1) to (b, d): sentence-transformers' mean pooling (Reimers and
            # Gurevych, 2019), padding left out.
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
            unit = torch.nn.functional.normalize(mean.double(), dim=1).numpy()
        if not np.isfinite(unit).all():
            raise RemidError(
                f"{folder}: answers with values that are not finite: its weights are damaged; {REMEDY}."
            )
        yield dict(zip(part, unit, strict=True))
