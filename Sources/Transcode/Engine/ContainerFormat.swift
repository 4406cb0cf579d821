/// How libavformat writes a container.
struct ContainerFormat {
    /// FFmpeg's name of the muxer.
    let muxer: String
    /// Its private options.
    let options: [String: String]
    /// Whether parameter sets go into the header.
    let hasGlobalHeader: Bool
    /// The four characters of HEVC, where players want others than FFmpeg's choice.
    let hevcTag: String?
    /// Whether more than one audio track fits.
    let holdsSeveralSounds: Bool

    /// - Parameters:
    ///   - path: where the muxer writes; the segments of HLS lie beside it and are called like `name`.
    init(_ settings: RenditionSettings, path: String, name: String) {
        switch settings.container {
        case .mp4:
            self.init("mp4", ["movflags": "+faststart"], hevcTag: "hvc1")
        case .fmp4:
            self.init("mp4", ["movflags": "+frag_keyframe+delay_moov+default_base_moof"], hevcTag: "hvc1")
        case .webm: self.init("webm", [:])
        case .mkv: self.init("matroska", [:])
        case .mpegts: self.init("mpegts", [:], hasGlobalHeader: false)
        case .hls:
            let isTransportStream = Self.fitsTransportStream(settings)
            let kind = isTransportStream ? "ts" : "m4s"
            // The prefix keeps libavformat from taking a colon in the path for a protocol.
            let template = "file:" + Self.folder(of: path) + Self.stem(name)
            let base = Self.base(of: name)
            var options = [
                "hls_time": "6", "hls_playlist_type": "vod", "hls_list_size": "0",
                "hls_flags": "+independent_segments",
                "hls_segment_type": isTransportStream ? "mpegts" : "fmp4",
                "hls_segment_filename": "\(template)-%05d.\(kind)",
            ]
            if !base.isEmpty { options["hls_base_url"] = base }
            if !isTransportStream { options["hls_fmp4_init_filename"] = "\(base)\(Self.stem(name))-init.mp4" }
            self.init(
                "hls", options, hasGlobalHeader: !isTransportStream,
                hevcTag: isTransportStream ? nil : "hvc1", holdsSeveralSounds: false)
        }
    }

    private init(
        _ muxer: String, _ options: [String: String], hasGlobalHeader: Bool = true, hevcTag: String? = nil,
        holdsSeveralSounds: Bool = true
    ) {
        self.muxer = muxer
        self.options = options
        self.hasGlobalHeader = hasGlobalHeader
        self.hevcTag = hevcTag
        self.holdsSeveralSounds = holdsSeveralSounds
    }

    /// Players read H.264 and AAC from transport streams, everything else from fragmented MP4.
    private static func fitsTransportStream(_ settings: RenditionSettings) -> Bool {
        (settings.video.map { $0.codec == .h264 } ?? true)
            && (settings.audio.map { $0.codec == .aac } ?? true)
    }

    /// What stands before the names in a playlist: with a colon in it, a name alone would be an address (RFC 3986 §4.2).
    private static func base(of name: String) -> String { name.contains(":") ? "./" : "" }

    /// Whether libavformat would take a part of the playlist's path for a number's place; there is no way to quote it.
    static func hasPlaceholder(_ path: String) -> Bool {
        zip(path, path.dropFirst()).contains { $0 == "%" && ($1 == "d" || $1 == "%" || $1.isNumber) }
    }

    /// The path up to its last slash.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    /// The name without its extension.
    static func stem(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return String(name[..<dot])
    }
}
