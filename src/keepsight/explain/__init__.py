"""Why a picture was cut as it was: told in words and drawn on the photo."""
