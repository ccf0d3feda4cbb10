"""The names of a comparison's texts, where they are not those of what they show.

TensorBoard sorts texts by name and unfolds the first three. With these names they are node_map, operations, results.
"""

ABOUT, CHANGES, COMPILED, LINES, VERSIONS = "run_about", "run_changes", "run_compiled", "run_lines", "versions"
