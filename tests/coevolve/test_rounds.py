"""The order of phases, the stop rule, and that nothing finished is done twice."""

from pathlib import Path

import pytest

from remid.coevolve.rounds import (
    Adapters,
    Steps,
    chosen_round,
    held_out_perplexities,
    phases,
)


class Recorder:
    """Steps that write down what was asked for."""

    def __init__(self, perplexities: list[float]) -> None:
        self.calls: list[str] = []
        self.perplexities = perplexities

    def steps(self) -> Steps:
        def start(folder: Path) -> dict[str, float]:
            self.calls.append(folder.name)
            return {}

        def step(folder: Path, given: Adapters) -> dict[str, float]:
            self.calls.append(
                f"{folder.name} from {given.reasoner.parent.name}, {given.responder.parent.name}"
            )
            return {}

        def held_out(folder: Path, given: Adapters) -> dict[str, float]:
            self.calls.append(folder.name)
            return {"perplexity": self.perplexities[int(folder.name[-1])], "well_formed": 1.0}

        return Steps(start, start, step, step, step, held_out)


def run(work: Path, recorder: Recorder, *, rounds: int, patience: int) -> None:
    for phase in phases(work, recorder.steps(), rounds=rounds, patience=patience):
        phase.run()


def test_each_half_round_starts_from_the_newest_adapters(tmp_path: Path) -> None:
    recorder = Recorder([9.0, 8.0])
    run(tmp_path, recorder, rounds=1, patience=1)
    assert recorder.calls == [
        "cold_reasoner",
        "cold_responder",
        "held_out_0",
        "reasoner_1 from cold_reasoner, cold_responder",
        "refresh_1 from reasoner_1, cold_responder",
        "responder_1 from reasoner_1, refresh_1",
        "held_out_1",
    ]


def test_a_second_run_does_only_what_is_missing(tmp_path: Path) -> None:
    run(tmp_path, Recorder([9.0, 8.0]), rounds=1, patience=1)
    (tmp_path / "responder_1" / "done.json").unlink()
    again = Recorder([9.0, 8.0])
    run(tmp_path, again, rounds=1, patience=1)
    assert again.calls == ["responder_1 from reasoner_1, refresh_1"]


@pytest.mark.parametrize(
    ("perplexities", "patience", "rounds_run", "kept"),
    [
        ([9.0, 8.0, 7.0, 6.0], 1, 3, 3),  # falls all the time
        ([9.0, 8.0, 8.5, 7.0], 1, 2, 1),  # rises in round 2: stop there, keep round 1
        ([9.0, 8.0, 8.5, 7.0], 2, 3, 3),  # one bad round is forgiven
        ([9.0, 9.5, 9.0, 9.0], 1, 1, 1),  # worse than the cold start: kept all the same, and shown
    ],
)
def test_stop_rule(
    tmp_path: Path, perplexities: list[float], patience: int, rounds_run: int, kept: int
) -> None:
    run(tmp_path, Recorder(perplexities), rounds=3, patience=patience)
    assert held_out_perplexities(tmp_path) == perplexities[: rounds_run + 1]
    assert chosen_round(tmp_path) == kept
