"""Mail and text messages: what they say, whose name they bear, and how they leave."""
