"""The page at `/studio`: crop, detect, look words up, keep a library, and write a responsive picture.

The page is plain files in `static/`; whatever it shows was made here, by the same rooms that answer delivery URLs and
API calls, so that there is one truth about both.
"""
