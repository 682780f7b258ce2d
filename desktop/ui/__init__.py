"""Windows and widgets: one subject a file; Qt item models are *_model.py beside their view."""
