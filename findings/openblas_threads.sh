#!/usr/bin/env bash
# OpenBLAS gives other bits by one thread than by two with its AVX2 kernels, and the same with AVX-512's and AVX's.
#
# sgemm of shapes that convolutions have. Who tests on a machine with AVX-512 sees a library that does not care about
# threads; the same program on Zen 3 or Haswell does not repeat its bits. 64 x 64 x 64 runs on one thread and is equal.
#
# OpenBLAS 0.3.21 (libopenblas0-pthread 0.3.21+ds-4, Debian 12) and 0.3.30 (PyPI scipy-openblas32 0.3.30.0.2).
# Seen 2026-11-27: Haswell and Zen kernels, five shapes, 1 to 4 threads: four results each, up to 6e-5 apart for
# normal numbers; SkylakeX and Sandybridge kernels: one result each.
source "$(dirname "$0")/common.bash"

debian libopenblas0-pthread=0.3.21+ds-4
pypi python scipy-openblas32==0.3.30.0.2
processor_has avx512vl && processor_has avx2 || cannot "this processor has not both AVX2 and AVX-512"

cat >"$work/products.py" <<'PY'
"""products.py LIBRARY PREFIX: for each shape, how many different products one to four threads give."""
import ctypes
import random
import sys

library, prefix = ctypes.CDLL(sys.argv[1]), sys.argv[2]
name = getattr(library, prefix + "openblas_get_corename")
name.restype = ctypes.c_char_p
shapes = [(64, 1024, 576), (128, 256, 1152), (32, 4096, 27), (64, 3136, 147), (512, 512, 512), (64, 64, 64)]
random.seed(1)
numbers = [random.gauss(0, 1) for _ in range(1 << 18)]


def product(m, n, k, threads):
    getattr(library, prefix + "openblas_set_num_threads")(threads)
    array = lambda count: (ctypes.c_float * count)(*(numbers[i % len(numbers)] for i in range(count)))
    a, b, c = array(m * k), array(k * n), (ctypes.c_float * (m * n))()
    one, zero = ctypes.c_float(1), ctypes.c_float(0)
    getattr(library, prefix + "cblas_sgemm")(101, 111, 111, m, n, k, one, a, k, b, n, zero, c, n)
    return bytes(c)


print(name().decode(), *(len({product(*shape, threads) for threads in (1, 2, 3, 4)}) for shape in shapes))
PY

# differ KERNELS WANTED LIBRARY PREFIX: a shape counts as "many" where thread counts give more than one product.
differ() {
    local seen
    seen=$(OPENBLAS_CORETYPE=$1 OPENBLAS_NUM_THREADS=4 "$work/python/bin/python" "$work/products.py" "$3" "$4")
    expect "$1 kernels" "$2" "$(sed 's/ [2-4]\b/ many/g' <<<"$seen")"
}

debians=$(file_of /usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0)
newer=$(find "$work/python" -name libscipy_openblas.so)
printf '  OpenBLAS 0.3.21\n'
differ Haswell "Haswell many many many many many 1" "$debians" ""
differ Zen "Zen many many many many many 1" "$debians" ""
differ SkylakeX "SkylakeX 1 1 1 1 1 1" "$debians" ""
differ Sandybridge "Sandybridge 1 1 1 1 1 1" "$debians" ""
printf '  OpenBLAS 0.3.30\n'
differ Haswell "Haswell many many many many many 1" "$newer" scipy_
differ SkylakeX "SkylakeX 1 1 1 1 1 1" "$newer" scipy_
