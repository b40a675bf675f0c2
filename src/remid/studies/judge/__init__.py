"""An LLM judge, and whether the metric agrees with it."""
