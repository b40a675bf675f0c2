"""Asking an LLM judge."""
