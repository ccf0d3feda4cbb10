"""What a step consists of: the graph as built, traced or recorded, the graph as executed, and the time of each node."""
