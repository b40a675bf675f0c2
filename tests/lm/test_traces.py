"""Traces are written from the input alone."""

from dataclasses import replace

from remid.lm.runtime import Runtime
from remid.lm.traces import write_traces


def test_traces_are_written_from_the_input_alone(tiny_lm, six_dialogues):
    runtime = Runtime(tiny_lm("chatml"), max_prompt_tokens=2000, token_budget=4000)
    traces = write_traces(runtime, six_dialogues, max_new_tokens=6, seed=1, progress=None)
    assert len(traces) == 6
    other = [replace(d, reference="something else") for d in six_dialogues]
    assert write_traces(runtime, other, max_new_tokens=6, seed=1, progress=None) == traces
