"""Simulated portals: from what a municipality offers to the pages that its portal would show; no server."""
