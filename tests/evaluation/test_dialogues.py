"""One record of every evaluated dialogue."""

from remid.domain.dialogue import Dialogue, Turn
from remid.evaluation.dialogues import gather
from remid.replies.scorable import ScorableReply

WHOLE = "## User\na\n## Character\nb\n## Dialogue\nc\n## Features\n- d"


def dialogue(key: str) -> Dialogue:
    return Dialogue(key, "p", "c", (Turn("user", "u"),), "r")


SPLITS = {"id_test": [dialogue("a"), dialogue("b")], "user/german": [dialogue("c")]}
REPLIES = {
    "one": {key: ScorableReply(f"one {key}", (1, 2)) for key in "abc"},
    "two": {key: ScorableReply(f"two {key}", (3,)) for key in "ac"},
}
LIMITS = {"id_test": 5, "user/german": 9}


def test_dialogues_that_a_model_did_not_reply_to_are_left_out_and_counted() -> None:
    found = gather(SPLITS, REPLIES, reply_tokens=LIMITS)
    assert [one.dialogue.id for one in found.splits["id_test"]] == ["a"]
    assert found.missing == {"id_test": 1, "user/german": 0}
    assert found.models == ("one", "two")
    assert [d.id for d in found.dialogues] == ["a", "c"]
    assert found.texts("two") == {"a": "two a", "c": "two c"}


def test_only_the_wanted_count_as_missing() -> None:
    wanted = {"id_test": [dialogue("a")], "user/german": []}
    found = gather(SPLITS, REPLIES, reply_tokens=LIMITS, wanted=wanted)
    assert found.missing == {"id_test": 0, "user/german": 0}


def test_a_malformed_trace_is_replaced_by_none_and_counted() -> None:
    found = gather(SPLITS, REPLIES, reply_tokens=LIMITS)
    assert found.splits["id_test"][0].formed is None
    traced = found.traced({"a": WHOLE, "c": "nothing of the kind"})
    [first], [second] = traced.splits.values()
    assert (first.trace, first.formed) == (WHOLE, True)
    assert (second.trace, second.formed) == ("", False)
