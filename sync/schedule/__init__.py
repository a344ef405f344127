"""What is done by itself: when, in which order, and each moment of the calendar once."""
