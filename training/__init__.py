"""What makes and measures the nets; nothing here is needed to serve."""
