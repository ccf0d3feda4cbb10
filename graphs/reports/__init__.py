"""Results as tables, sentences, charts, Markdown and JSON."""
