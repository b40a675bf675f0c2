"""Released estimators are taken whole, for the base model they were made for, or not at all."""

import json
from contextlib import closing
from pathlib import Path

import built_project
import pytest
import tiny_project

from remid.coevolve import estimators, released
from remid.domain.errors import RemidError
from remid.lm import tiny
from remid.store.cache import ContentCache
from remid.store.layout import Layout
from remid.store.project import Project


@pytest.fixture
def project(given: Layout) -> Project:
    settings = {**built_project.SMALL["evaluate"], "estimator": "released"}
    return Project(tiny_project.params(**{**built_project.SMALL, "evaluate": settings}), given)


def test_what_was_kept_is_put_into_the_caches_once(project: Project) -> None:
    card = released.read(project.layout)
    assert released.fill_caches(project.layout) == card.kept
    assert released.fill_caches(project.layout) == {"traces": 0, "scores": 0}
    with closing(ContentCache(project.layout.cache / "traces.sqlite")) as cache:
        assert len(list(cache.items())) == card.kept["traces"]


def test_released_is_the_folder_of_the_release(project: Project) -> None:
    found, folder = estimators.located(project), project.layout.released / "estimators"
    assert (found.reasoner, found.responder) == ((folder / "reasoner",), (folder / "responder",))
    assert estimators.described(project).startswith(
        f"released {released.read(project.layout).date}, "
    )


def test_a_run_may_start_from_its_cold_start(project: Project) -> None:
    start = project.params.coevolve.model_copy(update={"start": "released"})
    folder = project.layout.released / "estimators"
    assert estimators.cold_start(project.with_params(coevolve=start)) == (
        folder / "cold_reasoner",
        folder / "cold_responder",
    )
    assert estimators.cold_start(project) is None  # from scratch


def test_without_it_the_remedy_is_named(project: Project, given: Layout) -> None:
    (given.released / released.CARD).unlink()
    with pytest.raises(RemidError, match=r"get them by `dvc pull released.dvc`"):
        estimators.located(project)


@pytest.mark.parametrize("harm", ["cut", "absent"])
def test_half_pulled_it_is_refused(project: Project, given: Layout, harm: str) -> None:
    file = given.released / "estimators/reasoner/adapter_model.safetensors"
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-1])
    else:
        file.unlink()
    with pytest.raises(RemidError, match=r"adapter_model.*get it again by `dvc pull --force"):
        estimators.located(project)


def test_a_broken_card_is_refused(project: Project, given: Layout) -> None:
    (given.released / released.CARD).write_text(json.dumps({"base": 3}))
    with pytest.raises(RemidError, match="is no card of estimators"):
        released.read(given)


def test_for_another_base_it_is_refused(project: Project, given: Layout) -> None:
    tiny.build_tiny(given.base, style="chatml", seed=2)
    with pytest.raises(RemidError, match="the project's base model is another"):
        estimators.located(project)


def test_a_folder_that_lacks_an_adapter_is_refused(project: Project, tmp_path: Path) -> None:
    own = project.params.evaluate.model_copy(update={"estimator": str(tmp_path)})
    with pytest.raises(RemidError, match=r"reasoner: there is no such estimator; .*`released`"):
        estimators.located(project.with_params(evaluate=own))
