"""Certificates as Open Badges 3.0: built from the row alone, signed when asked for, checked without us."""
