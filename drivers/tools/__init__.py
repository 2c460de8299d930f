"""What the command `drivers` does, a file for each kind of work. Not for the kiosk, which uses the drivers by itself."""
