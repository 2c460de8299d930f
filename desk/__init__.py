"""The library's side: guests, subscriptions, strips and loans, over HTTP. Works without a kiosk; of the kiosk it knows its words only (kiosk.domain)."""
