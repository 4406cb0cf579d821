/* Convene's protocol as PROTOCOL.md has it, as much of it as a publisher and a subscriber need; and the floor's, which has the
 * same media frames and no messages. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTROL = 1, MEDIA = 2, MEDIA_HEADER = 28, FRAME_HEADER = 5 };

static void send_control(struct connection *connection, const char *format, ...) {
    char frame[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(frame + FRAME_HEADER, sizeof frame - FRAME_HEADER, format, arguments);
    va_end(arguments);
    uint32_t field = htonl((uint32_t)length + 1);
    memcpy(frame, &field, 4);
    frame[4] = CONTROL;
    connection_send(connection, frame, (size_t)length + FRAME_HEADER);
}

void wire_begin(struct connection *connection) {
    if (options.protocol == FLOOR) {
        char role = connection->publishes && connection->subscribes ? 'B' : connection->publishes ? 'P' : 'S';
        char hello[2] = {role, (char)connection->room};
        connection_send(connection, hello, 2);
        static uint32_t next_track = 1;
        for (int kind = 0; kind < KINDS && connection->publishes; kind++) connection->tracks[kind] = next_track++;
        return;
    }
    send_control(connection, "{\"type\":\"hello\",\"protocol\":1,\"room\":\"bench-%d\",\"name\":\"%s\"}", connection->room,
        connection->publishes ? "publisher" : "viewer");
    if (!connection->publishes) return;
    send_control(connection, "{\"type\":\"publish\",\"ref\":0,\"track\":{\"kind\":\"video\",\"codec\":\"h264\",\"timeBase\":[1,90000],"
        "\"width\":1280,\"height\":720,\"frameRate\":30,\"source\":\"camera\"}}");
    send_control(connection, "{\"type\":\"publish\",\"ref\":1,\"track\":{\"kind\":\"audio\",\"codec\":\"opus\",\"timeBase\":[1,48000],"
        "\"sampleRate\":48000,\"channels\":1,\"source\":\"camera\"}}");
}

void wire_subscribe(struct connection *connection) {
    if (options.protocol != CONVENE) return;
    if (connection->welcomed) connection->welcomed = now();
    send_control(connection, "{\"type\":\"subscribe\"}");
}

void wire_ping(struct connection *connection) {
    if (options.protocol == CONVENE) send_control(connection, "{\"type\":\"ping\",\"time\":%lld}", (long long)(now() / 1000));
}

void wire_publish(struct connection *connection, int kind) {
    static uint8_t frame[FRAME_HEADER + MEDIA_HEADER + LARGEST_PAYLOAD];
    int is_keyframe;
    uint32_t number = connection->stream.count[kind], ticks = kind == VIDEO ? 3000 : 960;
    size_t size = stream_payload(&connection->stream, kind, frame + FRAME_HEADER + MEDIA_HEADER, &is_keyframe);
    memset(frame, 0, FRAME_HEADER + MEDIA_HEADER);
    uint32_t length = htonl((uint32_t)(1 + MEDIA_HEADER + size)), track = htonl(connection->tracks[kind]);
    uint32_t sequence = htonl(number), duration = htonl(ticks);
    uint64_t time = htobe64((uint64_t)number * ticks);
    memcpy(frame, &length, 4);
    frame[4] = MEDIA;
    memcpy(frame + 5, &track, 4);
    memcpy(frame + 9, &sequence, 4);
    memcpy(frame + 13, &time, 8);
    memcpy(frame + 25, &duration, 4);
    frame[29] = (uint8_t)is_keyframe;
    connection_send(connection, frame, FRAME_HEADER + MEDIA_HEADER + size);
}

static void take_control(struct connection *connection, const char *text) {
    unsigned ref, track;
    if (!strncmp(text, "{\"type\":\"welcome\"", 17)) connection->welcomed = now();
    else if (sscanf(text, "{\"type\":\"published\",\"ref\":%u,\"track\":%u", &ref, &track) == 2 && ref < KINDS)
        connection->tracks[ref] = track;
    else if (!strncmp(text, "{\"type\":\"keyframe\"", 18)) {
        measured.keyframe_requests++;
        /* As an encoder does: the next picture is a keyframe. */
        connection->stream.since_keyframe = 0;
    } else if (strstr(text, "\"slow_consumer\"") && !strncmp(text, "{\"type\":\"left\"", 14) && !measured.cut++)
        measured.cut_after = (double)(now() - measured.began) / 1e9;
    else if (!strncmp(text, "{\"type\":\"error\"", 15)) fprintf(stderr, "load: %s\n", text);
}

static void take_frame(struct connection *connection) {
    struct message *frame = &connection->message;
    if (frame->head[4] == CONTROL) {
        frame->head[frame->done < HEAD ? frame->done : HEAD - 1] = 0;
        take_control(connection, (const char *)frame->head + FRAME_HEADER);
        return;
    }
    uint32_t track;
    memcpy(&track, frame->head + 5, 4);
    const uint8_t *payload = frame->head + FRAME_HEADER + MEDIA_HEADER;
    int kind = payload[0] ? AUDIO : VIDEO;
    measure_packet(connection, ntohl(track), kind, frame->head[29] & 1,
        payload + (kind == VIDEO ? STAMP_IN_VIDEO : STAMP_IN_AUDIO), frame->length - FRAME_HEADER - MEDIA_HEADER);
}

void wire_received(struct connection *connection, const uint8_t *bytes, size_t count) {
    struct message *frame = &connection->message;
    while (count) {
        size_t part;
        if (frame->done < FRAME_HEADER) {
            part = FRAME_HEADER - frame->done < count ? FRAME_HEADER - frame->done : count;
            memcpy(frame->head + frame->done, bytes, part);
            if ((frame->done += (uint32_t)part) == FRAME_HEADER) {
                memcpy(&frame->length, frame->head, 4);
                frame->length = ntohl(frame->length) + 4;
            }
        } else {
            part = frame->length - frame->done < count ? frame->length - frame->done : count;
            if (frame->done < HEAD - 1)
                memcpy(frame->head + frame->done, bytes, part < HEAD - 1 - frame->done ? part : HEAD - 1 - frame->done);
            frame->done += (uint32_t)part;
        }
        bytes += part;
        count -= part;
        if (frame->done >= FRAME_HEADER && frame->done == frame->length) {
            take_frame(connection);
            frame->done = 0;
        }
    }
}
