"""HTTP of images: who may see what, where it comes from, what the answer carries."""
