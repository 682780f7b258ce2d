"""The tour: the whole story driven through the real program, leaving numbered pictures in tour/."""
