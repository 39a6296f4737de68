"""Golden files of the feature networks: random weights, an input, and what timm makes of it.

    python features.py                  compare with the files beside this script; exits with 1 if
                                        timm now gives something else
    python features.py --regenerate     write them anew
    python features.py --full FOLDER    the networks at full size, random weights, into FOLDER, for
                                        the trainer's test `full_sizes_agree_with_timm`

Tensors called `golden.*` are the input and the outputs; all others are the network's own, under
timm's names.
"""

import argparse
import itertools
import sys
from functools import partial
from pathlib import Path

import timm
import torch
from safetensors.torch import load_file, save_file
from timm.models._efficientnet_builder import decode_arch_def, round_channels
from timm.models.efficientnet import _create_effnet

HERE = Path(__file__).parent
LIMIT = 1e-4
# The stages of EfficientNet-lite0, fewer blocks and channels in each.
REDUCED_STAGES = [
    ["ds_r1_k3_s1_e1_c6"],
    ["ir_r2_k3_s2_e3_c8"],
    ["ir_r1_k5_s2_e3_c10"],
    ["ir_r2_k3_s2_e3_c12"],
    ["ir_r1_k5_s1_e3_c14"],
    ["ir_r2_k5_s2_e3_c16"],
    ["ir_r1_k3_s1_e3_c20"],
]
# The first blocks of the four groups of stages whose outputs are taken, and the end.
LEVELS = [0, 2, 3, 5, 7]


def randomise(model, generator):
    """Weights that keep the scale of tokens and bring some activations to ReLU6's end; norms that
    are not the identity."""
    for name, tensor in model.state_dict().items():
        if tensor.dtype != torch.float32:
            continue
        if name.endswith("running_var"):
            tensor.uniform_(0.3, 1.0, generator=generator)
        elif name.endswith("weight") and tensor.ndim == 1:
            tensor.uniform_(0.5, 1.5, generator=generator)
        elif tensor.ndim >= 2 and name.endswith("weight"):
            fan_in = tensor[0].numel()
            tensor.normal_(0, fan_in**-0.5, generator=generator)
        else:
            tensor.normal_(0, 0.3, generator=generator)


def reduced_efficientnet():
    return _create_effnet(
        "tf_efficientnet_lite0",
        block_args=decode_arch_def(REDUCED_STAGES),
        num_classes=0,
        num_features=0,
        stem_size=8,
        fix_stem=True,
        round_chs_fn=partial(round_channels, divisor=1),
        act_layer=torch.nn.ReLU6,
        norm_layer=partial(torch.nn.BatchNorm2d, eps=1e-3),
        pad_type="same",
    )


def efficientnet_outputs(model, x):
    """The four maps, of strides 4, 8, 16 and 32."""
    x = model.bn1(model.conv_stem(x))
    outputs = {}
    for level, (first, end) in enumerate(itertools.pairwise(LEVELS)):
        for block in model.blocks[first:end]:
            x = block(x)
        outputs[f"map.{level}"] = x
    return outputs


def reduced_deit():
    return timm.create_model(
        "deit_base_distilled_patch16_224",
        img_size=128,
        embed_dim=16,
        depth=8,
        num_heads=2,
        mlp_ratio=2,
        num_classes=10,
    )


def deit_outputs(model, x):
    """The patch tokens after each quarter of the blocks, and the classifier's logits."""
    depth = len(model.blocks)
    taken = [quarter * depth // 4 - 1 for quarter in (1, 2, 3, 4)]
    tokens = model.get_intermediate_layers(x, n=taken)
    outputs = {f"tokens.{level}": t for level, t in enumerate(tokens)}
    return outputs | {"logits": model(x)}


# name, how to make it, what it gives, input's height and width
REDUCED = [
    ("efficientnet", reduced_efficientnet, efficientnet_outputs, (72, 60)),
    ("deit", reduced_deit, deit_outputs, (128, 128)),
]
FULL = [
    (name, partial(timm.create_model, name), outputs, (224, 224))
    for name, outputs in [
        ("tf_efficientnet_lite0", efficientnet_outputs),
        ("deit_small_distilled_patch16_224", deit_outputs),
        ("deit_base_distilled_patch16_224", deit_outputs),
    ]
]


def tensors(make, outputs, size):
    """The network's tensors, an input and its outputs; and the file's metadata."""
    generator = torch.Generator().manual_seed(9)
    model = make().eval()
    randomise(model, generator)
    x = torch.randn([1, 3, *size], generator=generator).half()
    golden = {"input": x} | outputs(model, x.float())
    weights = {k: v for k, v in model.state_dict().items() if v.dtype == torch.float32}
    metadata = {}
    if hasattr(model, "cls_token"):
        metadata["num_heads"] = str(model.blocks[0].attn.num_heads)
    golden = {f"golden.{k}": v for k, v in golden.items()}
    return {k: v.contiguous() for k, v in (weights | golden).items()}, metadata


def check(path, new):
    """Whether the file at `path` holds `new` to within the limit."""
    old = load_file(path)
    if old.keys() != new.keys():
        return False
    return all((old[k] - new[k]).abs().max().item() <= LIMIT for k in new)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--regenerate", action="store_true", help="write the golden files anew")
    parser.add_argument("--full", type=Path, metavar="FOLDER", help="write full-size networks")
    options = parser.parse_args()
    torch.set_grad_enabled(False)
    folder = options.full or HERE
    agree = True
    for name, make, outputs, size in FULL if options.full else REDUCED:
        path = folder / f"{name}.safetensors"
        values, metadata = tensors(make, outputs, size)
        if options.full or options.regenerate:
            save_file(values, path, metadata=metadata)
            print(f"{path}: {path.stat().st_size} bytes")
        else:
            same = check(path, values)
            print(f"{path}: {'agrees' if same else 'differs'}")
            agree &= same
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
