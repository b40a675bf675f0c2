"""How the shifted splits are constructed from the corpus."""
