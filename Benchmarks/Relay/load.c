/* load: many publishers and subscribers in one thread, against Convene, the floor or nginx-rtmp
 *
 *   load --protocol convene|floor|rtmp --port PORT [--pid PID]... [--rooms R] [--publishers P] [--subscribers S] [--mutual]
 *        [--join SECONDS] [--warm SECONDS] [--seconds SECONDS] [--stopped N] [--half N] [--idle N]
 *
 * In each of R rooms P publish and S subscribe to all of them; with --mutual the publishers subscribe too. Publishers begin
 * first; subscribers come within --join seconds; --warm later it measures for --seconds: what arrives, how late by the time
 * in the payload, and the CPU time and memory of the processes --pid. --stopped subscribers stop reading then, --half read at
 * half the speed of the stream: they do not count. --idle connections only connect. Prints one line of KEY=VALUE.
 *
 * It looks at its sockets every half millisecond instead of waiting for them. On one machine a send that wakes its receiver
 * costs the sender twice as much as one that does not, and whether it does depends on which of the two is quicker: that has
 * nothing to do with the server, and with a network in between it does not occur. Latencies are so much too long at most.
 */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 18, EVENTS = 512, HALF_INTERVAL = 10000000, HALF_BUFFER = 65536, POLL = 500000 };
#define PING_INTERVAL 5000000000LL

struct options options = {.rooms = 1, .publishers = 1, .join = 1, .warm = 2, .seconds = 10};

static struct connection **connections;
static int connection_count, capacity, epoll;
static int is_publishing;

int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void die(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(71);
}

static void watch(struct connection *connection, int operation) {
    uint32_t events = connection->reader == READS_HALF || connection->reader == STOPPED ? 0 : EPOLLIN;
    struct epoll_event event = {events | (connection->unsent_bytes ? EPOLLOUT : 0), {.ptr = connection}};
    if (epoll_ctl(epoll, operation, connection->descriptor, &event)) die("epoll_ctl");
}

void connection_send(struct connection *connection, const void *bytes, size_t count) {
    if (connection->is_closed) return;
    ssize_t sent = 0;
    if (!connection->unsent_bytes) {
        sent = send(connection->descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return;
        if (sent < 0) sent = 0;
    }
    if ((size_t)sent == count) return;
    connection->unsent = realloc(connection->unsent, connection->unsent_bytes + count - (size_t)sent);
    if (!connection->unsent) die("realloc");
    memcpy(connection->unsent + connection->unsent_bytes, (const uint8_t *)bytes + sent, count - (size_t)sent);
    connection->unsent_bytes += count - (size_t)sent;
    watch(connection, EPOLL_CTL_MOD);
}

static void send_unsent(struct connection *connection) {
    ssize_t sent = send(connection->descriptor, connection->unsent, connection->unsent_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) return;
    connection->unsent_bytes -= (size_t)sent;
    memmove(connection->unsent, connection->unsent + sent, connection->unsent_bytes);
    if (!connection->unsent_bytes) watch(connection, EPOLL_CTL_MOD);
}

static struct connection *open_connection(int room, int publishes, int subscribes, enum reader reader) {
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection) die("calloc");
    *connection = (struct connection){.room = room, .publishes = publishes, .subscribes = subscribes, .reader = reader};
    connection->opened = now();
    connection->next_ping = connection->opened + PING_INTERVAL;
    connection->descriptor = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1, small = HALF_BUFFER;
    if (reader == READS_HALF) setsockopt(connection->descriptor, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(connection->descriptor, (struct sockaddr *)&address, sizeof address)) die("connect");
    setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connection_count == capacity) {
        capacity = capacity ? 2 * capacity : 1024;
        if (!(connections = realloc(connections, (size_t)capacity * sizeof *connections))) die("realloc");
    }
    connections[connection_count++] = connection;
    watch(connection, EPOLL_CTL_ADD);
    return connection;
}

static void open_publisher(int room, int index) {
    struct connection *connection = open_connection(room, 1, options.mutual && options.protocol != RTMP, READS);
    stream_begin(&connection->stream, 0, (unsigned)(room * options.publishers + index + 1));
    char name[64];
    snprintf(name, sizeof name, "bench-%d-%d", room, index);
    if (options.protocol == RTMP) rtmp_begin(connection, name);
    else wire_begin(connection);
}

