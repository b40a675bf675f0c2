"""Sets the environment, so every flow imports it before Prefect, which reads it when imported."""

from remid.environment import prepare

prepare()
