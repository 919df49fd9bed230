"""What programs ask besides pictures: JSON over HTTP."""
