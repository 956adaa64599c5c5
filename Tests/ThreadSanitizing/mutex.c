#define _GNU_SOURCE
#include "ThreadSanitizing.h"

// Swift's `Mutex` locks in the caller's code where nobody waits, which the thread sanitizer sees. Where somebody waits
// it calls Swift's library (6.3, on Linux), which is not built for the sanitizer: every lock that was waited for would
// look like none, and what it guards like a race. These two stand before the library's own and add, on the mutex's
// word, the atomic steps that the sanitizer missed. Without the sanitizer this file is empty.
#if defined(__has_feature) && __has_feature(thread_sanitizer)
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef __attribute__((swiftcall)) void locking(uint32_t thread, __attribute__((swift_context)) uint32_t *word);
typedef __attribute__((swiftcall)) void unlocking(__attribute__((swift_context)) uint32_t *word);

locking lock_slow __asm__(LOCK);
unlocking unlock_slow __asm__(UNLOCK);

static void *library(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

__attribute__((swiftcall)) void lock_slow(uint32_t thread, __attribute__((swift_context)) uint32_t *word) {
    ((locking *)library(LOCK))(thread, word);
    (void)__atomic_load_n(word, __ATOMIC_ACQUIRE);
}

__attribute__((swiftcall)) void unlock_slow(__attribute__((swift_context)) uint32_t *word) {
    __atomic_fetch_or(word, 0, __ATOMIC_RELEASE);
    ((unlocking *)library(UNLOCK))(word);
}
#endif
