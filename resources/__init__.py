"""Data the product ships: catalogues, vocabulary, icons, places, the provisional register, routing texts."""
