// FFmpeg's public headers, and beside them what Swift cannot import of FFmpeg: macros made of casts and function
// calls, and the log callback, whose argument list (va_list) has no Swift type on every system.
#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/imgutils.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/sha.h>
#include <libavutil/stereo3d.h>
#include <libavutil/timecode.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

// AVERROR() of what libav's calls answer in normal operation: "no output yet" and "the end".
static const int sv_error_again = AVERROR(EAGAIN);
static const int sv_error_end_of_file = AVERROR_EOF;
static const int sv_error_invalid_data = AVERROR_INVALIDDATA;
static const int sv_error_invalid_argument = AVERROR(EINVAL);
static const int sv_error_no_memory = AVERROR(ENOMEM);
static const int sv_error_not_implemented = AVERROR_PATCHWELCOME;

// "No timestamp".
static const int64_t sv_no_timestamp = AV_NOPTS_VALUE;

// What QuickTime calls a track of text.
static const uint32_t sv_tag_text = MKTAG('t', 'e', 'x', 't');

// A track of time codes.
static const uint32_t sv_tag_timecode = MKTAG('t', 'm', 'c', 'd');

// HEVC whose parameters lie in the container's head alone.
static const uint32_t sv_tag_hvc1 = MKTAG('h', 'v', 'c', '1');

// What a log line is handed to: its level and its text, which is valid during the call only.
typedef void (*sv_log_sink)(int level, const char *line);

// Keeps the sink in a static local: call from one place of one file only, for each C or Swift file that inlines a
// static function has its own statics.
static inline sv_log_sink *sv_log_sink_place(void) {
    static sv_log_sink sink;
    return &sink;
}

static inline void sv_log_callback(void *context, int level, const char *format, va_list arguments) {
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
