"""How the encoder and its tokenizers are made."""
