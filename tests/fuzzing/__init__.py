"""Coverage-guided fuzzing of everything that reads foreign input, and the inputs it found."""
