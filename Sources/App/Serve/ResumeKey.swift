import Archive
import Glibc
import LibAV
import Logging

/// The key with which a server signs the secrets of its participants, so that it knows them again after a restart.
///
/// It lies in the archive's folder, where no room can have it, and only this user may read it. A server that records nothing
/// has a key of its own each time: its participants come back as newcomers.
enum ResumeKey {
    private static let length = 32
    private static let file = "resume.key"

    /// The archive's key, made where there is none; one that is forgotten with the process where the folder cannot be used.
    static func load(archive: String?, logger: Logger) -> [UInt8] {
        guard let archive else { return random() }
        do throws(AppError) {
            let folder = OwnFolder.path(archive: archive)
            if let key = try read(folder + "/" + file) { return key }
            OwnFolder.make(archive: archive)
            return try make(in: folder)
        } catch {
            logger.warning(
                "participants come back as newcomers after a restart", metadata: ["reason": "\(error)"])
            return random()
        }
    }

    private static func random() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// - Returns: `nil` where there is none, or none that can be trusted: others may read it, or it is not a key.
    private static func read(_ path: String) throws(AppError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("opening", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("looking at", path) }
        let isOwn = status.st_uid == geteuid() && status.st_mode & 0o077 == 0
        var bytes = [UInt8](repeating: 0, count: length + 1)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw failure("reading", path) }
        if isOwn, count == length { return Array(bytes.prefix(length)) }
        guard unlink(path) == 0 else { throw failure("replacing", path) }
        return nil
    }

    /// Makes a key that is there whole or not at all, and never in place of another one.
    private static func make(in folder: String) throws(AppError) -> [UInt8] {
        let path = folder + "/" + file
        let temporary = path + ".\(getpid())"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("making", temporary) }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        let key = random()
        guard write(descriptor, key, key.count) == key.count, fsync(descriptor) == 0 else {
            throw failure("writing", temporary)
        }
        if link(temporary, path) == 0 { return key }
        // Another server may have made it at the same moment.
        guard errno == EEXIST, let made = try read(path) else { throw failure("making", path) }
        return made
    }

    private static func failure(_ what: String, _ path: String) -> AppError {
        AppError(
            "\(what) \(path) failed: \(String(cString: strerror(errno))). Let this user write there.",
            status: .unavailable)
    }
}
