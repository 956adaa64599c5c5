#!/usr/bin/env bash
# PyTorch's convolutions give the same bits by any number of threads going forward, and other gradients of the weights.
#
# torch.use_deterministic_algorithms(True) does not refuse or change it, for each number repeats itself. So a training
# run repeats on the same machine and differs on one with other cores, though every forward test agrees to the bit.
#
# PyTorch 2.13.0, numpy 2.4.6 (PyPI).
# Seen 2026-11-27, x86-64: 64 channels, 60 x 80, batch 2; by 1, 2, 3, 4 threads: one result forward for a 3x3, a
# 1x1 and a 3x3 of stride 2; gradients of 3x3 and 1x1: four results; stride 2: two.
source "$(dirname "$0")/common.bash"

pypi python torch==2.13.0 numpy==2.4.6
[ "$(uname -m)" = x86_64 ] || cannot "it was seen on x86-64"

cat >"$work/gradients.py" <<'PY'
import torch
from torch.nn.functional import conv2d

torch.use_deterministic_algorithms(True)
torch.manual_seed(0)
pictures = torch.randn(2, 64, 60, 80)
for size, stride in ((3, 1), (1, 1), (3, 2)):
    weights = torch.randn(64, 64, size, size) * 0.05
    forward, gradients, again = set(), set(), set()
    for threads in (1, 2, 3, 4):
        torch.set_num_threads(threads)
        for results in (gradients, again):
            free = weights.clone().requires_grad_()
            result = conv2d(pictures, free, padding=size // 2, stride=stride)
            result.square().sum().backward()
            forward.add(result.detach().numpy().tobytes())
            results.add(free.grad.numpy().tobytes())
    print(f"{size}x{size}, stride {stride}: {len(forward)} forward, {len(gradients)} gradients")
    assert len(forward) == 1 and gradients == again
    assert stride == 2 or len(gradients) > 1
PY
"$work/python/bin/python" "$work/gradients.py" | sed 's/^/  /' || changed "see the last line"
