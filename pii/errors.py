"""What can go wrong in detection. Texts never quote what was analysed."""


class PiiError(Exception):
    """Detection cannot be set up or was asked something it cannot do; the text says what to do."""
