"""Receipt printers: lines in, ESC/POS bytes out, and a simulated printer that turns the bytes back into paper. Knows nothing of what a receipt says."""
