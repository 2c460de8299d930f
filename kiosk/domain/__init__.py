"""The library's words as values: passes, patrons, loans, refusals. Pure; knows no screen, no reader, no server."""
