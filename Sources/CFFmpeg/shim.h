// What Swift cannot import of FFmpeg by itself: macros, and functions with variable arguments. And the settings of the
// allocator that FFmpeg takes its memory from, which Swift's module of the C library lacks.
#pragma once

#include <dlfcn.h>
#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/cpu.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/md5.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/sha.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <malloc.h>

// Error codes that the code tells apart.
static const int convene_averror_eof = AVERROR_EOF;
static const int convene_averror_again = AVERROR(EAGAIN);
static const int convene_averror_nomem = AVERROR(ENOMEM);
static const int convene_averror_invaliddata = AVERROR_INVALIDDATA;
static const int convene_averror_exit = AVERROR_EXIT;
static const int convene_averror_unknown = AVERROR_UNKNOWN;
static inline int convene_averror(int errno_value) { return AVERROR(errno_value); }
static inline int convene_errno(int averror) { return AVUNERROR(averror); }

static const int64_t convene_nopts = AV_NOPTS_VALUE;
static const int convene_buffersrc_flags = AV_BUFFERSRC_FLAG_KEEP_REF | AV_BUFFERSRC_FLAG_PUSH;
// libavdevice is loaded when a device is opened, not with the program: it brings 80 other libraries with it.
static const int convene_avdevice_major = LIBAVDEVICE_VERSION_MAJOR;
typedef void (*convene_avdevice_register)(void);
typedef int (*convene_avdevice_list)(const AVInputFormat *, const char *, AVDictionary *, AVDeviceInfoList **);
typedef void (*convene_avdevice_free)(AVDeviceInfoList **);

// libavfilter too: it brings 160 libraries. What is used of it, found by name in the loaded library.
static const int convene_avfilter_major = LIBAVFILTER_VERSION_MAJOR;
typedef struct convene_avfilter {
    __typeof__(avfilter_graph_alloc) *graph_alloc;
    __typeof__(avfilter_graph_free) *graph_free;
    __typeof__(avfilter_graph_parse_ptr) *graph_parse_ptr;
    __typeof__(avfilter_graph_config) *graph_config;
    __typeof__(avfilter_get_by_name) *get_by_name;
    __typeof__(avfilter_graph_create_filter) *graph_create_filter;
    __typeof__(avfilter_inout_alloc) *inout_alloc;
    __typeof__(avfilter_inout_free) *inout_free;
    __typeof__(avfilter_version) *version;
    __typeof__(av_buffersrc_add_frame_flags) *add_frame_flags;
    __typeof__(av_buffersink_get_frame_flags) *get_frame_flags;
    __typeof__(av_buffersink_set_frame_size) *set_frame_size;
    __typeof__(av_buffersink_get_time_base) *get_time_base;
} convene_avfilter;
static inline int convene_avfilter_load(void *handle, convene_avfilter *table) {
    void **slots = (void **)table;
    static const char *const names[] = {
        "avfilter_graph_alloc", "avfilter_graph_free", "avfilter_graph_parse_ptr", "avfilter_graph_config",
        "avfilter_get_by_name", "avfilter_graph_create_filter", "avfilter_inout_alloc", "avfilter_inout_free",
        "avfilter_version", "av_buffersrc_add_frame_flags", "av_buffersink_get_frame_flags",
        "av_buffersink_set_frame_size", "av_buffersink_get_time_base",
    };
    for (size_t index = 0; index < sizeof names / sizeof *names; index++)
        if (!(slots[index] = dlsym(handle, names[index]))) return 0;
    return 1;
}

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

// ALSA writes its complaints to standard error by itself. The library comes with libavdevice, which says them again.
typedef void (*convene_alsa_handler)(const char *, int, const char *, int, const char *, ...);
static inline void convene_alsa_quiet(const char *file, int line, const char *function, int error, const char *format, ...) {
    (void)file, (void)line, (void)function, (void)error, (void)format;
}
static inline void convene_silence_alsa(void) {
    void *library = dlopen("libasound.so.2", RTLD_NOW | RTLD_NOLOAD);
    if (!library) return;
    int (*set)(convene_alsa_handler) = (int (*)(convene_alsa_handler))dlsym(library, "snd_lib_error_set_handler");
    if (set) set(convene_alsa_quiet);
}
