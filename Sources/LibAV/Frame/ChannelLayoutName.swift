import CFFmpeg

/// FFmpeg's names of channel orders.
enum ChannelLayoutName {
    /// For instance `stereo`. An order that is not said becomes the usual one for that number of channels.
    static func text(_ layout: AVChannelLayout) -> String {
        var known = AVChannelLayout()
        defer { av_channel_layout_uninit(&known) }
        if layout.order == AV_CHANNEL_ORDER_UNSPEC {
            av_channel_layout_default(&known, layout.nb_channels)
        } else {
            withUnsafePointer(to: layout) { _ = av_channel_layout_copy(&known, $0) }
        }
        var text = [CChar](repeating: 0, count: 256)
        guard av_channel_layout_describe(&known, &text, text.count) > 0 else {
            return "\(layout.nb_channels) channels"
        }
        return text.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
