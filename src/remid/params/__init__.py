"""Every value that changes a result: frozen, strict, a unit on every field."""

from remid.params.read import Params, describe, load
from remid.params.shifts import Shifts
from remid.params.stages import (
    Check,
    Data,
    Endpoint,
    Evaluate,
    Fetch,
    Model,
    Reply,
    Report,
    Retrain,
    Split,
    Study,
)
from remid.params.training import ROSTER, Coevolve, Deepspeed, Grpo, Lora, Release, Sft, Train

__all__ = [
    "Check",
    "Coevolve",
    "Data",
    "Deepspeed",
    "Endpoint",
    "Evaluate",
    "Fetch",
    "Grpo",
    "Lora",
    "Model",
    "Params",
    "Release",
    "ROSTER",
    "Reply",
    "Report",
    "Retrain",
    "Sft",
    "Shifts",
    "Split",
    "Study",
    "Train",
    "describe",
    "load",
]
