"""Small random weights in the format of torchvision's vgg16, two pictures, and what PyTorch makes
of them: pip install torch safetensors numpy.

    python tests/golden/vgg16.py tests/golden/vgg16.safetensors

The loss is that of LPIPS without learned weights (Zhang et al., 2018), averaged over the layers,
after https://github.com/richzhang/PerceptualSimilarity.
"""

import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

WIDTHS = [4, 4, "M", 6, 6, "M", 8, 8, 8, "M", 8, 8, 8, "M", 8, 8, 8]
NAMES = ["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"]
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def network():
    """As torchvision.models.vgg.make_layers."""
    layers, inputs = [], 3
    for width in WIDTHS:
        if width == "M":
            layers.append(torch.nn.MaxPool2d(2, 2))
        else:
            conv = torch.nn.Conv2d(inputs, width, 3, padding=1)
            torch.nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            torch.nn.init.uniform_(conv.bias, -0.1, 0.3)
            layers += [conv, torch.nn.ReLU()]
            inputs = width
    return torch.nn.Sequential(*layers)


def features(net, rgb):
    """What stands before each pooling, and at the end."""
    x, found = (rgb - MEAN.to(rgb)) / DEVIATION.to(rgb), []
    for layer in net:
        if isinstance(layer, torch.nn.MaxPool2d):
            found.append(x)
        x = layer(x)
    return [*found, x]


def distance(a, b):
    return ((F.normalize(a, eps=1e-10) - F.normalize(b, eps=1e-10)) ** 2).sum(1).mean()


def pictures(width, height):
    y, x = torch.meshgrid(torch.arange(height) / height, torch.arange(width) / width, indexing="ij")
    waves = [
        torch.sin(9 * x + 4 * y),
        torch.cos(7 * y * x + 1),
        torch.sin(20 * (x - 0.4) ** 2 + 5 * y),
    ]
    smooth = 0.5 + 0.4 * torch.stack(waves)
    noisy = (smooth + 0.1 * torch.randn(3, height, width)).clamp(0, 1)
    return [p.half().double()[None] for p in (smooth, noisy)]


def rows(tensor):
    return tensor[0].permute(1, 2, 0).detach().float().contiguous()


def main():
    torch.manual_seed(16)
    net = network()
    tensors = {f"features.{name}": value for name, value in net.state_dict().items()}
    net = net.double()
    target, picture = pictures(65, 67)
    picture.requires_grad_()
    found = features(net, picture)
    distances = [distance(a, b) for a, b in zip(found, features(net, target), strict=True)]
    value = sum(distances) / len(distances)
    value.backward()
    tensors |= {"target": rows(target).half(), "picture": rows(picture).half()}
    tensors |= {"distances": torch.stack(distances).detach().float(), "slope": rows(picture.grad)}
    tensors |= {name: rows(f) for name, f in zip(NAMES[1:], found[1:], strict=True)}
    # Its first rows are enough, and the file stays small.
    tensors["relu1_2"] = rows(found[0])[:8].contiguous()
    save_file(tensors, sys.argv[1])
    print(float(value), [float(d) for d in distances], float(picture.grad.abs().max()))


main()
