"""Pretrained models: where they come from, checked once, kept as safetensors."""
