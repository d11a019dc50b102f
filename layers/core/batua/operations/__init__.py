"""What runs by itself to keep watch over a deployment."""
