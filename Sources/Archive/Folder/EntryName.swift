/// Names of files and folders as an archive's manifests, journals and catalogue say them: they may come from elsewhere.
enum EntryName {
    /// Whether it names an entry of a folder, rather than something outside of it.
    static func isSafe(_ name: some StringProtocol) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
            && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != 0 }
    }

    /// Whether it names a recording in a meeting's folder.
    static func isRecording(_ name: String) -> Bool {
        isSafe(name) && name.hasSuffix(".mp4") && !name.hasPrefix(".")
    }

    /// Whether it is the path of a meeting relative to the archive, `ROOM/MEETING`. Names with a dot in front are the archive's
    /// own.
    static func isMeeting(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { isSafe($0) && !$0.hasPrefix(".") }
    }
}