/* Subscribes to all publishers of a room but `except`; RTMP needs a connection for each. */
static void open_subscriber(int room, int except, enum reader reader) {
    char name[64];
    if (options.protocol != RTMP) {
        struct connection *connection = open_connection(room, 0, 1, reader);
        wire_begin(connection);
        return wire_subscribe(connection);
    }
    for (int index = 0; index < options.publishers; index++) {
        if (index == except) continue;
        snprintf(name, sizeof name, "bench-%d-%d", room, index);
        rtmp_begin(open_connection(room, 0, 1, reader), name);
    }
}

/* Returns 0 at the connection's end. */
static int receive(struct connection *connection, size_t most) {
    static uint8_t buffer[BUFFER];
    ssize_t got = recv(connection->descriptor, buffer, most < BUFFER ? most : BUFFER, MSG_DONTWAIT);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    if (options.protocol == RTMP) rtmp_received(connection, buffer, (size_t)got);
    else wire_received(connection, buffer, (size_t)got);
    return 1;
}

static void end(struct connection *connection) {
    connection->is_closed = 1;
    epoll_ctl(epoll, EPOLL_CTL_DEL, connection->descriptor, NULL);
    close(connection->descriptor);
    if (!options.stopped && !options.idle) fprintf(stderr, "load: the server closed a connection\n");
}

static void publish(struct connection *connection, int64_t time) {
    for (int kind = 0; kind < KINDS; kind++)
        while (connection->stream.next[kind] <= time) {
            if (options.protocol == RTMP) rtmp_publish(connection, kind);
            else wire_publish(connection, kind);
        }
}

/* What is due by the clock; returns when the next is. */
static int64_t run_timers(void) {
    static int64_t next_half;
    int64_t time = now(), next = time + 100000000;
    int publishing = is_publishing ? options.rooms * options.publishers : 0;
    for (int i = 0; i < publishing; i++) {
        struct stream *stream = &connections[i]->stream;
        publish(connections[i], time);
        for (int kind = 0; kind < KINDS; kind++)
            if (stream->next[kind] < next) next = stream->next[kind];
    }
    if (options.half && time >= next_half) {
        next_half = time + HALF_INTERVAL;
        for (int i = 0; i < connection_count; i++) {
            struct connection *connection = connections[i];
            if (connection->reader != READS_HALF || connection->is_closed) continue;
            int64_t since = connection->allowance_since ? time - connection->allowance_since : HALF_INTERVAL;
            connection->allowance_since = time;
            receive(connection, (size_t)(since / 1000 * 2548000 / 8 / 2 * options.publishers / 1000000));
        }
    }
    if (options.half && next_half < next) next = next_half;
    static int64_t next_pings;
    if (time >= next_pings && options.protocol == CONVENE) {
        next_pings = time + 100000000;
        for (int i = 0; i < connection_count; i++) {
            struct connection *connection = connections[i];
            if (time < connection->next_ping || connection->reader == STOPPED) continue;
            connection->next_ping = time + PING_INTERVAL;
            if (connection->subscribes || connection->publishes) wire_ping(connection);
        }
    }
    return next;
}

static void run_until(int64_t until) {
    static struct epoll_event events[EVENTS];
    for (int64_t next; now() < until;) {
        next = run_timers();
        if (next > until) next = until;
        int64_t wait = next - now();
        if (wait > POLL) wait = POLL;
        if (wait > 0) nanosleep(&(struct timespec){0, wait}, NULL);
        for (int ready = EVENTS; ready == EVENTS;) {
            ready = epoll_wait(epoll, events, EVENTS, 0);
            for (int i = 0; i < ready; i++) {
                struct connection *connection = events[i].data.ptr;
                if (events[i].events & EPOLLOUT) send_unsent(connection);
                if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !receive(connection, BUFFER)) end(connection);
            }
            if (ready == EVENTS) run_timers();
        }
    }
}

static void run_for(double seconds) { run_until(now() + (int64_t)(seconds * 1e9)); }

