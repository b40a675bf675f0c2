"""Prefect flows: sequence and retry, no arithmetic and no file formats."""
