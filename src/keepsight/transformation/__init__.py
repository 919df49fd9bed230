"""The URL language: text becomes typed, frozen values once, here."""
