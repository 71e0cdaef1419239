"""Models of sequences: character models with recurrent units, a small GPT, a small encoder-decoder transformer."""


def char_rnn(nn, unit="LSTM", vocabulary=32, width=32, layers=2):
    """Predicts the next character: embedding, recurrent layers, a linear layer (after Karpathy 2015)

    unit: "RNN", "GRU" or "LSTM".

    Shapes: characters (N, T), integers -> logits (N, T, vocabulary)
    """

    class CharRNN(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, width)
            self.rnn = getattr(nn, unit)(width, width, layers, batch_first=True)
            self.head = nn.Linear(width, vocabulary)

        def forward(self, characters, state=None):
            hidden, state = self.rnn(self.embedding(characters), state)
            return self.head(hidden)

    return CharRNN()


def gpt(nn, vocabulary=32, context=32, width=32, heads=4, layers=2):
    """A small GPT-2 (Radford et al. 2019): learned positions, norms first, causal attention, the embedding as output

    Shapes: tokens (N, T), T <= context -> logits (N, T, vocabulary)
    """

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Embedding(vocabulary, width)
            self.positions = nn.Embedding(context, width)
            block = nn.TransformerEncoderLayer(
                width, heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
            )
            self.blocks = nn.TransformerEncoder(block, layers, nn.LayerNorm(width), enable_nested_tensor=False)
            self.head = nn.Linear(width, vocabulary, bias=False)
            self.head.weight = self.tokens.weight
            nn.init.normal_(self.tokens.weight, 0.0, 0.02)
            nn.init.normal_(self.positions.weight, 0.0, 0.02)

        def forward(self, tokens):
            length = tokens.shape[1]
            x = self.tokens(tokens) + self.positions.weight[:length]
            mask = nn.Transformer.generate_square_subsequent_mask(length, dtype=x.dtype)
            return self.head(self.blocks(x, mask=mask, is_causal=True))

    return GPT()


def translator(nn, vocabulary=32, context=32, width=32, heads=4, layers=2):
    """The encoder-decoder transformer (Vaswani et al. 2017), with learned positions

    Token 0 is padding: no attention is paid to it.

    Shapes: source (N, S), target so far (N, T) -> logits (N, T, vocabulary)
    """

    class Translator(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Embedding(vocabulary, width, padding_idx=0)
            self.positions = nn.Embedding(context, width)
            self.transformer = nn.Transformer(width, heads, layers, layers, 4 * width, dropout=0.0, batch_first=True)
            self.transformer.encoder.use_nested_tensor = False  # torch warns of this prototype of its own
            self.head = nn.Linear(width, vocabulary)

        def embed(self, tokens):
            return self.tokens(tokens) * width**0.5 + self.positions.weight[: tokens.shape[1]]

        def forward(self, source, target):
            causal = self.transformer.generate_square_subsequent_mask(target.shape[1]) != 0  # True: not to be seen
            padding = source == 0
            hidden = self.transformer(
                self.embed(source),
                self.embed(target),
                tgt_mask=causal,
                src_key_padding_mask=padding,
                tgt_key_padding_mask=target == 0,
                memory_key_padding_mask=padding,
            )
            return self.head(hidden)

    return Translator()
