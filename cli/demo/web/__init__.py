"""The demo's websites, portals and services: what they retell of the truth, and the pages that show it."""
