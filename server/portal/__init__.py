"""Citizens' pages, in French and Arabic, without JavaScript."""
