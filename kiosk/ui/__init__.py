"""What the guest sees. `page` and `present` are pure; only `app`, `clock`, `screens`, `widgets` and `tray` know Kivy."""
