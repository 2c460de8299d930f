"""Readers of passes and items."""
