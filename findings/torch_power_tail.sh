#!/usr/bin/env bash
# In PyTorch a constant raised to a power is not constant: the last elements of each thread's share come out otherwise.
#
# x ** 2.4 (the curve of sRGB) of a vector that holds one value: whole SIMD vectors take one code, the rest of the
# vector another, up to 8 ulp apart. So the result of a value depends on where in the tensor it stands, on the length,
# on the stride (x[::2] ** 2.2 against the same numbers copied), and, since each thread has its own rest, on the number
# of threads. exp, log, tanh and erf have no such seam.
#
# PyTorch 2.13.0, numpy 2.4.6 (PyPI).
# Seen 2026-11-27, x86-64, kernels DEFAULT, AVX2 and AVX512: of 255 values, 175 give two results in a vector of 35
# for x ** 2.4, at the places 32 to 34, up to 8 ulp; 117 for x ** 2.2; 0 for exp. A vector of 100,003 numbers to the
# power 2.2 by one thread and by 2, 3, 4: 2 to 31 elements differ.
source "$(dirname "$0")/common.bash"

pypi python torch==2.13.0 numpy==2.4.6
processor_has avx2 || cannot "it was seen on x86-64 with AVX2"

cat >"$work/power.py" <<'PY'
import torch

torch.set_num_threads(1)
values = torch.arange(1, 256) / 255


def seams(function):
    """Values with more than one result in a vector of 35, the places that differ from the first, the widest gap."""
    count, places, gap = 0, set(), 0
    for value in values:
        result = function(value.repeat(35))
        bits = result.view(torch.int32)
        count += len(result.unique()) > 1
        places |= set((bits != bits[0]).nonzero().flatten().tolist())
        gap = max(gap, int((bits - bits[0]).abs().max()))
    return count, sorted(places), gap


count, places, gap = seams(lambda x: x**2.4)
print(f"x ** 2.4: {count} of 255 values, places {places}, {gap} ulp")
assert count > 50 and places == [32, 33, 34] and gap >= 4
count, places, gap = seams(lambda x: x**2.2)
print(f"x ** 2.2: {count} of 255 values, places {places}, {gap} ulp")
assert count > 50 and places == [32, 33, 34]
for function in (torch.exp, torch.log, torch.tanh, torch.erf):
    count, places, gap = seams(function)
    print(f"{function.__name__}: {count} of 255 values")
    assert count == 0

twice = values.repeat(2)
count = int((twice[::2] ** 2.2 != twice[::2].contiguous() ** 2.2).sum())
print(f"x[::2] ** 2.2 against its copy's: {count} of 255 differ")
assert count > 50

many = torch.rand(100_003, generator=torch.Generator().manual_seed(1))
by_one = many**2.2
assert torch.equal(by_one, many**2.2)
differ = []
for threads in (2, 3, 4):
    torch.set_num_threads(threads)
    differ.append(int((many**2.2 != by_one).sum()))
print(f"100,003 numbers to 2.2, by 2, 3, 4 threads against one: {differ} differ")
assert all(differ)
PY

levels=(default avx2)
! processor_has avx512vl || levels+=(avx512)
for kernels in "${levels[@]}"; do
    printf '  kernels %s\n' $kernels
    ATEN_CPU_CAPABILITY=$kernels "$work/python/bin/python" "$work/power.py" | sed 's/^/  /' ||
        changed "see the last line"
done
