"""Rectangles and windows: which box is cut out, exactly. Pure arithmetic; imports no other room."""
