/// Something that a rendition is not as expected in.
public struct BatchFailure: Sendable, Hashable, Codable {
    /// What is not as expected.
    enum Code: Sendable, Hashable {
        /// It could not be made; the code is that of ``TranscodeError``.
        case transcode(String)
        /// It was made, although it should fail.
        case succeeded
        /// Frames differ from golden ones.
        case golden
        /// There are no golden frames.
        case goldenMissing
        /// Golden frames cannot be read.
        case goldenUnreadable
        /// The PSNR is too low.
        case psnr
        /// The SSIM is too low.
        case ssim
        /// It is too large.
        case size
        /// It is too long or too short.
        case duration
        /// It has more or fewer pictures.
        case frames
        /// It has other tracks.
        case streams
        /// A note is missing.
        case notes
        /// Its result could not be written.
        case write
    }

    /// A stable name of what is not as expected: that of a ``TranscodeError``, or one of `succeeded`, `golden`,
    /// `golden_missing`, `golden_unreadable`, `psnr`, `ssim`, `size`, `duration`, `frames`, `streams`, `notes`, `write`.
    public var code: String
    /// What it is, and what was expected, for people.
    public var text: String

    init(code: Code, text: String) { self.init(code: code.name, text: text) }

    package init(code: String, text: String) {
        self.code = code
        self.text = text
    }
}

extension BatchFailure.Code {
    /// The stable name for reports.
    var name: String {
        switch self {
        case .transcode(let code): code
        case .succeeded: "succeeded"
        case .golden: "golden"
        case .goldenMissing: "golden_missing"
        case .goldenUnreadable: "golden_unreadable"
        case .psnr: "psnr"
        case .ssim: "ssim"
        case .size: "size"
        case .duration: "duration"
        case .frames: "frames"
        case .streams: "streams"
        case .notes: "notes"
        case .write: "write"
        }
    }
}
