"""Libraries' systems behind `kiosk.ports.Library`: one file or folder each. Not for choosing one: that is kiosk.bootstrap."""
