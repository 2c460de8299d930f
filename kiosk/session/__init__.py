"""The whole customer visit as a pure function: events in, places and effects out. No clock, no thread, no device, no server in here."""
