#include "CAllocations.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>

// Defined in the program itself, these take the place of the C library's: every library that it loads calls them too.
// Sanitizers bring their own, which must stay.

static atomic_long count, bytes, peak;

long allocation_count(void) { return atomic_load(&count); }
long allocation_bytes(void) { return atomic_load(&bytes); }
long allocation_peak(void) { return atomic_load(&peak); }
void allocation_forget_peak(void) { atomic_store(&peak, atomic_load(&bytes)); }

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

static void *taken(void *memory) {
    atomic_fetch_add(&count, 1);
    if (!memory) return memory;
    long now = atomic_fetch_add(&bytes, (long)malloc_usable_size(memory)) + (long)malloc_usable_size(memory);
    long most = atomic_load(&peak);
    while (now > most && !atomic_compare_exchange_weak(&peak, &most, now)) {}
    return memory;
}

static void given_back(void *memory) {
    if (memory) atomic_fetch_sub(&bytes, (long)malloc_usable_size(memory));
}

void *malloc(size_t size) { return taken(__libc_malloc(size)); }
void *calloc(size_t number, size_t size) { return taken(__libc_calloc(number, size)); }
void *memalign(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }

void *realloc(void *memory, size_t size) {
    given_back(memory);
    return taken(__libc_realloc(memory, size));
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    void *made = __libc_memalign(alignment, size);
    if (!made) return ENOMEM;
    *memory = taken(made);
    return 0;
}

void free(void *memory) {
    given_back(memory);
    __libc_free(memory);
}
#endif
