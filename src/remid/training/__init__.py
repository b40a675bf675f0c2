"""Supervised and reinforcement training of adapters, always through DeepSpeed's launcher."""
