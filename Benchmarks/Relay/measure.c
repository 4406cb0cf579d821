/* What arrived, how late, and what it cost the server. */
#define _GNU_SOURCE
#include "load.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Latencies in steps of 20 µs up to 10 s. */
enum { STEP = 20000, STEPS = 500000, TRACKS = 65536 };
static uint32_t latencies[STEPS], pictures[STEPS];
static uint64_t latency_count, picture_count;

struct measured measured;

static void count(uint32_t *histogram, uint64_t *total, int64_t nanoseconds) {
    int64_t step = nanoseconds / STEP;
    histogram[step < 0 ? 0 : step < STEPS ? step : STEPS - 1]++;
    ++*total;
}

static double percentile(const uint32_t *histogram, uint64_t total, double part) {
    uint64_t wanted = (uint64_t)((double)total * part), seen = 0;
    for (int step = 0; step < STEPS; step++)
        if ((seen += histogram[step]) > wanted) return (step + 0.5) * STEP / 1e6;
    return 0;
}

/* How many packets of the track are missing before this one. */
static uint32_t missing(struct connection *connection, uint32_t track, uint32_t number) {
    if (track >= TRACKS) die("a track number");
    if (track >= connection->expected_count) {
        connection->expected = realloc(connection->expected, (track + 8) * sizeof *connection->expected);
        if (!connection->expected) die("realloc");
        memset(connection->expected + connection->expected_count, 0,
            (track + 8 - connection->expected_count) * sizeof *connection->expected);
        connection->expected_count = track + 8;
    }
    uint32_t expected = connection->expected[track];
    connection->expected[track] = number + 2;
    return expected ? number + 1 - expected : 0;
}

void measure_packet(struct connection *connection, uint32_t track, int kind, int is_keyframe, const uint8_t *stamp, size_t bytes) {
    int64_t sent, time = now();
    uint32_t number;
    stream_read_stamp(stamp, &sent, &number);
    uint32_t gap = missing(connection, track, number);
    if (connection->reader == READS && !connection->has_picture && kind == VIDEO && is_keyframe) {
        connection->has_picture = 1;
        if (connection->welcomed) count(pictures, &picture_count, time - connection->welcomed);
    }
    if (!measured.began || time > measured.ended) return;
    if (connection->reader != READS) {
        measured.half_packets++;
        measured.half_undecodable += gap && kind == VIDEO && !is_keyframe;
        return;
    }
    measured.bytes += bytes;
    measured.packets++;
    measured.lost += gap;
    measured.undecodable += gap && kind == VIDEO && !is_keyframe;
    count(latencies, &latency_count, time - sent);
}

double server_cpu(void) {
    double seconds = 0;
    for (int i = 0; i < options.pid_count; i++) {
        char path[512];
        snprintf(path, sizeof path, "/proc/%d/task", options.pids[i]);
        DIR *folder = opendir(path);
        if (!folder) die(path);
        for (struct dirent *entry; (entry = readdir(folder));) {
            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", options.pids[i], entry->d_name);
            FILE *file = fopen(path, "r");
            unsigned long long nanoseconds = 0;
            if (file && fscanf(file, "%llu", &nanoseconds) == 1) seconds += (double)nanoseconds / 1e9;
            if (file) fclose(file);
        }
        closedir(folder);
    }
    return seconds;
}

long server_memory(void) {
    long sum = 0;
    for (int i = 0; i < options.pid_count; i++) {
        char path[64], line[256];
        snprintf(path, sizeof path, "/proc/%d/status", options.pids[i]);
        FILE *file = fopen(path, "r");
        if (!file) die(path);
        long kilobytes;
        while (fgets(line, sizeof line, file))
            if (sscanf(line, "RssAnon: %ld", &kilobytes) == 1) sum += kilobytes;
        fclose(file);
    }
    return sum;
}

void measure_begin(void) {
    measured = (struct measured){.began = now(), .keyframe_requests = measured.keyframe_requests};
    measured.ended = measured.began + (int64_t)(options.seconds * 1e9);
    memset(latencies, 0, sizeof latencies);
    latency_count = 0;
}

void measure_print(double cpu, long memory_before, long memory_after, long subscribers) {
    double gigabytes = (double)measured.bytes / 1e9;
    printf("gb=%.3f packets=%llu lost=%llu undecodable=%llu cpu=%.3f", gigabytes, (unsigned long long)measured.packets,
        (unsigned long long)measured.lost, (unsigned long long)measured.undecodable, cpu);
    printf(" cpu_per_gb=%.3f load=%.2f", gigabytes > 0 ? cpu / gigabytes : 0, cpu / options.seconds);
    printf(" p50=%.2f p90=%.2f p99=%.2f max=%.2f", percentile(latencies, latency_count, .5), percentile(latencies, latency_count, .9),
        percentile(latencies, latency_count, .99), percentile(latencies, latency_count, .999999));
    printf(" memory_kb=%ld memory_per_subscriber=%.1f", memory_after, subscribers ? (double)(memory_after - memory_before) / (double)subscribers : 0);
    if (picture_count)
        printf(" picture_p50=%.1f picture_max=%.1f", percentile(pictures, picture_count, .5), percentile(pictures, picture_count, .999999));
    if (options.half)
        printf(" half_packets=%llu half_undecodable=%llu", (unsigned long long)measured.half_packets,
            (unsigned long long)measured.half_undecodable);
    if (options.stopped) printf(" cut=%llu cut_after=%.1f", (unsigned long long)measured.cut, measured.cut_after);
    printf(" keyframe_requests=%llu\n", (unsigned long long)measured.keyframe_requests);
}
