"""Finding and masking personal data in text and in fields. Pure: no network, no store of ours."""
