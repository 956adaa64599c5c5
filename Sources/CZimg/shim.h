// zimg's header, and beside it what Swift cannot import of it: a macro with arguments, and an array of structs without
// a name.
#pragma once
#include <zimg.h>

static const unsigned sv_zimg_version = ZIMG_API_VERSION;

static inline void sv_zimg_read(zimg_image_buffer_const *buffer, int plane, const void *data, ptrdiff_t stride,
                                unsigned mask) {
    buffer->plane[plane].data = data;
    buffer->plane[plane].stride = stride;
    buffer->plane[plane].mask = mask;
}

static inline void sv_zimg_write(zimg_image_buffer *buffer, int plane, void *data, ptrdiff_t stride, unsigned mask) {
    buffer->plane[plane].data = data;
    buffer->plane[plane].stride = stride;
    buffer->plane[plane].mask = mask;
}
