"""Stage `train`: one role-playing model under test."""

from remid.roleplay.run import run_training
from remid.store.project import Project


def run(project: Project, name: str) -> None:
    """Train the model `name` and export it; a killed training goes on from its checkpoint."""
    run_training(project, name)
