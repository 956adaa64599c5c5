"""Pictures, weights, checkpoints and goldens on disk, and what is said when they are not as they should be."""
