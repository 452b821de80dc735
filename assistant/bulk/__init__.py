"""Question files in, answer files out; asks the same assistant as the chat."""
