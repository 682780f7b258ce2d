"""Content to administration: rules, model, evaluation."""
