// What Swift cannot import of V4L2 by itself: macros, variadic functions, and unions where an accessor reads better.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// Requests.
static const unsigned long convene_vidioc_querycap = VIDIOC_QUERYCAP;
static const unsigned long convene_vidioc_enum_fmt = VIDIOC_ENUM_FMT;
static const unsigned long convene_vidioc_enum_framesizes = VIDIOC_ENUM_FRAMESIZES;
static const unsigned long convene_vidioc_enum_frameintervals = VIDIOC_ENUM_FRAMEINTERVALS;
static const unsigned long convene_vidioc_g_fmt = VIDIOC_G_FMT;
static const unsigned long convene_vidioc_s_fmt = VIDIOC_S_FMT;
static const unsigned long convene_vidioc_g_parm = VIDIOC_G_PARM;
static const unsigned long convene_vidioc_s_parm = VIDIOC_S_PARM;
static const unsigned long convene_vidioc_queryctrl = VIDIOC_QUERYCTRL;
static const unsigned long convene_vidioc_querymenu = VIDIOC_QUERYMENU;
static const unsigned long convene_vidioc_g_ctrl = VIDIOC_G_CTRL;
static const unsigned long convene_vidioc_s_ctrl = VIDIOC_S_CTRL;
static const unsigned long convene_vidioc_reqbufs = VIDIOC_REQBUFS;
static const unsigned long convene_vidioc_querybuf = VIDIOC_QUERYBUF;
static const unsigned long convene_vidioc_qbuf = VIDIOC_QBUF;
static const unsigned long convene_vidioc_dqbuf = VIDIOC_DQBUF;
static const unsigned long convene_vidioc_streamon = VIDIOC_STREAMON;
static const unsigned long convene_vidioc_streamoff = VIDIOC_STREAMOFF;

// Pixel formats that have a meaning here.
static const uint32_t convene_pix_fmt_yu12 = V4L2_PIX_FMT_YUV420;
static const uint32_t convene_pix_fmt_nv12 = V4L2_PIX_FMT_NV12;
static const uint32_t convene_pix_fmt_yuyv = V4L2_PIX_FMT_YUYV;
static const uint32_t convene_pix_fmt_uyvy = V4L2_PIX_FMT_UYVY;
static const uint32_t convene_pix_fmt_422p = V4L2_PIX_FMT_YUV422P;
static const uint32_t convene_pix_fmt_rgb3 = V4L2_PIX_FMT_RGB24;
static const uint32_t convene_pix_fmt_abgr32 = V4L2_PIX_FMT_ABGR32;
static const uint32_t convene_pix_fmt_xbgr32 = V4L2_PIX_FMT_XBGR32;
static const uint32_t convene_pix_fmt_grey = V4L2_PIX_FMT_GREY;
static const uint32_t convene_pix_fmt_mjpeg = V4L2_PIX_FMT_MJPEG;
static const uint32_t convene_pix_fmt_jpeg = V4L2_PIX_FMT_JPEG;
static const uint32_t convene_pix_fmt_h264 = V4L2_PIX_FMT_H264;

