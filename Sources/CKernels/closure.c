#include "CKernels.h"

// A closure that does not escape can be handed to another thread for as long as the call that received it lasts, but
// Swift's own way to say so (`withoutActuallyEscaping`) allocates a copy each time: some 400 a frame. Its two words are
// borrowed here instead.

typedef void (*body_of_two)(long, long, __attribute__((swift_context)) void *) __attribute__((swiftcall));

// Declared in Swift as taking the closure itself.
__attribute__((swiftcall)) stylevideo_closure stylevideo_closure_words(const void *function, const void *context) {
    return (stylevideo_closure){function, context};
}

void stylevideo_call(stylevideo_closure body, long item, long worker) {
    ((body_of_two)body.function)(item, worker, (void *)body.context);
}
