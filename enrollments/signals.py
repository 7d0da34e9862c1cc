"""Facts that travel upwards."""

from django.dispatch import Signal

# Sent after commit when a course is completed. Arguments: enrollment_id (UUID).
enrollment_completed = Signal()
