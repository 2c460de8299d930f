"""Drivers for what stands around a self-service kiosk: readers, scanners, printers, real and simulated.

For staff who set up hardware, for testers, and for authors of new drivers. Knows bytes, cables and tags; knows nothing of guests, loans or screens.
"""
