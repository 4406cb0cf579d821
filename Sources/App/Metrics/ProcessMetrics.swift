import FoundationEssentials
import Glibc

/// What the kernel says of this process, under the names that every Prometheus client uses.
enum ProcessMetrics {
    static func families() -> [MetricFamily] {
        var families: [MetricFamily] = []
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            let fraction = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
            families.append(
                MetricFamily(
                    "process_cpu_seconds_total", "CPU time of the process, user and system, in seconds.",
                    .counter, samples: [.init(value: seconds + fraction)]))
        }
        if let pages = residentPages() {
            families.append(
                MetricFamily(
                    "process_resident_memory_bytes", "Resident memory in bytes.", .gauge,
                    pages * sysconf(Int32(_SC_PAGESIZE))))
        }
        if let files = openFiles() {
            families.append(MetricFamily("process_open_fds", "Open file descriptors.", .gauge, files))
        }
        families.append(
            MetricFamily(
                "process_max_fds", "File descriptors that may be open.", .gauge, OpenFileLimit.current))
        return families
    }

    /// The second number of `/proc/self/statm`.
    private static func residentPages() -> Int? {
        guard let file = fopen("/proc/self/statm", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }

    private static func openFiles() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the folder itself.
        return max(0, count - 3)
    }
}
