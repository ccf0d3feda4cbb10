"""What a step is made of: the graph that was built, traced or recorded, what was executed of it, and its times."""
