"""R-EMI of replies that are corrupted at known rates."""
