// Headers of the libraries that read pictures, and beside them what Swift cannot do for these: a jump out of libjpeg,
// and handlers whose argument list (va_list) has no Swift type on every system.
#pragma once
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <jpeglib.h>
#include <lcms2.h>
#include <libheif/heif.h>
#include <tiffio.h>
#include <webp/decode.h>
#include <webp/demux.h>

// A TIFF file in memory, and what libtiff said last of it.
typedef struct {
    const uint8_t *bytes;
    uint64_t count, place;
    char said[256];
} sv_tiff_memory;

static inline tmsize_t sv_tiff_read(thandle_t handle, void *to, tmsize_t count) {
    sv_tiff_memory *memory = (sv_tiff_memory *)handle;
    uint64_t left = memory->place < memory->count ? memory->count - memory->place : 0;
    if ((uint64_t)count > left) count = (tmsize_t)left;
    memcpy(to, memory->bytes + memory->place, (size_t)count);
    memory->place += (uint64_t)count;
    return count;
}

static inline tmsize_t sv_tiff_write(thandle_t handle, void *from, tmsize_t count) { return -1; }

static inline toff_t sv_tiff_seek(thandle_t handle, toff_t offset, int whence) {
    sv_tiff_memory *memory = (sv_tiff_memory *)handle;
    uint64_t start = whence == SEEK_CUR ? memory->place : whence == SEEK_END ? memory->count : 0;
    return memory->place = start + offset;
}

static inline int sv_tiff_close(thandle_t handle) { return 0; }
static inline toff_t sv_tiff_size(thandle_t handle) { return ((sv_tiff_memory *)handle)->count; }

static inline int sv_tiff_map(thandle_t handle, void **base, toff_t *size) {
    sv_tiff_memory *memory = (sv_tiff_memory *)handle;
    *base = (void *)memory->bytes;
    *size = memory->count;
    return 1;
}

static inline void sv_tiff_unmap(thandle_t handle, void *base, toff_t size) {}

static inline int sv_tiff_say(TIFF *file, void *memory, const char *module, const char *format, va_list arguments) {
    char *said = ((sv_tiff_memory *)memory)->said;
    vsnprintf(said, sizeof ((sv_tiff_memory *)memory)->said, format, arguments);
    return 1;
}

// Of warnings those of the decoders tell of pixels; the others of what is written beside them.
static inline int sv_tiff_warn(TIFF *file, void *memory, const char *module, const char *format, va_list arguments) {
    static const char *decoders[] = {"JPEG", "Fax", "LZW", "ZIP", "Pixar", "PackBits"};
    for (size_t i = 0; module && i < sizeof decoders / sizeof *decoders; i++)
        if (!strncmp(module, decoders[i], strlen(decoders[i])))
            return sv_tiff_say(file, memory, module, format, arguments);
    return 1;
}

// Opens a file whose memory stays where it is until TIFFClose.
static inline TIFF *sv_tiff_open(sv_tiff_memory *memory, tmsize_t most_memory) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, most_memory);
    TIFFOpenOptionsSetErrorHandlerExtR(options, sv_tiff_say, memory);
    TIFFOpenOptionsSetWarningHandlerExtR(options, sv_tiff_warn, memory);
    TIFF *file = TIFFClientOpenExt("picture", "r", memory, sv_tiff_read, sv_tiff_write, sv_tiff_seek, sv_tiff_close,
                                   sv_tiff_size, sv_tiff_map, sv_tiff_unmap, options);
    TIFFOpenOptionsFree(options);
    return file;
}

// libjpeg's errors jump out of it. Between the jump and its mark no frame but libjpeg's own may lie.
typedef struct {
    struct jpeg_error_mgr errors;
    jmp_buf out;
    char said[JMSG_LENGTH_MAX];
    int warnings;
} sv_jpeg_errors;

static inline void sv_jpeg_end(j_common_ptr state) {
    sv_jpeg_errors *errors = (sv_jpeg_errors *)state->err;
    state->err->format_message(state, errors->said);
    longjmp(errors->out, 1);
}

static inline void sv_jpeg_note(j_common_ptr state, int level) {
    sv_jpeg_errors *errors = (sv_jpeg_errors *)state->err;
    if (level >= 0) return;
    if (errors->warnings++ == 0) state->err->format_message(state, errors->said);
}

typedef struct {
    struct jpeg_decompress_struct state;
    sv_jpeg_errors errors;
} sv_jpeg;

// Each answers 0 where libjpeg jumped out; errors.said then says why. Not to be inlined: setjmp returns twice.
__attribute__((noinline)) static int sv_jpeg_open(sv_jpeg *jpeg, const uint8_t *bytes, unsigned long count) {
    memset(jpeg, 0, sizeof *jpeg);
    jpeg->state.err = jpeg_std_error(&jpeg->errors.errors);
    jpeg->errors.errors.error_exit = sv_jpeg_end;
    jpeg->errors.errors.emit_message = sv_jpeg_note;
    if (setjmp(jpeg->errors.out)) return 0;
    jpeg_create_decompress(&jpeg->state);
    jpeg_mem_src(&jpeg->state, bytes, count);
    jpeg_read_header(&jpeg->state, TRUE);
    return 1;
}

__attribute__((noinline)) static int sv_jpeg_start(sv_jpeg *jpeg, unsigned divisor, J_COLOR_SPACE space) {
    if (setjmp(jpeg->errors.out)) return 0;
    jpeg->state.out_color_space = space;
    jpeg->state.scale_num = 1;
    jpeg->state.scale_denom = divisor;
    return jpeg_start_decompress(&jpeg->state);
}

__attribute__((noinline)) static int sv_jpeg_row(sv_jpeg *jpeg, uint8_t *row) {
    if (setjmp(jpeg->errors.out)) return 0;
    return (int)jpeg_read_scanlines(&jpeg->state, &row, 1);
}

static inline void sv_jpeg_close(sv_jpeg *jpeg) { jpeg_destroy_decompress(&jpeg->state); }
