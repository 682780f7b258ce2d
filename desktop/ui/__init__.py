"""Windows and widgets: one subject a file; Qt item models are *_model.py beside their view."""

from desktop.ui.immortals import keep_alive

keep_alive()
