"""A record's label tells it from the others of its file."""

from remid.corpus.containers.record import Record


def test_labels() -> None:
    assert Record("line 3", number=3).label == "3"
    assert Record("x", part="train", number=2).label == "train:2"
    assert Record("x", part="train").label == "train" and Record("x").label == ""
