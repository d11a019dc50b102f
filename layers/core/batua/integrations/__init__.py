"""Shops and billing systems that send their sales here, and the coins that these sales deserve."""
