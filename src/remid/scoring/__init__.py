"""Prompts, log-likelihoods of replies, reasoning traces and embeddings from real models."""
