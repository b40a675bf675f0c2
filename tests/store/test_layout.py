"""Where files are, of the pipeline and of a study beside it."""

from pathlib import Path

from remid.store.layout import Layout


def test_a_study_has_models_and_scores_of_its_own_and_shares_the_rest() -> None:
    plain, study = Layout(Path("r")), Layout(Path("r"), "seeds/1")
    assert plain.model("sft") == Path("r/models/roleplay/sft")
    assert study.model("sft") == Path("r/studies/seeds/1/models/roleplay/sft")
    assert (plain.scores, study.scores) == (Path("r/scores"), Path("r/studies/seeds/1/scores"))
    assert plain.base == study.base == Path("r/models/base")
    assert plain.split("user/german") == study.split("user/german")
    assert plain.split("user/german") == Path("r/splits/user/german.jsonl")
