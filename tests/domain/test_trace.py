"""Traces, taken apart and written."""

from remid.domain.trace import parse_trace

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
