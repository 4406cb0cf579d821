public import Container
import Glibc
public import Media

/// Why the archive could not do something.
public enum ArchiveError: Error, Sendable, CustomStringConvertible {
    /// A folder cannot be made, read or written.
    case folder(path: String, reason: String)
    /// There is no archive.
    case noArchive(path: String)
    /// A file of the archive is not what it should be.
    case damaged(path: String, reason: String)
    /// There is no such meeting.
    case noSuchMeeting(name: String, archive: String)
    /// The catalogue can neither be read nor made.
    case index(archive: String, reason: String)
    /// The meeting must not be deleted.
    case kept(meeting: String, reason: String)
    /// A media file failed.
    case container(ContainerError)
    /// The system has no thread for the archive.
    case thread(ThreadError)

    /// What people in a room can do with it: they know nothing of the server's folders.
    var forParticipants: String {
        let code: Int32? =
            switch self {
            case .folder(_, let reason):
                [ENOSPC, EDQUOT, EROFS, EACCES, EPERM, EMFILE, ENFILE, EIO].first {
                    SystemError.text($0) == reason
                }
            case .container(.file(_, _, let code)): code
            default: nil
            }
        let what =
            switch code {
            case ENOSPC, EDQUOT: "the server's disk is full"
            case EROFS, EACCES, EPERM: "the server may not write into its archive"
            case EMFILE, ENFILE: "the server has too many files open"
            case EIO: "the server's disk reports errors"
            default: "the server cannot write into its archive"
            }
        return "\(what); tell whoever runs it. The recording goes on by itself when that is mended"
    }

    /// What failed, the path, and what to do.
    public var description: String {
        switch self {
        case .folder(let path, let reason):
            "The folder \(path) cannot be used: \(reason). Choose another with --archive or archive.path."
        case .noArchive(let path):
            "There is no archive: the folder \(Self.absolute(path)) does not exist. Name the folder of the recordings"
                + " with --archive or archive.path."
        case .damaged(let path, let reason): "\(path) is damaged: \(reason)."
        case .noSuchMeeting(let name, let archive):
            "There is no meeting \(name) in \(archive). `convene archive list` shows what there is."
        case .index(let archive, let reason):
            "The catalogue of \(archive) cannot be made: \(reason). The recordings are not touched by that."
        case .kept(let meeting, let reason): "\(meeting) was not deleted: \(reason)."
        case .container(let error): error.description
        case .thread(let error): error.description
        }
    }

    /// A relative path tells nobody where it was looked.
    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }
}
