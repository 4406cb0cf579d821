// What Swift cannot import of FFmpeg by itself: macros, and functions with variable arguments.
#pragma once

#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/sha.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

// Error codes that the code tells apart.
static const int convene_averror_eof = AVERROR_EOF;
static const int convene_averror_again = AVERROR(EAGAIN);
static const int convene_averror_nomem = AVERROR(ENOMEM);
static const int convene_averror_invaliddata = AVERROR_INVALIDDATA;
static const int convene_averror_exit = AVERROR_EXIT;
static inline int convene_averror(int errno_value) { return AVERROR(errno_value); }
static inline int convene_errno(int averror) { return AVUNERROR(averror); }

static const int64_t convene_nopts = AV_NOPTS_VALUE;
// libavdevice is loaded when a device is opened, not with the program: it brings 80 other libraries with it.
static const int convene_avdevice_major = LIBAVDEVICE_VERSION_MAJOR;
typedef void (*convene_avdevice_register)(void);
typedef int (*convene_avdevice_list)(const AVInputFormat *, const char *, AVDictionary *, AVDeviceInfoList **);
typedef void (*convene_avdevice_free)(AVDeviceInfoList **);

static const int convene_input_padding = AV_INPUT_BUFFER_PADDING_SIZE;
static const int convene_log_quiet = AV_LOG_QUIET;

// av_log() and its va_list, turned into one call with the finished line.
typedef void (*convene_log_sink)(int level, const char *line);
static inline convene_log_sink *convene_log_slot(void) {
    static convene_log_sink sink;
    return &sink;
}
static inline void convene_log_callback(void *owner, int level, const char *format, va_list arguments) {
    if (level > av_log_get_level() || !*convene_log_slot()) return;
    char line[1024];
    int print_prefix = 1;
    av_log_format_line2(owner, level, format, arguments, line, sizeof line, &print_prefix);
    (*convene_log_slot())(level, line);
}
static inline void convene_set_log_sink(convene_log_sink sink, int level) {
    *convene_log_slot() = sink;
    av_log_set_level(level);
    av_log_set_callback(convene_log_callback);
}
