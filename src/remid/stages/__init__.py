"""The stages of the pipeline as plain functions: files in, files out, named after dvc.yaml."""
