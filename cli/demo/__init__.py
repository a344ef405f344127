"""The demo: a region of real places and services in which every offer is invented."""
