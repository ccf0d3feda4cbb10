"""Two graphs side by side in Google's Model Explorer: a click in one selects the same node in the other."""
