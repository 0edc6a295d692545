"""The sample organisation: who is in it, what it designs, what happens week by week."""
