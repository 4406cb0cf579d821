// What `convene devices` prints of a camera: a line each.

extension CameraSize.Extent {
    fileprivate var isRange: Bool { maximum > minimum }
}

extension CameraSize: CustomStringConvertible {
    /// `640x480 at 30, 15 fps`, or `32x32 to 3840x2160 in steps of 2x2 at 1 to 60 fps`.
    public var description: String {
        var text = "\(width.minimum)x\(height.minimum)"
        if width.isRange || height.isRange {
            text += " to \(width.maximum)x\(height.maximum)"
            // 0 stands for a length that is fixed.
            text += " in steps of \(max(width.step, 1))x\(max(height.step, 1))"
        }
        guard let highest = frameRates.max(), let lowest = frameRates.min() else { return text }
        if isEveryRateBetween, lowest < highest {
            return text + " at \(rateText(lowest)) to \(rateText(highest)) fps"
        }
        return text + " at \(frameRates.map(rateText).joined(separator: ", ")) fps"
    }
}

extension CameraFormatDescription {
    /// `yuyv422 (YUYV): 640x480 at 30 fps; 1280x720 at 10 fps`.
    public var text: String {
        let name = name.map { "\($0) (\(code))" } ?? "\(code) (cannot be used)"
        return sizes.isEmpty ? name : "\(name): \(sizes.map(\.description).joined(separator: "; "))"
    }
}

extension CameraControl: CustomStringConvertible {
    /// `brightness: 0 to 255, now 128`.
    public var description: String {
        let now = value.map { ", now \($0)" } ?? ""
        return "\(name): \(validValues)\(now)" + (obstacle.map { "; \($0)" } ?? "")
    }
}
