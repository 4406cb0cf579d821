import CFFmpeg

/// The SHA-256 of bytes that come in parts (FIPS 180-4). Confined to one thread.
public struct SHA256: ~Copyable {
    private let context: OpaquePointer
    private static let length = 32

    /// The digest of nothing yet.
    public init() throws(AVError) {
        guard let context = av_sha_alloc(), av_sha_init(context, 256) == 0 else {
            throw .noMemory("av_sha_alloc")
        }
        self.context = context
    }

    deinit { av_free(UnsafeMutableRawPointer(context)) }

    /// Adds bytes.
    public func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { av_sha_update(context, $0.baseAddress, $0.count) }
    }

    /// The digest of everything that was added: 64 lower-case hexadecimal digits.
    public consuming func finish() -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The digest of everything that was added: 32 bytes.
    public consuming func finishBytes() -> [UInt8] { bytes() }

    private func bytes() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.length) { buffer, count in
            av_sha_final(context, buffer.baseAddress)
            count = Self.length
        }
    }
}
