"""The API door of learning: bodies give shape, gates let in, services do."""
