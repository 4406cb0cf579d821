/* floor: the least that a relay can be. One epoll loop, one send() for each packet and subscriber, nothing else.
 *
 *   floor PORT
 *
 * A connection begins with one byte, 'P' publishes, 'S' subscribes, 'B' does both, and one byte that numbers its room.
 * Then come frames `length:u32 (big-endian) | length bytes`, which go to every subscriber of the room but the sender.
 * What a socket does not take is kept, at most KEPT bytes; beyond, whole frames are lost.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOMS = 256, INPUT = 1 << 20, KEPT = 4 << 20, EVENTS = 256 };

struct connection {
    int descriptor;
    int room; /* -1 until it has said what it is */
    int subscribes;
    uint8_t *input; /* publishers only */
    size_t filled;
    uint8_t *kept;
    size_t kept_bytes;
};

struct room {
    struct connection **subscribers;
    size_t count, capacity;
};

static struct room rooms[ROOMS];
static int epoll;

static void die(const char *what) {
    perror(what);
    exit(71);
}

static void watch(struct connection *connection, int operation) {
    struct epoll_event event = {EPOLLIN | (connection->kept_bytes ? EPOLLOUT : 0), {.ptr = connection}};
    if (epoll_ctl(epoll, operation, connection->descriptor, &event)) die("epoll_ctl");
}

static void keep(struct connection *connection, const uint8_t *bytes, size_t count) {
    if (!connection->kept && !(connection->kept = malloc(KEPT))) die("malloc");
    memcpy(connection->kept + connection->kept_bytes, bytes, count);
    connection->kept_bytes += count;
    watch(connection, EPOLL_CTL_MOD);
}

static void send_kept(struct connection *connection) {
    ssize_t sent = send(connection->descriptor, connection->kept, connection->kept_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) return;
    connection->kept_bytes -= (size_t)sent;
    memmove(connection->kept, connection->kept + sent, connection->kept_bytes);
    if (!connection->kept_bytes) watch(connection, EPOLL_CTL_MOD);
}

static void relay(struct connection *from, const uint8_t *frame, size_t bytes) {
    struct room *room = &rooms[from->room];
    for (size_t i = 0; i < room->count; i++) {
        struct connection *to = room->subscribers[i];
        if (to == from || to->kept_bytes + bytes > KEPT) continue;
        ssize_t sent = 0;
        if (!to->kept_bytes) {
            sent = send(to->descriptor, frame, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN) continue; /* its end is seen by epoll */
            if (sent < 0) sent = 0;
        }
        if ((size_t)sent < bytes) keep(to, frame + sent, bytes - (size_t)sent);
    }
}

static void enter(struct connection *connection, const uint8_t hello[2]) {
    struct room *room = &rooms[connection->room = hello[1]];
    connection->subscribes = hello[0] != 'P';
    if (hello[0] != 'S' && !(connection->input = malloc(INPUT))) die("malloc");
    if (!connection->subscribes) return;
    if (room->count == room->capacity) {
        room->capacity = room->capacity ? 2 * room->capacity : 16;
        room->subscribers = realloc(room->subscribers, room->capacity * sizeof *room->subscribers);
        if (!room->subscribers) die("realloc");
    }
    room->subscribers[room->count++] = connection;
}

static void leave(struct connection *connection) {
    if (connection->room >= 0 && connection->subscribes) {
        struct room *room = &rooms[connection->room];
        for (size_t i = 0; i < room->count; i++)
            if (room->subscribers[i] == connection) room->subscribers[i--] = room->subscribers[--room->count];
    }
    close(connection->descriptor);
    free(connection->input);
    free(connection->kept);
    free(connection);
}

/* Returns 0 at the connection's end. */
static int receive(struct connection *connection) {
    if (connection->room < 0) {
        uint8_t hello[2];
        if (recv(connection->descriptor, hello, 2, MSG_DONTWAIT) != 2) return 0;
        enter(connection, hello);
        return 1;
    }
    uint8_t ignored[256], *input = connection->input ? connection->input + connection->filled : ignored;
    size_t space = connection->input ? INPUT - connection->filled : sizeof ignored;
    ssize_t got = recv(connection->descriptor, input, space, MSG_DONTWAIT);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    if (!connection->input) return 1;
    connection->filled += (size_t)got;
    size_t start = 0;
    while (connection->filled - start >= 4) {
        uint32_t length;
        memcpy(&length, connection->input + start, 4);
        size_t bytes = 4 + (size_t)ntohl(length);
        if (bytes > INPUT) return 0;
        if (connection->filled - start < bytes) break;
        relay(connection, connection->input + start, bytes);
        start += bytes;
    }
    connection->filled -= start;
    memmove(connection->input, connection->input + start, connection->filled);
    return 1;
}

static void accept_one(int listening) {
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection) die("calloc");
    connection->room = -1;
    connection->descriptor = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
    if (connection->descriptor < 0) {
        free(connection);
        return;
    }
    int on = 1;
    setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(connection, EPOLL_CTL_ADD);
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: floor PORT\n");
        return 64;
    }
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1])),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listening, (struct sockaddr *)&address, sizeof address) || listen(listening, 4096)) die("bind");
    if ((epoll = epoll_create1(0)) < 0) die("epoll_create1");
    struct epoll_event event = {EPOLLIN, {.ptr = NULL}}, events[EVENTS];
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &event)) die("epoll_ctl");
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!connection) {
                accept_one(listening);
                continue;
            }
            if (events[i].events & EPOLLOUT) send_kept(connection);
            if (events[i].events & ~(uint32_t)EPOLLOUT && !receive(connection)) leave(connection);
        }
    }
}