// Capabilities, flags and enumerators.
static const uint32_t convene_cap_video_capture = V4L2_CAP_VIDEO_CAPTURE;
static const uint32_t convene_cap_streaming = V4L2_CAP_STREAMING;
static const uint32_t convene_cap_device_caps = V4L2_CAP_DEVICE_CAPS;
static const uint32_t convene_cap_timeperframe = V4L2_CAP_TIMEPERFRAME;
static const uint32_t convene_fmt_flag_emulated = V4L2_FMT_FLAG_EMULATED;
static const uint32_t convene_fmt_flag_compressed = V4L2_FMT_FLAG_COMPRESSED;
static const uint32_t convene_buf_type_video_capture = V4L2_BUF_TYPE_VIDEO_CAPTURE;
static const uint32_t convene_memory_mmap = V4L2_MEMORY_MMAP;
static const uint32_t convene_field_none = V4L2_FIELD_NONE;
static const uint32_t convene_frmsize_discrete = V4L2_FRMSIZE_TYPE_DISCRETE;
static const uint32_t convene_frmival_discrete = V4L2_FRMIVAL_TYPE_DISCRETE;
static const uint32_t convene_buf_flag_error = V4L2_BUF_FLAG_ERROR;
static const uint32_t convene_buf_flag_timestamp_mask = V4L2_BUF_FLAG_TIMESTAMP_MASK;
static const uint32_t convene_buf_flag_timestamp_monotonic = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
static const uint32_t convene_ctrl_flag_next_ctrl = V4L2_CTRL_FLAG_NEXT_CTRL;
static const uint32_t convene_ctrl_flag_disabled = V4L2_CTRL_FLAG_DISABLED;
static const uint32_t convene_ctrl_flag_grabbed = V4L2_CTRL_FLAG_GRABBED;
static const uint32_t convene_ctrl_flag_read_only = V4L2_CTRL_FLAG_READ_ONLY;
static const uint32_t convene_ctrl_flag_inactive = V4L2_CTRL_FLAG_INACTIVE;
static const uint32_t convene_ctrl_flag_write_only = V4L2_CTRL_FLAG_WRITE_ONLY;
static const uint32_t convene_ctrl_type_integer = V4L2_CTRL_TYPE_INTEGER;
static const uint32_t convene_ctrl_type_boolean = V4L2_CTRL_TYPE_BOOLEAN;
static const uint32_t convene_ctrl_type_menu = V4L2_CTRL_TYPE_MENU;
static const uint32_t convene_ctrl_type_button = V4L2_CTRL_TYPE_BUTTON;
static const uint32_t convene_ctrl_type_class = V4L2_CTRL_TYPE_CTRL_CLASS;
static const uint32_t convene_ctrl_type_bitmask = V4L2_CTRL_TYPE_BITMASK;
static const uint32_t convene_ctrl_type_integer_menu = V4L2_CTRL_TYPE_INTEGER_MENU;

// v4l2_ioctl() has variable arguments. Repeated while a signal interrupts it; 0, or the errno.
static inline int convene_v4l2_ioctl(int device, unsigned long request, void *argument) {
    int result;
    do {
        result = v4l2_ioctl(device, request, argument);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

// The library is told of a device that open(2) opened; errno is the reason where the result is negative.
static inline int convene_v4l2_open(const char *path) {
    return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}
static inline int convene_v4l2_adopt(int device, int with_conversion) {
    return v4l2_fd_open(device, with_conversion ? 0 : V4L2_DISABLE_CONVERSION);
}
static inline int convene_raw_ioctl(int device, unsigned long request, void *argument) {
    return ioctl(device, request, argument) < 0 ? errno : 0;
}
// libv4l2 writes what fails to stderr unless it has a file of its own.
static inline void convene_v4l2_silence(void) {
    if (!v4l2_log_file) v4l2_log_file = fopen("/dev/null", "we");
}
static inline int convene_is_map_failed(const void *address) { return address == MAP_FAILED; }
static inline int convene_is_character_device(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISCHR(status.st_mode);
}

// Whether luma (or RGB) uses all 256 values, by V4L2's own defaults where the driver leaves it open.
static inline int convene_is_full_range(const struct v4l2_pix_format *format, int is_rgb) {
    uint32_t quantization = format->quantization;
    if (quantization == V4L2_QUANTIZATION_DEFAULT)
        quantization = V4L2_MAP_QUANTIZATION_DEFAULT(is_rgb, format->colorspace, format->ycbcr_enc);
    return quantization == V4L2_QUANTIZATION_FULL_RANGE;
}

// Unions.
static inline struct v4l2_pix_format *convene_pix(struct v4l2_format *format) { return &format->fmt.pix; }
static inline struct v4l2_captureparm *convene_capture(struct v4l2_streamparm *parameters) {
    return &parameters->parm.capture;
}
static inline uint32_t convene_buffer_offset(const struct v4l2_buffer *buffer) { return buffer->m.offset; }
static inline int64_t convene_menu_value(const struct v4l2_querymenu *item) { return item->value; }

// Fixed-size text fields, which need not end in a zero: copied into `text` (size + 1 bytes) with one.
static inline void convene_copy_text(char *text, const void *field, size_t size) {
    memcpy(text, field, size);
    text[size] = 0;
}
