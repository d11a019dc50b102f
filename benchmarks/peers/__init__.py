"""The same work on Batua and on others: what they are is in `systems`, what is asked of them in `work`."""
