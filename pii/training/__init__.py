"""Training of the language pipelines that ship with Redress. Nothing here runs in production; see requirements-training.in."""
