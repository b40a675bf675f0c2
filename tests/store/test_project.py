"""The same project with something else in it."""

import tiny_project

from remid.store.layout import Layout
from remid.store.project import Project


def test_a_study_and_other_parameters_leave_the_project_as_it_was(tmp_path) -> None:
    project = Project(tiny_project.params(), Layout(tmp_path))
    apart, seeded = project.for_study("seeds/1"), project.with_params(seed=99)
    assert (project.layout.study, apart.layout.study) == ("", "seeds/1")
    assert apart.params is project.params
    assert (seeded.params.seed, seeded.layout) == (99, project.layout)
    assert project.params.seed != 99
