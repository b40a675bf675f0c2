"""Perplexity without CoRL and without reasoning."""
