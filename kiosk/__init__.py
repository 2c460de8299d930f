"""The kiosk in the library's hall: reads a pass, asks the library, lends or refuses each item, prints the receipt, sends people on with a reason."""
