/// The format, size and rate to ask a camera for.
///
/// The rule, in this order:
/// 1. A format that is asked for by name is the only one considered; H.264 only if it is.
/// 2. What the camera makes itself before what libv4l2 would convert.
/// 3. The nearest size: the least sum of the differences in width and height; of equals, the larger.
/// 4. A rate that is not below the one asked for; else the highest.
/// 5. Raw formats before MJPEG, those that need least conversion first (YU12, NV12, YUYV, UYVY, …).
/// 6. The lowest rate that is not below the one asked for.
package struct CameraFormatChoice: Sendable, Hashable {
    /// A rate this much lower still counts as the one asked for: 30000/1001 is 0.999 of 30.
    package static let rateTolerance = 0.995

    /// V4L2's code.
    package var fourCC: UInt32
    /// What it stands for.
    package var format: CameraFormat
    /// Width in pixels.
    package var width: Int
    /// Height in pixels.
    package var height: Int
    /// Pictures a second to ask for.
    package var frameRate: Double
    /// Whether libv4l2 has to convert.
    package var isEmulated: Bool

    /// The best of what a camera offers, `nil` where nothing is left.
    package static func best(
        of formats: [CameraFormatDescription], for request: CameraRequest
    ) -> CameraFormatChoice? {
        var best: (choice: CameraFormatChoice, cost: [Double])?
        for description in formats {
            guard let format = description.format, isConsidered(format, for: request) else { continue }
            for size in description.sizes.isEmpty ? [anySize(request)] : description.sizes {
                let candidate = choice(description, format, size, request)
                let cost = cost(of: candidate, size: size, request: request)
                if best.map({ cost.lexicographicallyPrecedes($0.cost) }) ?? true { best = (candidate, cost) }
            }
        }
        return best?.choice
    }

    private static func isConsidered(_ format: CameraFormat, for request: CameraRequest) -> Bool {
        if let wanted = request.format { return format == wanted }
        return format != .h264
    }

    /// A driver that lists no sizes is asked for the wanted one, and tells what it gives.
    private static func anySize(_ request: CameraRequest) -> CameraSize {
        CameraSize(width: request.width, height: request.height, frameRates: [])
    }

    private static func choice(
        _ description: CameraFormatDescription, _ format: CameraFormat, _ size: CameraSize,
        _ request: CameraRequest
    ) -> CameraFormatChoice {
        CameraFormatChoice(
            fourCC: description.fourCC, format: format, width: size.width.nearest(to: request.width),
            height: size.height.nearest(to: request.height),
            frameRate: size.rate(for: request.frameRate) ?? request.frameRate,
            isEmulated: description.isEmulated)
    }

    private static func cost(
        of choice: CameraFormatChoice, size: CameraSize, request: CameraRequest
    ) -> [Double] {
        let rate = size.rate(for: request.frameRate) ?? request.frameRate
        let isTooSlow = rate < request.frameRate * rateTolerance
        let preference =
            CameraFormat.known.firstIndex { $0.code == choice.fourCC } ?? CameraFormat.known.count
        return [
            choice.isEmulated ? 1 : 0,
            Double(abs(choice.width - request.width) + abs(choice.height - request.height)),
            -Double(choice.width * choice.height),
            isTooSlow ? request.frameRate - rate : 0,
            Double(preference),
            isTooSlow ? 0 : rate - request.frameRate,
        ]
    }
}
