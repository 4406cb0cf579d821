import FoundationEssentials
import Glibc

/// How much memory there is for this process.
package enum MachineMemory {
    /// Bytes of the machine, or of the control group that the process is in, if that may use less.
    package static func bytes() -> Int {
        let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        return max(
            1, min(machine > 0 ? machine : .max, limit(groups: groups, root: "/sys/fs/cgroup") ?? .max))
    }

    /// The least limit of the groups, in bytes, as version 2 or 1 of the kernel's control groups tell it.
    /// - Parameter groups: the text of `/proc/self/cgroup`.
    package static func limit(groups: String, root: String) -> Int? {
        var limits: [Int] = []
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isUnified = fields[1].isEmpty
            guard isUnified || fields[1].split(separator: ",").contains("memory") else { continue }
            let base = isUnified ? root : root + "/memory"
            let name = isUnified ? "memory.max" : "memory.limit_in_bytes"
            var path = Substring(fields[2])
            // A container sees its own group as the root; otherwise each group above may be the tighter one.
            while true {
                if let limit = number(base + path + "/" + name) { limits.append(limit) }
                guard let slash = path.lastIndex(of: "/") else { break }
                path = path[..<slash]
            }
        }
        return limits.min()
    }

    /// `nil` for `max`, and for what cannot be read.
    private static func number(_ path: String) -> Int? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return Int(text.prefix { $0 != "\n" })
    }
}
