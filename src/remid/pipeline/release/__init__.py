"""The pipeline of release/dvc.yaml: estimators for everybody who trains none."""
