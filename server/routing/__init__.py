"""Content → administration: features, model, rules, training, evaluation, and the router that uses them."""
