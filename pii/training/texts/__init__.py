"""Patterns of texts, made up for this purpose, one file per kind and language; `pii.training.generated` fills them in."""
