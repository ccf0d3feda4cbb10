"""The names of a comparison's texts, where they are not those of what they show.

TensorBoard sorts texts by name and unfolds the first two. With these names node_map and operations come first.
"""

ABOUT, CHANGES, COMPILED, LINES, VERSIONS = "run_about", "run_changes", "run_compiled", "run_lines", "versions"
