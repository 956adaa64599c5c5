// FFmpeg's public headers, and beside them what Swift cannot import of FFmpeg: macros made of casts and function
// calls, and the log callback, whose argument list (va_list) has no Swift type on every system.
#pragma once
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/imgutils.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/sha.h>
#include <libavutil/stereo3d.h>
#include <libavutil/timecode.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <string.h>

// AVERROR() of what libav's calls answer in normal operation: "no output yet" and "the end".
static const int sv_error_again = AVERROR(EAGAIN);
static const int sv_error_end_of_file = AVERROR_EOF;
static const int sv_error_invalid_data = AVERROR_INVALIDDATA;
static const int sv_error_invalid_argument = AVERROR(EINVAL);
static const int sv_error_no_memory = AVERROR(ENOMEM);
static const int sv_error_not_implemented = AVERROR_PATCHWELCOME;
static const int sv_error_bug = AVERROR_BUG;
static const int sv_error_bug_too = AVERROR_BUG2;
// One of our own: what was read can be decoded by nobody without its key.
static const int sv_error_encrypted = FFERRTAG('s', 'v', 'E', 'N');

// "No timestamp".
static const int64_t sv_no_timestamp = AV_NOPTS_VALUE;

// What QuickTime calls a track of text.
static const uint32_t sv_tag_text = MKTAG('t', 'e', 'x', 't');

// What QuickTime calls a track that a store has encrypted.
static const uint32_t sv_tag_drmi = MKTAG('d', 'r', 'm', 'i');

// A track of time codes.
static const uint32_t sv_tag_timecode = MKTAG('t', 'm', 'c', 'd');

// HEVC whose parameters lie in the container's head alone.
static const uint32_t sv_tag_hvc1 = MKTAG('h', 'v', 'c', '1');

// What a log line is handed to: its level and its text, which is valid during the call only.
typedef void (*sv_log_sink)(int level, const char *line);

// What is noted of a decoder: the picture that its new ones begin with, and how many errors it has logged.
typedef struct sv_decoder_notes {
    AVFrame *ground;
    int errors;
} sv_decoder_notes;

static inline sv_decoder_notes *sv_notes(AVCodecContext *decoder) {
    return decoder ? (sv_decoder_notes *)decoder->opaque : NULL;
}

// How often a container has been found broken, and how far it had been read then: at the first times, and the last.
enum { sv_places_of_breaks = 1024 };
typedef struct sv_container_notes {
    int breaks;
    int64_t places[sv_places_of_breaks];
} sv_container_notes;

static inline void sv_note_break(AVFormatContext *container) {
    sv_container_notes *notes = (sv_container_notes *)container->opaque;
    if (!notes) return;
    int place = notes->breaks < sv_places_of_breaks ? notes->breaks : sv_places_of_breaks - 1;
    notes->places[place] = container->pb ? avio_tell(container->pb) : 0;
    notes->breaks++;
}

// libav tells of a broken container in its log alone; of transport streams' counters, of what it passes over to find
// a NUT's next mark, and of pieces of an ASF's packets without the others, below the level "error".
static inline int sv_is_break(int level, const char *format) {
    static const char *const lines[] = {"Packet corrupt", "Continuity check failed", "syncing from",
                                        "skipping asf data pkt", "freeing incomplete packet"};
    int is_break = (level & 0xff) <= AV_LOG_ERROR;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        is_break = is_break || !strncmp(format, lines[i], strlen(lines[i]));
    return is_break;
}

// Errors since the last call.
static inline int sv_take_errors(sv_decoder_notes *notes) {
    return __atomic_exchange_n(&notes->errors, 0, __ATOMIC_RELAXED);
}

// Has a decoder noted.
static inline void sv_note(AVCodecContext *decoder, sv_decoder_notes *notes) { decoder->opaque = notes; }

// Has a decoder's pictures made by a function that may be called on any of its threads.
static inline void sv_make_pictures(AVCodecContext *decoder, int (*get_buffer)(AVCodecContext *, AVFrame *, int)) {
    decoder->get_buffer2 = get_buffer;
#if LIBAVCODEC_VERSION_MAJOR < 60
    decoder->thread_safe_callbacks = 1;
#endif
}

// Whether a decoder's line tells of a loss. What a camera has written beside its pictures (MJPEG's APP fields) is none,
// nor what libav itself calls a warning: it says so of each first frame of H.261, as an error.
static inline int sv_is_loss(int level, const char *format) {
    return (level & 0xff) <= AV_LOG_ERROR && strncmp(format, "unable to decode APP fields", 27) &&
           strncmp(format, "warning:", 8);
}

// Keeps the sink in a static local: call from one place of one file only, for each C or Swift file that inlines a
// static function has its own statics.
static inline sv_log_sink *sv_log_sink_place(void) {
    static sv_log_sink sink;
    return &sink;
}

static inline void sv_log_callback(void *context, int level, const char *format, va_list arguments) {
    // The contexts of a decoder's threads have its opaque pointer.
    if (context && *(const AVClass **)context == avcodec_get_class() && sv_is_loss(level, format)) {
        sv_decoder_notes *notes = sv_notes((AVCodecContext *)context);
        if (notes) __atomic_fetch_add(&notes->errors, 1, __ATOMIC_RELAXED);
    }
    if (context && *(const AVClass **)context == avformat_get_class() && sv_is_break(level, format)) {
        sv_note_break((AVFormatContext *)context);
    }
    sv_log_sink sink = *sv_log_sink_place();
    if (!sink || (level & 0xff) > AV_LOG_VERBOSE) return;
    char line[1024];
    int prefix = 1;
    av_log_format_line2(context, level, format, arguments, line, sizeof line, &prefix);
    sink(level & 0xff, line);
}

// Sends libav's own log, up to "verbose", to a function in place of standard error.
static inline void sv_install_log(sv_log_sink sink) {
    *sv_log_sink_place() = sink;
    av_log_set_callback(sv_log_callback);
}

// Adds a chapter to a file about to be written; libavformat keeps its own function for it private and frees what is
// listed here with the context. 0, or an error code.
static inline int sv_add_chapter(AVFormatContext *output, int64_t id, AVRational time_base, int64_t start, int64_t end,
                                 const char *title) {
    AVChapter *chapter = (AVChapter *)av_mallocz(sizeof *chapter);
    AVChapter **chapters = (AVChapter **)av_realloc_array(output->chapters, output->nb_chapters + 1, sizeof *chapters);
    if (chapters) output->chapters = chapters;
    if (!chapter || !chapters) {
        av_free(chapter);
        return AVERROR(ENOMEM);
    }
    chapter->id = id;
    chapter->time_base = time_base;
    chapter->start = start;
    chapter->end = end;
    if (title) av_dict_set(&chapter->metadata, "title", title, 0);
    chapters[output->nb_chapters++] = chapter;
    return 0;
}
