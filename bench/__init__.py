"""Measurements. `make bench` runs the hot paths; `python -m bench.pdf_engines` compares the PDF engines."""
