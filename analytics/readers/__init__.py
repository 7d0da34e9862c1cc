"""What the pages, the API and the exports for staff show: read here once, so that they agree to the digit."""
