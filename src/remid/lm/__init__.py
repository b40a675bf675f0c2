"""Language models: prompts, log-likelihoods, generation, embeddings."""
