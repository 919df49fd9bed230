"""Detectors: where objects, faces and text are in a picture. Knows nothing of URLs or HTTP."""
