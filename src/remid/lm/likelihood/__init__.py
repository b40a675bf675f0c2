"""log q of replies under prompts, what prompts share read once."""
