#include "CKernels.h"

#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>

// Those of v3 that not every compiler's test knows by name: F16C, MOVBE, LZCNT. Virtual machines may hide any of them.
static int has_the_rest_of_v3(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_F16C) || !(c & bit_MOVBE)) return 0;
  return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & bit_LZCNT);
}
#endif

// 1 if this CPU, and the system that runs it, have what x86-64-v3 promises; always 1 on other architectures.
static int is_v3(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  // The compiler's own test of avx2 includes that the system saves the wide registers.
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("sse4.2") &&
         has_the_rest_of_v3();
#else
  return 1;
#endif
}

const char *stylevideo_cpu_level(void) {
#if defined(__x86_64__)
  if (!is_v3()) return __builtin_cpu_supports("sse4.2") ? "x86-64-v2" : "x86-64";
  int v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd");
  return v4 ? "x86-64-v4" : "x86-64-v3";
#elif defined(__aarch64__)
  return "arm64";
#else
  return "unknown";
#endif
}

bool stylevideo_has_bfloat16(void) {
#if defined(__x86_64__)
  return !strcmp(stylevideo_cpu_level(), "x86-64-v4") && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

// Early among the constructors: those of Swift modules have the default priority, which is later.
__attribute__((constructor(101))) void stylevideo_require_cpu(void) {
  if (is_v3()) return;
  static const char text[] =
      "stylevideo: this CPU lacks AVX2 and FMA (x86-64-v3), which the program needs; "
      "run it on an Intel Core of 2013 or later, an AMD Ryzen, or the like.\n";
  ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
  (void)written;
  _exit(69);
}
