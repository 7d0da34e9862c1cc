"""The API door of courses: serializers give shape, gates let in, services do."""
