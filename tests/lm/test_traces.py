"""Traces, taken apart and written."""

from remid.lm.traces import parse_trace, write_traces

TRACE = """so, notes:
## User
wants comfort
## Character
is gruff
## Dialogue
about the storm
## Features
- names the ship
not a feature
- is short
"""


def test_sections_and_features():
    trace = parse_trace(TRACE)
    assert trace.sections["Character"] == "is gruff"
    assert trace.features == ("names the ship", "is short")
    assert trace.well_formed


def test_what_is_not_well_formed():
    assert not parse_trace("").well_formed
    assert not parse_trace(TRACE.replace("- ", "* ")).well_formed
    assert not parse_trace(TRACE.replace("## Dialogue", "## Talk")).well_formed
    swapped = TRACE.replace("## User", "## X").replace("## Character", "## User")
    assert not parse_trace(swapped.replace("## X", "## Character")).well_formed


def test_traces_are_written_from_the_input_alone(tiny_lm, six_dialogues):
    from dataclasses import replace

    lm = tiny_lm("chatml")
    settings = dict(
        adapter=None, max_new_tokens=6, max_prompt_tokens=2000, seed=1, token_budget=4000,
        progress=None,
    )  # fmt: skip
    traces = write_traces(lm, six_dialogues, **settings)
    assert len(traces) == 6
    other = [replace(d, reference="something else") for d in six_dialogues]
    assert write_traces(lm, other, **settings) == traces
