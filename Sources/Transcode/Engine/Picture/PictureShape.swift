import LibAV

/// The size of a rendition's pictures and how they get it, decided on the source's first picture.
struct PictureShape: Equatable {
    /// Width in pixels, even.
    var width: Int
    /// Height in pixels, even.
    var height: Int
    /// The part of the source that is used, from its upper left corner or around its centre.
    var crop: (width: Int, height: Int, isCentred: Bool)?
    /// Size to which that part is scaled, where it is.
    var scale: (width: Int, height: Int)?
    /// Whether pixels become square. They keep their shape where nothing is scaled.
    var hasSquarePixels: Bool

    /// - Parameters:
    ///   - aspect: width to height of the source's pixels.
    init(_ settings: VideoSettings, width: Int, height: Int, aspect: (width: Int, height: Int)) {
        let shown = Double(width) * Double(aspect.width) / Double(max(1, aspect.height))
        guard let factor = Self.factor(settings, shown, Double(height)) else {
            // In its own size, even: a column or row at the edge may go.
            self.width = max(2, width & ~1)
            self.height = max(2, height & ~1)
            let isOdd = self.width != width || self.height != height
            crop = isOdd && width >= 2 && height >= 2 ? (self.width, self.height, false) : nil
            scale = isOdd && crop == nil ? (self.width, self.height) : nil
            hasSquarePixels = false
            return
        }
        hasSquarePixels = true
        crop = nil
        let scaled = (Self.even(shown * factor), Self.even(Double(height) * factor))
        let asked = (settings.width.map { max(2, $0 & ~1) }, settings.height.map { max(2, $0 & ~1) })
        if settings.fit == .crop, let (wide, high) = Self.both(asked) {
            // What is cut off is cut off before scaling.
            let part = (Double(wide) / factor / shown * Double(width), Double(high) / factor)
            crop = (
                min(width, max(2, Int(part.0.rounded()))), min(height, max(2, Int(part.1.rounded()))), true
            )
            scale = (wide, high)
            (self.width, self.height) = (wide, high)
        } else if settings.fit == .pad, let (wide, high) = Self.both(asked) {
            scale = (min(scaled.0, wide), min(scaled.1, high))
            (self.width, self.height) = (wide, high)
        } else {
            // The side that was asked for is met exactly where it binds.
            scale = (
                Self.snapped(scaled.0, to: asked.0), Self.snapped(scaled.1, to: asked.1)
            )
            self.width = scale?.width ?? scaled.0
            self.height = scale?.height ?? scaled.1
        }
    }

    /// By how much the picture is enlarged; `nil` where it keeps its size.
    private static func factor(_ settings: VideoSettings, _ width: Double, _ height: Double) -> Double? {
        let horizontal = settings.width.map { Double($0) / width }
        let vertical = settings.height.map { Double($0) / height }
        guard horizontal != nil || vertical != nil else { return nil }
        let candidates = [horizontal, vertical].compactMap { $0 }
        let isWhole = settings.fit == .crop && candidates.count == 2
        let factor = (isWhole ? candidates.max() : candidates.min()) ?? 1
        if settings.enlarges || factor < 1 { return factor }
        let isExact = candidates.count == 2 && settings.fit != .within
        return isExact ? (settings.fit == .pad ? 1 : factor) : nil
    }

    private static func both(_ size: (Int?, Int?)) -> (Int, Int)? {
        if let width = size.0, let height = size.1 { (width, height) } else { nil }
    }

    private static func even(_ value: Double) -> Int { max(2, Int((value / 2).rounded()) * 2) }

    private static func snapped(_ value: Int, to asked: Int?) -> Int {
        asked.map { abs($0 - value) <= 2 ? $0 : value } ?? value
    }

    static func == (first: PictureShape, second: PictureShape) -> Bool {
        first.width == second.width && first.height == second.height
            && first.hasSquarePixels == second.hasSquarePixels
            && first.crop.map { [$0.width, $0.height] } == second.crop.map { [$0.width, $0.height] }
            && first.scale.map { [$0.width, $0.height] } == second.scale.map { [$0.width, $0.height] }
    }
}