static void begin_publishing(void) {
    for (int room = 0; room < options.rooms; room++)
        for (int index = 0; index < options.publishers; index++) {
            open_publisher(room, index);
            if (connection_count % 50 == 0) run_for(0.02);
        }
    int64_t deadline = now() + 5000000000;
    for (int i = 0; i < connection_count;) {
        if (connections[i]->tracks[VIDEO] && connections[i]->tracks[AUDIO]) i++;
        else if (now() > deadline) die("no answer to publish");
        else run_for(0.01);
    }
    int64_t start = now();
    for (int i = 0; i < connection_count; i++)
        for (int kind = 0; kind < KINDS; kind++) connections[i]->stream.next[kind] += start;
    is_publishing = 1;
    /* RTMP numbers a publisher's tracks by itself; elsewhere viewers are admitted before the streams are long. */
    run_for(2.5);
}

static long begin_subscribing(void) {
    long subscribers = 0, total = (long)options.rooms * options.subscribers;
    int64_t start = now();
    for (int room = 0; room < options.rooms; room++)
        for (int index = 0; options.mutual && index < options.publishers; index++, subscribers++) {
            if (options.protocol == RTMP) open_subscriber(room, index, READS);
            else wire_subscribe(connections[room * options.publishers + index]);
        }
    for (long i = 0; i < total; i++, subscribers++) {
        run_until(start + (int64_t)((double)i / (double)total * options.join * 1e9));
        int is_half = i < options.half, is_stopped = i >= options.half && i < options.half + options.stopped;
        open_subscriber((int)(i % options.rooms), -1, is_half ? READS_HALF : is_stopped ? WILL_STOP : READS);
    }
    return subscribers;
}

static void stop_reading(void) {
    for (int i = 0; i < connection_count; i++)
        if (connections[i]->reader == WILL_STOP) {
            connections[i]->reader = STOPPED;
            watch(connections[i], EPOLL_CTL_MOD);
        }
}

static void parse(int count, char **arguments) {
    static const struct option names[] = {{"protocol", 1, 0, 'p'}, {"port", 1, 0, 'P'}, {"pid", 1, 0, 'i'}, {"rooms", 1, 0, 'r'},
        {"publishers", 1, 0, 'u'}, {"subscribers", 1, 0, 's'}, {"mutual", 0, 0, 'm'}, {"join", 1, 0, 'j'}, {"warm", 1, 0, 'w'},
        {"seconds", 1, 0, 't'}, {"stopped", 1, 0, 'x'}, {"half", 1, 0, 'h'}, {"idle", 1, 0, 'n'}, {0, 0, 0, 0}};
    for (int name; (name = getopt_long(count, arguments, "", names, NULL)) != -1;) switch (name) {
        case 'p': options.protocol = optarg[0] == 'c' ? CONVENE : optarg[0] == 'f' ? FLOOR : RTMP; break;
        case 'P': options.port = atoi(optarg); break;
        case 'i': if (options.pid_count < 8) options.pids[options.pid_count++] = atoi(optarg); break;
        case 'r': options.rooms = atoi(optarg); break;
        case 'u': options.publishers = atoi(optarg); break;
        case 's': options.subscribers = atoi(optarg); break;
        case 'm': options.mutual = 1; break;
        case 'j': options.join = atof(optarg); break;
        case 'w': options.warm = atof(optarg); break;
        case 't': options.seconds = atof(optarg); break;
        case 'x': options.stopped = atoi(optarg); break;
        case 'h': options.half = atoi(optarg); break;
        case 'n': options.idle = atoi(optarg); break;
        default: exit(64);
        }
}

int main(int count, char **arguments) {
    parse(count, arguments);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if ((epoll = epoll_create1(0)) < 0) die("epoll_create1");
    if (options.idle) {
        long before = server_memory();
        for (int i = 0; i < options.idle; i++) {
            open_connection(0, 0, 0, READS);
            if (i % 100 == 99) run_for(0.02);
        }
        run_for(options.warm);
        double cpu = server_cpu();
        run_for(options.seconds);
        measure_print(server_cpu() - cpu, before, server_memory(), options.idle);
        return 0;
    }
    begin_publishing();
    long before = server_memory(), subscribers = begin_subscribing();
    run_for(options.warm);
    measure_begin();
    stop_reading();
    double cpu = server_cpu();
    run_until(measured.ended);
    measure_print(server_cpu() - cpu, before, server_memory(), subscribers);
    return 0;
}
