"""The networks of throughput.rs in plain PyTorch: seconds of a whole step, for comparison.

throughput.rs runs it with the Python named by POLYINR_PYTORCH:
    throughput.py FEATURES SIDE BATCH THREADS SECONDS
"""

import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

LEVELS, Z, W = 10, 64, 256
BASE, MOST = 1536, 192


class Equalised(nn.Module):
    """A linear layer with equalised learning rate."""

    def __init__(self, inputs, outputs, lr):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / lr)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.lr = lr

    def forward(self, x):
        scale = self.lr / self.weight.shape[1] ** 0.5
        return F.linear(x, self.weight * scale, self.bias * self.lr)


class Level(nn.Module):
    def __init__(self, index, n):
        super().__init__()
        inputs = n if index else W
        self.style = Equalised(W, n, 1.0) if index else None
        self.matrix, self.shift = nn.Linear(inputs, 4), nn.Linear(inputs, 2)
        self.basis, self.offset = nn.Linear(inputs, 2 * n), nn.Linear(inputs, n)
        self.shared = nn.Linear(n, n)

    def affine_term(self, w, positions):
        """Positions of this level, and its affine term."""
        v = F.leaky_relu(self.style(w), 0.2) * 2**0.5 if self.style else w
        positions = positions @ self.matrix(v).view(-1, 2, 2) + self.shift(v).unsqueeze(1)
        n = self.shared.weight.shape[0]
        return positions, positions @ self.basis(v).view(-1, 2, n) + self.offset(v).unsqueeze(1)


class Generator(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.mapping = nn.ModuleList([Equalised(Z, W, 0.1), Equalised(W, W, 0.1)])
        self.levels = nn.ModuleList([Level(j, n) for j in range(LEVELS)])
        self.rgb = nn.Linear(n, 3)

    def forward(self, z, side):
        w = z * torch.rsqrt(z.square().mean(1, keepdim=True) + 1e-8)
        for layer in self.mapping:
            w = F.leaky_relu(layer(w), 0.2) * 2**0.5
        ticks = torch.linspace(0, 1, side)
        y, x = torch.meshgrid(ticks, ticks, indexing="ij")
        positions = torch.stack([x, y], -1).view(1, -1, 2).expand(len(z), -1, -1)
        h = None
        for level in self.levels:
            positions, a = level.affine_term(w, positions)
            a = a if h is None else h * F.leaky_relu(a, 0.2)
            h = F.leaky_relu(level.shared(a), 0.2).clamp(-256, 256)
        return self.rgb(h).float().transpose(1, 2).reshape(-1, 3, side, side)


class Discriminator(nn.Module):
    def __init__(self, side):
        super().__init__()
        sides = [side >> i for i in range(side.bit_length()) if side >> i > 4]
        channels = {s: min(BASE // s, MOST) for s in [*sides, 4]}
        self.entries = nn.ModuleList([nn.Conv2d(3, channels[s], 1) for s in sides])
        self.blocks = nn.ModuleList()
        for s in sides:
            wide, narrow = channels[s], channels[s // 2]
            conv0 = nn.Conv2d(wide, wide, 3, padding=1)
            conv1 = nn.Conv2d(wide, narrow, 3, padding=1)
            skip = nn.Conv2d(wide, narrow, 1, bias=False)
            self.blocks.append(nn.ModuleList([conv0, conv1, skip]))
        last = channels[4]
        self.conv, self.dense = nn.Conv2d(last + 1, last, 3, padding=1), nn.Linear(16 * last, last)
        self.out = nn.Linear(last, 1)

    def forward(self, images):
        images = images.contiguous(memory_format=torch.channels_last)
        x = 0
        for entry, (conv0, conv1, skip) in zip(self.entries, self.blocks, strict=True):
            x = x + F.leaky_relu(entry(images), 0.2)
            inner = F.avg_pool2d(F.leaky_relu(conv0(x), 0.2), 2)
            x = F.leaky_relu(conv1(inner), 0.2) + skip(F.avg_pool2d(x, 2))
            images = F.avg_pool2d(images, 2)
        deviation = x.float().std(0).mean().expand(len(x), 1, 4, 4)
        x = F.leaky_relu(self.conv(torch.cat([x, deviation.to(x.dtype)], 1)), 0.2)
        return self.out(F.leaky_relu(self.dense(x.flatten(1)), 0.2))


def step(generator, discriminator, adam_g, adam_d, side, batch):
    real = torch.rand(batch, 3, side, side) * 2 - 1
    with torch.autocast("cpu", torch.bfloat16):
        with torch.no_grad():
            fake = generator(torch.randn(batch, Z), side)
        loss = F.softplus(discriminator(fake)).mean() + F.softplus(-discriminator(real)).mean()
    adam_d.zero_grad()
    loss.backward()
    adam_d.step()
    discriminator.requires_grad_(False)
    with torch.autocast("cpu", torch.bfloat16):
        loss = F.softplus(-discriminator(generator(torch.randn(batch, Z), side))).mean()
    adam_g.zero_grad()
    loss.backward()
    adam_g.step()
    discriminator.requires_grad_(True)


def main():
    features, side, batch, threads = map(int, sys.argv[1:5])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    generator, discriminator = Generator(features), Discriminator(side)
    discriminator = discriminator.to(memory_format=torch.channels_last)
    adam_g = torch.optim.Adam(generator.parameters(), 1e-5, (0.0, 0.99))
    adam_d = torch.optim.Adam(discriminator.parameters(), 1e-5, (0.0, 0.99))
    seconds = []
    start = time.perf_counter()
    while time.perf_counter() - start < float(sys.argv[5]) or len(seconds) < 2:
        begun = time.perf_counter()
        step(generator, discriminator, adam_g, adam_d, side, batch)
        seconds.append(time.perf_counter() - begun)
    print(min(seconds))


if __name__ == "__main__":
    main()
