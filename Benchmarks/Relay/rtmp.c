/* RTMP 1.0, as much of it as publishing to and playing from nginx-rtmp needs: the simple handshake, chunks, and three
 * commands in AMF0. Answers are not waited for; the server takes them in order. */
#define _GNU_SOURCE
#include "load.h"

#include <stdlib.h>
#include <string.h>

enum { HANDSHAKE = 1536, OUT_CHUNK = 1 << 17, SET_CHUNK_SIZE = 1, AUDIO_MESSAGE = 8, VIDEO_MESSAGE = 9, COMMAND = 20 };

struct text {
    uint8_t bytes[512];
    size_t count;
};

static void put(struct text *text, const void *bytes, size_t count) {
    memcpy(text->bytes + text->count, bytes, count);
    text->count += count;
}

static void put_key(struct text *text, const char *key) {
    uint8_t length[2] = {0, (uint8_t)strlen(key)};
    put(text, length, 2);
    put(text, key, strlen(key));
}

static void put_string(struct text *text, const char *value) {
    put(text, "\x02", 1);
    put_key(text, value);
}

static void put_number(struct text *text, double value) {
    uint8_t bytes[9] = {0}, *raw = (uint8_t *)&value;
    for (int i = 0; i < 8; i++) bytes[1 + i] = raw[7 - i];
    put(text, bytes, 9);
}

static void put_null(struct text *text) { put(text, "\x05", 1); }

/* One message in one chunk, with a full header. */
static size_t header(uint8_t *bytes, int stream, int type, size_t length, uint32_t time, int message_stream) {
    uint8_t made[12] = {(uint8_t)stream, (uint8_t)(time >> 16), (uint8_t)(time >> 8), (uint8_t)time, (uint8_t)(length >> 16),
        (uint8_t)(length >> 8), (uint8_t)length, (uint8_t)type, (uint8_t)message_stream, 0, 0, 0};
    memcpy(bytes, made, 12);
    return 12;
}

static void send_text(struct connection *connection, const struct text *text, int message_stream) {
    uint8_t bytes[12 + sizeof text->bytes];
    size_t at = header(bytes, 3, COMMAND, text->count, 0, message_stream);
    memcpy(bytes + at, text->bytes, text->count);
    connection_send(connection, bytes, at + text->count);
}

void rtmp_begin(struct connection *connection, const char *name) {
    static uint8_t hello[1 + 2 * HANDSHAKE] = {3};
    connection_send(connection, hello, sizeof hello);
    connection->handshake_left = 1 + 2 * HANDSHAKE;
    connection->chunk_size = 128;
    connection->streams = calloc(RTMP_STREAMS, sizeof *connection->streams);
    if (!connection->streams) die("calloc");
    uint8_t chunk[16];
    size_t at = header(chunk, 2, SET_CHUNK_SIZE, 4, 0, 0);
    memcpy(chunk + at, (uint8_t[]){OUT_CHUNK >> 24, OUT_CHUNK >> 16 & 255, OUT_CHUNK >> 8 & 255, OUT_CHUNK & 255}, 4);
    connection_send(connection, chunk, at + 4);

    struct text text = {.count = 0};
    put_string(&text, "connect");
    put_number(&text, 1);
    put(&text, "\x03", 1);
    put_key(&text, "app");
    put_string(&text, "live");
    put(&text, "\0\0\x09", 3);
    send_text(connection, &text, 0);
    text.count = 0;
    put_string(&text, "createStream");
    put_number(&text, 2);
    put_null(&text);
    send_text(connection, &text, 0);
    text.count = 0;
    put_string(&text, connection->publishes ? "publish" : "play");
    put_number(&text, 3);
    put_null(&text);
    put_string(&text, name);
    if (connection->publishes) put_string(&text, "live");
    send_text(connection, &text, 1);
    connection->tracks[VIDEO] = 1;
    connection->tracks[AUDIO] = 2;
}

void rtmp_publish(struct connection *connection, int kind) {
    static uint8_t bytes[12 + 5 + LARGEST_PAYLOAD];
    size_t tag = kind == VIDEO ? 5 : 2;
    int is_keyframe;
    uint32_t time = connection->stream.count[kind] * (kind == VIDEO ? 100 : 60) / 3;
    size_t size = tag + stream_payload(&connection->stream, kind, bytes + 12 + tag, &is_keyframe);
    header(bytes, kind == VIDEO ? 6 : 4, kind == VIDEO ? VIDEO_MESSAGE : AUDIO_MESSAGE, size, time, 1);
    memcpy(bytes + 12, kind == VIDEO ? (uint8_t[]){is_keyframe ? 0x17 : 0x27, 1, 0, 0, 0} : (uint8_t[]){0xAF, 1}, tag);
    connection_send(connection, bytes, 12 + size);
}

static void take_message(struct connection *connection, struct message *message) {
    if (message->type == SET_CHUNK_SIZE && message->length == 4)
        connection->chunk_size = (uint32_t)message->head[0] << 24 | (uint32_t)message->head[1] << 16 |
            (uint32_t)message->head[2] << 8 | message->head[3];
    int kind = message->type == VIDEO_MESSAGE ? VIDEO : AUDIO;
    size_t tag = kind == VIDEO ? 5 : 2;
    if ((message->type != VIDEO_MESSAGE && message->type != AUDIO_MESSAGE) || message->length <= tag + STAMP) return;
    measure_packet(connection, (uint32_t)kind + 1, kind, kind == AUDIO || message->head[0] >> 4 == 1,
        message->head + tag + (kind == VIDEO ? STAMP_IN_VIDEO : STAMP_IN_AUDIO), message->length - tag);
}

/* Returns 1 when a chunk's header is complete. */
static int take_header(struct connection *connection) {
    static const uint32_t sizes[] = {12, 8, 4, 1};
    const uint8_t *bytes = connection->header;
    uint32_t format = bytes[0] >> 6, size = sizes[format];
    if (connection->header_bytes < size) return 0;
    if (format < 3 && bytes[1] == 255 && bytes[2] == 255 && bytes[3] == 255) size += 4;
    if (connection->header_bytes < size) return 0;
    connection->chunk_stream = bytes[0] & 63;
    if (connection->chunk_stream >= RTMP_STREAMS) die("an unexpected RTMP chunk stream");
    struct message *message = &connection->streams[connection->chunk_stream];
    if (format < 2) {
        message->length = (uint32_t)bytes[4] << 16 | (uint32_t)bytes[5] << 8 | bytes[6];
        message->type = bytes[7];
    }
    uint32_t left = message->length - message->done;
    connection->chunk_left = left < connection->chunk_size ? left : connection->chunk_size;
    return 1;
}

void rtmp_received(struct connection *connection, const uint8_t *bytes, size_t count) {
    size_t skipped = connection->handshake_left < count ? connection->handshake_left : count;
    connection->handshake_left -= (uint32_t)skipped;
    bytes += skipped;
    count -= skipped;
    while (count) {
        if (!connection->chunk_left) {
            connection->header[connection->header_bytes++] = *bytes++;
            count--;
            if (!take_header(connection)) continue;
            connection->header_bytes = 0;
        }
        struct message *message = &connection->streams[connection->chunk_stream];
        size_t part = connection->chunk_left < count ? connection->chunk_left : count;
        if (message->done < HEAD) memcpy(message->head + message->done, bytes, part < HEAD - message->done ? part : HEAD - message->done);
        message->done += (uint32_t)part;
        connection->chunk_left -= (uint32_t)part;
        bytes += part;
        count -= part;
        if (message->done == message->length) {
            take_message(connection, message);
            message->done = 0;
        }
    }
}
