internal import CFFmpeg

/// HDR10's static metadata: for which display pictures were made, and how bright they get (SMPTE ST 2086, CTA-861.3).
public struct HighDynamicRange: Sendable, Equatable {
    /// The display on which pictures were graded. Chromaticities are CIE 1931's x and y, luminances candela a square metre.
    public struct Display: Sendable, Equatable {
        /// A point of the chromaticity diagram.
        public struct Point: Sendable, Equatable {
            /// 0 to 1, and so is `y`.
            public var x: Double
            /// See ``x``.
            public var y: Double
        }

        /// The primaries.
        public var red: Point
        /// The primaries.
        public var green: Point
        /// The primaries.
        public var blue: Point
        /// The white point.
        public var white: Point
        /// Least luminance.
        public var minimum: Double
        /// Greatest luminance.
        public var maximum: Double
    }

    /// The display, if it is said.
    public var display: Display?
    /// Greatest light level of a pixel and of a picture's average, if they are said.
    public var lightLevel: (maximum: Int, average: Int)?

    /// From its parts; without them it says nothing.
    public init(display: Display? = nil, lightLevel: (maximum: Int, average: Int)? = nil) {
        self.display = display
        self.lightLevel = lightLevel
    }

    /// Whether nothing is said.
    public var isEmpty: Bool { display == nil && lightLevel == nil }

    /// This, and what `other` says beyond it.
    public func filled(from other: HighDynamicRange) -> HighDynamicRange {
        HighDynamicRange(display: display ?? other.display, lightLevel: lightLevel ?? other.lightLevel)
    }

    /// By value.
    public static func == (first: HighDynamicRange, second: HighDynamicRange) -> Bool {
        first.display == second.display && first.lightLevel?.maximum == second.lightLevel?.maximum
            && first.lightLevel?.average == second.lightLevel?.average
    }
}

extension HighDynamicRange.Display {
    /// `nil` where the source does not say everything, or nothing that can be.
    init?(_ metadata: AVMasteringDisplayMetadata) {
        guard metadata.has_primaries != 0, metadata.has_luminance != 0 else { return nil }
        func number(_ value: AVRational) -> Double {
            value.den > 0 ? Double(value.num) / Double(value.den) : -1
        }
        func point(_ value: (AVRational, AVRational)) -> Point {
            Point(x: number(value.0), y: number(value.1))
        }
        let primaries = metadata.display_primaries
        (red, green, blue) = (point(primaries.0), point(primaries.1), point(primaries.2))
        white = point(metadata.white_point)
        (minimum, maximum) = (number(metadata.min_luminance), number(metadata.max_luminance))
        let coordinates = [red, green, blue, white].flatMap { [$0.x, $0.y] }
        guard coordinates.allSatisfy((0...1).contains), (0...maximum).contains(minimum), maximum <= 10_000
        else { return nil }
    }

    /// As FFmpeg has it: chromaticities in 1/50000, luminances in 1/10000, as in HEVC's SEI.
    var metadata: AVMasteringDisplayMetadata {
        func ratio(_ value: Double, _ unit: Double) -> AVRational {
            AVRational(num: Int32((value * unit).rounded()), den: Int32(unit))
        }
        func pair(_ point: Point) -> (AVRational, AVRational) {
            (ratio(point.x, 50_000), ratio(point.y, 50_000))
        }
        var result = AVMasteringDisplayMetadata()
        result.display_primaries = (pair(red), pair(green), pair(blue))
        result.white_point = pair(white)
        result.min_luminance = ratio(minimum, 10_000)
        result.max_luminance = ratio(maximum, 10_000)
        (result.has_primaries, result.has_luminance) = (1, 1)
        return result
    }
}

extension HighDynamicRange {
    /// What a stream's header says.
    init(_ stream: UnsafeMutablePointer<AVStream>) {
        func value<Value>(_ kind: AVPacketSideDataType, _ type: Value.Type) -> Value? {
            var size = 0
            guard let bytes = av_stream_get_side_data(stream, kind, &size), size >= MemoryLayout<Value>.size
            else { return nil }
            return UnsafeRawPointer(bytes).loadUnaligned(as: type)
        }
        self.init(
            display: value(AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AVMasteringDisplayMetadata.self)
                .flatMap(Display.init),
            light: value(AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AVContentLightMetadata.self))
    }

    init(display: Display?, light: AVContentLightMetadata?) {
        self.init(
            display: display,
            lightLevel: light.flatMap {
                $0.MaxCLL > 0 && $0.MaxCLL <= 0xffff && $0.MaxFALL <= 0xffff
                    ? (Int($0.MaxCLL), Int($0.MaxFALL)) : nil
            })
    }

    /// Writes it into a stream's header.
    func write(to stream: UnsafeMutablePointer<AVStream>) throws(AVError) {
        func write<Value>(_ value: Value, _ kind: AVPacketSideDataType) throws(AVError) {
            guard let memory = av_stream_new_side_data(stream, kind, MemoryLayout<Value>.size) else {
                throw .noMemory("av_stream_new_side_data")
            }
            UnsafeMutableRawPointer(memory).storeBytes(of: value, as: Value.self)
        }
        if let display { try write(display.metadata, AV_PKT_DATA_MASTERING_DISPLAY_METADATA) }
        if let lightLevel {
            let light = AVContentLightMetadata(
                MaxCLL: UInt32(clamping: lightLevel.maximum), MaxFALL: UInt32(clamping: lightLevel.average))
            try write(light, AV_PKT_DATA_CONTENT_LIGHT_LEVEL)
        }
    }
}

extension OwnedFrame {
    /// What comes with the picture.
    public var highDynamicRange: HighDynamicRange {
        func value<Value>(_ kind: AVFrameSideDataType, _ type: Value.Type) -> Value? {
            guard let data = av_frame_get_side_data(pointer, kind), let bytes = data.pointee.data,
                Int(data.pointee.size) >= MemoryLayout<Value>.size
            else { return nil }
            return UnsafeRawPointer(bytes).loadUnaligned(as: type)
        }
        return HighDynamicRange(
            display: value(AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, AVMasteringDisplayMetadata.self)
                .flatMap(HighDynamicRange.Display.init),
            light: value(AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, AVContentLightMetadata.self))
    }
}
