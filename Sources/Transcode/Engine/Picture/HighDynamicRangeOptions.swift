import LibAV
import Media

/// HDR10's metadata as encoders want them, which put them into the stream. The header of the file has them in any case.
enum HighDynamicRangeOptions {
    /// x265: chromaticities in 1/50000, luminances in 1/10000 candela a square metre.
    static func x265(_ metadata: HighDynamicRange) -> [String] {
        var options: [String] = []
        if let display = metadata.display {
            options.append("master-display=" + text(display, 50_000, 10_000) { "\(Int($0.rounded()))" })
        }
        if let light = metadata.lightLevel { options.append("max-cll=\(light.maximum),\(light.average)") }
        return options
    }

    /// SVT-AV1: plain numbers.
    static func svt(_ metadata: HighDynamicRange) -> [String] {
        var options: [String] = []
        if let display = metadata.display {
            options.append("mastering-display=" + text(display, 1, 1) { DecimalText.fixed($0, digits: 5) })
        }
        if let light = metadata.lightLevel {
            options.append("content-light=\(light.maximum),\(light.average)")
        }
        return options
    }

    private static func text(
        _ display: HighDynamicRange.Display, _ unit: Double, _ luminance: Double, _ number: (Double) -> String
    ) -> String {
        func point(_ name: String, _ point: HighDynamicRange.Display.Point) -> String {
            "\(name)(\(number(point.x * unit)),\(number(point.y * unit)))"
        }
        return point("G", display.green) + point("B", display.blue) + point("R", display.red)
            + point("WP", display.white)
            + "L(\(number(display.maximum * luminance)),\(number(display.minimum * luminance)))"
    }
}
