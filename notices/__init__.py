"""Letters to people: what may stand in them, the outbox that sends each at most once, and the ways they leave the house."""
