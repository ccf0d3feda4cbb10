"""What is shown of a result: tables, sentences, charts, Markdown and JSON."""
