"""Transformers of words: those of the package transformers."""

import torch.nn.functional as F
import transformers

from golden import SMALL, Golden, Input

ROWS, WIDTH, HIDDEN = 11, 64, 96
SIZES = {"depth": 2, "width": WIDTH, "heads": 4, "hidden": HIDDEN, "rows": ROWS, "words": 20, "positions": 16}

# Where the texts read a parameter, by the end of its name.
BERT_ROLES = {
    "query.weight": "weight", "key.weight": "weight", "value.weight": "weight", "dense.weight": "weight",
    "output.dense.weight": "residual-weight", "query.bias": "bias", "key.bias": "bias", "value.bias": "bias",
    "dense.bias": "bias",
}
# The weights are right operands of products.
GPT2_ROLES = {
    "c_attn.weight": f"weight:{WIDTH}", "c_proj.weight": f"weight:{WIDTH}", "c_fc.weight": f"weight:{WIDTH}",
    "mlp.c_proj.weight": f"weight:{HIDDEN}",
}


class Bert(transformers.BertModel):
    def __init__(self):
        super().__init__(transformers.BertConfig(
            vocab_size=20, hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=4, intermediate_size=HIDDEN,
            max_position_embeddings=16, type_vocab_size=16))

    def forward(self, words, mask, kinds):
        return super().forward(words, (mask > 0).long(), kinds, return_dict=False)


class GPT2(transformers.GPT2Model):
    def __init__(self):
        super().__init__(transformers.GPT2Config(
            vocab_size=20, n_positions=16, n_embd=WIDTH, n_layer=2, n_head=4, n_inner=HIDDEN, use_cache=False))

    def forward(self, words):
        return F.linear(super().forward(words, return_dict=False)[0], self.wte.weight)


def integers(name: str) -> Input:
    return Input(name, (ROWS,), is_integer=True)


GOLDENS = [
    Golden(
        "transformer/bert", Bert, None, {**SIZES, "types": 16}, ("last_hidden_state", "pooled"), runs=SMALL, roles=BERT_ROLES,
        inputs=(integers("input_ids"), integers("attention_mask"), integers("token_type_ids"))),
    Golden("transformer/gpt2", GPT2, None, SIZES, runs=SMALL, roles=GPT2_ROLES, inputs=(integers("input_ids"),)),
]
