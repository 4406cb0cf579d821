/* What the parts of the load generator share. One thread, one epoll loop. */
#ifndef LOAD_H
#define LOAD_H
#include <stddef.h>
#include <stdint.h>

enum protocol { CONVENE, FLOOR, RTMP };
enum { VIDEO, AUDIO, KINDS };

struct options {
    enum protocol protocol;
    int port, rooms, publishers, subscribers, mutual, idle, stopped, half;
    double join, warm, seconds;
    int pids[8], pid_count;
};
extern struct options options;

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t now(void);
void die(const char *what);

/* --- stream.c: what is published ------------------------------------------------------------------------------- */

/* One publisher's 720p30 video of 2.5 Mbit/s with a keyframe every 2 s, and its sound, 50 packets of 120 bytes a second. */
struct stream {
    uint32_t count[KINDS]; /* packets made so far */
    uint32_t since_keyframe; /* pictures */
    int64_t next[KINDS];   /* when the next one is due */
    uint32_t random;
};
enum { STAMP = 24, STAMP_IN_VIDEO = 23, STAMP_IN_AUDIO = 1, LARGEST_PAYLOAD = 1 << 17 };

void stream_begin(struct stream *, int64_t at, unsigned seed);
/* Writes the next payload, with the time and its number in it; returns its size. */
size_t stream_payload(struct stream *, int kind, uint8_t *payload, int *is_keyframe);
/* Reads a stamp: `time` in nanoseconds, and the packet's number. */
void stream_read_stamp(const uint8_t *stamp, int64_t *time, uint32_t *number);

/* --- connections ----------------------------------------------------------------------------------------------- */

enum { HEAD = 128, RTMP_STREAMS = 8 };

/* A chunk stream of RTMP, or the one frame that is being read. Only the head of a message is kept. */
struct message {
    uint32_t length, done;
    uint8_t type, head[HEAD];
};

enum reader { READS, READS_HALF, WILL_STOP, STOPPED };

struct connection {
    int descriptor, room, publishes, subscribes, is_closed;
    enum reader reader;
    struct stream stream;
    uint32_t tracks[KINDS]; /* numbers of the own tracks; 0 until known */
    uint8_t *unsent;
    size_t unsent_bytes;
    int64_t opened, welcomed, next_ping, allowance_since;
    int has_picture;
    /* Reading */
    struct message message, *streams;
    uint8_t header[24];
    uint32_t header_bytes, handshake_left, chunk_size, chunk_left;
    int chunk_stream;
    uint32_t *expected; /* next number by track, offset by one; 0 where none came */
    uint32_t expected_count;
    const struct connection *watched; /* RTMP: whose stream this connection plays */
};

/* Sends all of it, now or when the socket takes it. */
void connection_send(struct connection *, const void *bytes, size_t count);

/* --- wire.c, rtmp.c: the protocols ------------------------------------------------------------------------------- */

void wire_begin(struct connection *);
void wire_subscribe(struct connection *);
void wire_publish(struct connection *, int kind);
void wire_ping(struct connection *);
void wire_received(struct connection *, const uint8_t *bytes, size_t count);

void rtmp_begin(struct connection *, const char *name);
void rtmp_publish(struct connection *, int kind);
void rtmp_received(struct connection *, const uint8_t *bytes, size_t count);

/* --- measure.c --------------------------------------------------------------------------------------------------- */

struct measured {
    int64_t began, ended;
    uint64_t bytes, packets, lost, undecodable, half_packets, half_undecodable, keyframe_requests, cut;
    double cut_after;
};
extern struct measured measured;

/* A packet arrived completely. `track` is small. */
void measure_packet(struct connection *, uint32_t track, int kind, int is_keyframe, const uint8_t *stamp, size_t bytes);
/* CPU seconds and resident anonymous kilobytes of the server's processes. */
double server_cpu(void);
long server_memory(void);
void measure_begin(void);
/* Prints one line of KEY=VALUE. */
void measure_print(double cpu, long memory_before, long memory_after, long subscribers);
#endif
