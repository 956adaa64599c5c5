// dladdr is GNU's.
#define _GNU_SOURCE
#include <dlfcn.h>

#include "CKernels.h"

const char *stylevideo_origin(const char *function) {
    Dl_info found;
    void *address = dlsym(RTLD_DEFAULT, function);
    return address && dladdr(address, &found) ? found.dli_fname : 0;
}
