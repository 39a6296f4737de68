"""Golden outputs of the metrics' networks, by PyTorch and torchvision: writes three small files.

    python3 -m venv env && env/bin/pip install torch torchvision safetensors numpy
    env/bin/python trainer/golden/feature_networks.py

- inception.safetensors: torchvision's inception_v3 with the pooling of pytorch-fid, all weights
  drawn as the trainer's random Inception of seed 0 draws them, on two images.
- vgg.safetensors: torchvision's VGG of 16 layers at a hundredth of its width, with its weights.
- script.pt: a TorchScript module with the arguments of NVIDIA's metric networks.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from safetensors.torch import save_file

FOLDER = Path(__file__).parent
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mix(z):
    """SplitMix64's finaliser."""
    with np.errstate(over="ignore"):
        z = z + GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def key(seed, step):
    """What (seed, step) of the stream of initial weights stand for."""
    state = np.uint64(seed)
    for part in (np.asarray(step, dtype=np.uint64), np.uint64(1)):
        with np.errstate(over="ignore"):
            state = mix((state + GOLDEN) ^ mix(part))
    return state


def seeded(shape, layer, seed=0):
    """Weights of a layer of the random Inception."""
    numbers = np.arange(np.prod(shape), dtype=np.uint64)
    unit = (key(key(seed, layer), numbers) >> np.uint64(40)).astype(np.float64) / 2**23 - 1.0
    bound = np.sqrt(6.0 / np.prod(shape[1:]))
    return torch.from_numpy((unit * bound).astype(np.float32).reshape(shape))


def leave_padding_out(x, **_):
    """Average pooling that counts the picture's own pixels only."""
    return F.avg_pool2d(x, kernel_size=3, stride=1, padding=1, count_include_pad=False)


def last_block(self, x):
    """torchvision's InceptionE with a maximum in the last branch."""
    one = self.branch1x1(x)
    three = self.branch3x3_1(x)
    three = [self.branch3x3_2a(three), self.branch3x3_2b(three)]
    double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
    double = [self.branch3x3dbl_3a(double), self.branch3x3dbl_3b(double)]
    pool = self.branch_pool(F.max_pool2d(x, kernel_size=3, stride=1, padding=1))
    return torch.cat([one, *three, *double, pool], 1)


def inception():
    """Features and sFID's features of two images."""
    net = torchvision.models.inception_v3(weights=None, aux_logits=False, init_weights=False).eval()
    for layer, conv in enumerate(m for m in net.modules() if isinstance(m, torch.nn.Conv2d)):
        conv.weight.data = seeded(tuple(conv.weight.shape), layer)
    for norm in (m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)):
        # The random network has no normalisation: variance and what is added to it make one.
        norm.running_var.fill_(1.0 - norm.eps)
    functions = {**vars(F), "avg_pool2d": staticmethod(leave_padding_out)}
    torchvision.models.inception.F = type("F", (), functions)
    net.Mixed_7c.forward = last_block.__get__(net.Mixed_7c)
    net.fc = torch.nn.Identity()
    spatial = []
    net.Mixed_6d.branch1x1.register_forward_hook(lambda *args: spatial.append(args[2][:, :7]))
    images = torch.randint(0, 256, (2, 3, 24, 32), dtype=torch.uint8)
    # TensorFlow 1's resizing: output pixel i is taken at i * length / 299.
    x = images.float()
    for axis, length in ((2, 24), (3, 32)):
        places = torch.arange(299) * (length / 299)
        low = places.floor().long()
        weight = (places - low).reshape([-1 if a == axis else 1 for a in range(4)])
        high = (low + 1).clamp(max=length - 1)
        x = x.index_select(axis, low) * (1 - weight) + x.index_select(axis, high) * weight
    with torch.no_grad():
        features = net((x - 128) / 128)
    tensors = {"images": images, "features": features, "spatial": spatial[0].flatten(1)}
    save_file({k: v.contiguous() for k, v in tensors.items()}, FOLDER / "inception.safetensors")
    print("inception", features.mean(), features.std(), spatial[0].mean())


def vgg():
    """Features of the second hidden layer of a narrow VGG."""
    widths = [2, 2, "M", 3, 3, "M", 4, 4, 4, "M", 5, 5, 5, "M", 5, 5, 5, "M"]
    net = torchvision.models.VGG(torchvision.models.vgg.make_layers(widths)).eval()
    net.classifier[0] = torch.nn.Linear(5 * 7 * 7, 16)
    net.classifier[3] = torch.nn.Linear(16, 16)
    net.classifier[6] = torch.nn.Linear(16, 4)
    images = torch.randint(0, 256, (2, 3, 40, 40), dtype=torch.uint8)
    x = F.interpolate(images.float(), size=(224, 224), mode="bilinear", align_corners=False) / 255
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (x - mean.reshape(1, 3, 1, 1)) / deviation.reshape(1, 3, 1, 1)
    with torch.no_grad():
        features = net.classifier[:5](torch.flatten(net.avgpool(net.features(x)), 1))
    tensors = {**net.state_dict(), "images": images, "expected": features}
    save_file({k: v.contiguous() for k, v in tensors.items()}, FOLDER / "vgg.safetensors")
    print("vgg", features)


class Script(torch.nn.Module):
    """A network of two numbers an image, with the arguments of NVIDIA's metric networks."""

    def __init__(self):
        super().__init__()
        self.output = torch.nn.Linear(3, 4)

    def forward(
        self,
        img: torch.Tensor,
        return_features: bool = False,
        use_fp16: bool = False,
        no_output_bias: bool = False,
    ):
        features = img.to(torch.float32).mean([2, 3]) / 255
        if return_features:
            return features
        logits = self.output(features)
        if no_output_bias:
            logits = logits - self.output.bias
        return torch.softmax(logits, 1)


def script():
    """The module and, inside of it, the weights that its outputs are computed from."""
    module = torch.jit.script(Script().eval())
    module.save(str(FOLDER / "script.pt"))
    print("script", module.output.weight, module.output.bias)


torch.manual_seed(20151205)
inception()
vgg()
script()
