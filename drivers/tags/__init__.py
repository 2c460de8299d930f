"""What the bytes on passes and items mean. Pure: bytes in, values out; no device, no disk, no network."""
