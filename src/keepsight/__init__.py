"""Keepsight: an image origin that speaks Cloudinary's delivery URLs and keeps what matters in every crop."""

__version__ = "0.1.0"
