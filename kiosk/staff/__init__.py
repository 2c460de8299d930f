"""What staff use to set a kiosk up and to see what is wrong with it; shared by commands and staff pages."""
