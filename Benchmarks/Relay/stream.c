/* The stream that every publisher sends, made by rule instead of by an encoder: sizes and structure of 720p30 H.264 at
 * 2.5 Mbit/s, so that recorders take it, and noise where the picture would be. */
#include "load.h"

#include <stdio.h>
#include <string.h>

enum {
    KEYFRAME_EVERY = 60,
    KEYFRAME_BYTES = 60000,
    /* 2.5 Mbit/s less the keyframe, over the 59 other pictures of 2 s */
    PICTURE_BYTES = (2500000 / 8 * 2 - KEYFRAME_BYTES) / 59,
    SOUND_BYTES = 120,
};

/* User data unregistered (H.264 D.2.7): 16 bytes of UUID, then the stamp. */
static const uint8_t stamp_unit[] = {0, 0, 0, 1, 6, 5, 16 + STAMP, 'c', 'o', 'n', 'v', 'e', 'n', 'e', '-', 'b', 'e', 'n', 'c', 'h',
    'm', 'a', 'r'};
/* Parameter sets of 1280x720, constrained baseline, as x264 writes them. */
static const uint8_t parameter_sets[] = {
    0x00, 0x00, 0x00, 0x01, 0x67, 0x42, 0xc0, 0x1f, 0xd9, 0x00, 0x50, 0x05, 0xbb, 0x01, 0x10, 0x00,
    0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83, 0x24, 0x80, 0x00, 0x00, 0x00,
    0x01, 0x68, 0xcb, 0x83, 0xcb, 0x20,
};

void stream_begin(struct stream *stream, int64_t at, unsigned seed) {
    memset(stream, 0, sizeof *stream);
    stream->random = seed * 2654435761u + 1;
    /* Publishers are not in step with one another, nor is sound with pictures. */
    stream->next[VIDEO] = at + (int64_t)(seed * 7919 % 33333) * 1000;
    stream->next[AUDIO] = at + (int64_t)(seed * 104729 % 20000) * 1000;
}

static uint32_t noise(struct stream *stream) {
    stream->random ^= stream->random << 13;
    stream->random ^= stream->random >> 17;
    return stream->random ^= stream->random << 5;
}

static void write_stamp(uint8_t *stamp, uint32_t number) {
    char text[STAMP + 1];
    snprintf(text, sizeof text, "%016llx%08x", (unsigned long long)now(), number);
    memcpy(stamp, text, STAMP);
}

void stream_read_stamp(const uint8_t *stamp, int64_t *time, uint32_t *number) {
    uint64_t value[2] = {0, 0};
    for (int i = 0; i < STAMP; i++) {
        uint8_t digit = stamp[i] <= '9' ? stamp[i] - '0' : stamp[i] - 'a' + 10;
        value[i >= 16] = value[i >= 16] << 4 | (digit & 15);
    }
    *time = (int64_t)value[0];
    *number = (uint32_t)value[1];
}

size_t stream_payload(struct stream *stream, int kind, uint8_t *payload, int *is_keyframe) {
    uint32_t number = stream->count[kind]++;
    if (kind == AUDIO) {
        *is_keyframe = 1;
        stream->next[AUDIO] += 20000000;
        payload[0] = 0xF8; /* Opus, one CELT frame of 20 ms */
        write_stamp(payload + STAMP_IN_AUDIO, number);
        for (size_t i = STAMP_IN_AUDIO + STAMP; i < SOUND_BYTES; i++) payload[i] = (uint8_t)(i * 7 + 1);
        return SOUND_BYTES;
    }
    *is_keyframe = stream->since_keyframe == 0;
    stream->since_keyframe = (stream->since_keyframe + 1) % KEYFRAME_EVERY;
    stream->next[VIDEO] += 1000000000 / 30;
    size_t size = *is_keyframe ? KEYFRAME_BYTES : PICTURE_BYTES * 7 / 10 + noise(stream) % (PICTURE_BYTES * 6 / 10);
    size_t at = sizeof stamp_unit;
    memcpy(payload, stamp_unit, at);
    write_stamp(payload + at, number);
    at += STAMP;
    payload[at++] = 0x80; /* end of the SEI */
    if (*is_keyframe) {
        memcpy(payload + at, parameter_sets, sizeof parameter_sets);
        at += sizeof parameter_sets;
    }
    /* A slice of the whole picture: IDR and I, or P */
    const uint8_t slice[] = {0, 0, 0, 1, *is_keyframe ? 0x65 : 0x41, *is_keyframe ? 0x88 : 0x9A};
    memcpy(payload + at, slice, sizeof slice);
    at += sizeof slice;
    memset(payload + at, 0x5A + (int)(number & 7), size - at);
    return size;
}
