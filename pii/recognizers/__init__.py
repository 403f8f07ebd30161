"""One class per recogniser. Those of Presidio are chosen in `builtin.py`; the rest are ours.

Every expression is bounded: its work grows with the length of the text, not with its square, whatever the text holds.
"""
