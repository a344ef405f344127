"""What should be offered, what is offered, and what is missing."""
