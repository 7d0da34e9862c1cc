"""The API door: what is given here is what the readers say."""
