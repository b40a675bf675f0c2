"""A mistake with a result carries it."""

from remid.domain.output import Output, Unfit


def test_a_mistake_carries_what_was_found() -> None:
    found = Output({"failures": 2}, ["two"])
    error = Unfit("two do not hold; mend them.", found)
    assert str(error) == "two do not hold; mend them."
    assert error.output is found and found.exceeded == ""
