"""Sentence embeddings for the divergences."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer

from remid.domain.errors import RemidError


def embed(
    folder: Path, texts: Sequence[str], *, batch: int = 16, progress: str | None = None
) -> NDArray[np.float64]:
    """Embed texts by the masked mean of the encoder's last hidden state, L2-normalised.

    Equal texts are embedded once. Texts beyond the encoder's window are cut at its end: a
    similarity of texts, unlike a likelihood, does not need every token.

    Returns
    -------
    (n, d) float64
    """
    if not (folder / "config.json").is_file():
        raise RemidError(f"{folder}: no encoder there (config.json is absent); run the fetch stage.")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    window = min(512, int(getattr(model.config, "max_position_embeddings", 512)))
    unique = sorted(set(texts), key=len)
    rows: dict[str, NDArray[np.float64]] = {}
    with torch.inference_mode(), tqdm(
        total=len(unique), desc=progress, unit="text", disable=progress is None
    ) as bar:
        for start in range(0, len(unique), batch):
            part = unique[start : start + batch]
            inputs = tokenizer(
                part, padding=True, truncation=True, max_length=window, return_tensors="pt"
            )
            hidden = model(**inputs).last_hidden_state
            mask = inputs["attention_mask"][..., None].to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            unit = torch.nn.functional.normalize(mean.double(), dim=1).numpy()
            rows.update(zip(part, unit, strict=True))
            bar.update(len(part))
    return np.stack([rows[text] for text in texts])
