"""The one place where state changes: events in from devices, guest, clock and library; effects out to workers; a snapshot out to the screen."""
