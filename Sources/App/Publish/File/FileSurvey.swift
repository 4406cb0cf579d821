import Container
import Media
import Relay
import Wire

/// A look through the pictures of a file before any of it is sent: whether they can go as they are.
enum FileSurvey {
    /// Why they cannot.
    enum Obstacle: Equatable, CustomStringConvertible {
        /// Viewers and recordings cannot begin at the first picture. Streams that refresh their pictures piece by piece, or were
        /// cut, are such.
        case noKeyframe
        /// A picture has more bytes than a frame of the protocol.
        case largePicture(bytes: Int)
        /// From one keyframe to the next it takes longer, or more bytes, than a server keeps for those who join late.
        case longGroup(limit: Double)
        case largeGroup(bytes: Int)

        /// For people.
        var description: String {
            switch self {
            case .noKeyframe: "it does not begin with a keyframe"
            case .largePicture(let bytes):
                "a picture has \(bytes) bytes, at most \(FileSurvey.maximumPicture) can be sent"
            case .longGroup(let limit):
                "keyframes are more than \(limit) s apart, and those who join late would see nothing until the next"
            case .largeGroup(let bytes):
                "from one keyframe to the next there are \(bytes) bytes, a server keeps"
                    + " \(FileSurvey.server.gopCacheBytes) for those who join late"
            }
        }
    }

    /// What the look found.
    struct Result {
        var obstacle: Obstacle?
        /// Nanoseconds of the file after which it was broken off, `nil` if it reached the end.
        var end: Int64?
    }

    /// Bytes of a picture that fit into a frame, beside its kind and header.
    static let maximumPicture = WireLimits.maximumFrameLength - 1 - WireLimits.mediaHeaderBytes
    /// What a server keeps where nothing else is configured.
    static let server = RelayConfiguration()
    /// Nanoseconds that a look may take: a file of an hour has gigabytes.
    private static let patience: Int64 = 5_000_000_000

    /// Reads the file's pictures.
    /// - Parameter file: opened for this alone.
    static func look(
        through file: Demuxer, _ track: Demuxer.Track, clock: MediaClock = .system
    ) throws(ContainerError) -> Result {
        let began = clock.now()
        var group = Group()
        file.keepOnly(track)
        while let (other, packet) = try file.next() {
            guard other.index == track.index, let form = other.transportForm(of: packet) else { continue }
            let time = track.timeBase.rescale(form.dts, to: .nanoseconds)
            if let obstacle = group.take(form, time: time) { return Result(obstacle: obstacle) }
            if clock.now() - began > patience { return Result(end: time.saturatingSubtract(group.first)) }
        }
        return Result(obstacle: group.isEmpty ? .noKeyframe : nil)
    }

    /// The pictures since the last keyframe.
    private struct Group {
        private(set) var first: Int64 = 0
        private(set) var isEmpty = true
        private var start: Int64 = 0
        private var bytes = 0

        mutating func take(_ picture: Packet, time: Int64) -> Obstacle? {
            let size = picture.payload.count
            if size > maximumPicture { return .largePicture(bytes: size) }
            if isEmpty {
                guard picture.isKeyframe else { return .noKeyframe }
                (isEmpty, first) = (false, time)
            }
            if picture.isKeyframe { (start, bytes) = (time, 0) }
            bytes += size + WireLimits.mediaHeaderBytes
            let length = Double(time.saturatingSubtract(start)) / 1e9
            if length > server.gopCacheInSeconds { return .longGroup(limit: server.gopCacheInSeconds) }
            return bytes > server.gopCacheBytes ? .largeGroup(bytes: bytes) : nil
        }
    }
}
