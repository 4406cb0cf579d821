internal import CV4L2

/// The most entries of one kind that are listed of a device. Drivers stay far below; a broken one that never
/// ends its list is not followed.
private let enumerationLimit: UInt32 = 512

extension V4L2Device {
    /// Everything that the device tells of itself.
    func describe() -> CameraDescription {
        CameraDescription(
            path: path, card: card, driver: driver, bus: bus, formats: formats(), controls: controls())
    }

    /// The pixel formats that the device offers, with their sizes and rates.
    func formats() -> [CameraFormatDescription] {
        var formats: [CameraFormatDescription] = []
        for index in 0..<enumerationLimit {
            var entry = v4l2_fmtdesc()
            entry.index = index
            entry.type = convene_buf_type_video_capture
            guard perform(convene_vidioc_enum_fmt, &entry) == 0 else { break }
            formats.append(
                CameraFormatDescription(
                    fourCC: entry.pixelformat, description: text(&entry.description),
                    isCompressed: entry.flags & convene_fmt_flag_compressed != 0,
                    isEmulated: entry.flags & convene_fmt_flag_emulated != 0,
                    sizes: sizes(of: entry.pixelformat)))
        }
        return formats
    }

    private func sizes(of format: UInt32) -> [CameraSize] {
        var sizes: [CameraSize] = []
        for index in 0..<enumerationLimit {
            var entry = v4l2_frmsizeenum()
            entry.index = index
            entry.pixel_format = format
            guard perform(convene_vidioc_enum_framesizes, &entry) == 0 else { break }
            guard entry.type != convene_frmsize_discrete else {
                sizes.append(size(format, .init(entry.discrete.width), .init(entry.discrete.height)))
                continue
            }
            let range = entry.stepwise
            sizes.append(
                size(
                    format,
                    .init(
                        minimum: Int(range.min_width), maximum: Int(range.max_width),
                        step: Int(range.step_width)),
                    .init(
                        minimum: Int(range.min_height), maximum: Int(range.max_height),
                        step: Int(range.step_height))
                ))
            break
        }
        return sizes
    }

    private func size(_ format: UInt32, _ width: CameraSize.Extent, _ height: CameraSize.Extent) -> CameraSize
    {
        var rates: [Double] = []
        var isRange = false
        for index in 0..<enumerationLimit {
            var entry = v4l2_frmivalenum()
            entry.index = index
            entry.pixel_format = format
            entry.width = UInt32(clamping: width.maximum)
            entry.height = UInt32(clamping: height.maximum)
            guard perform(convene_vidioc_enum_frameintervals, &entry) == 0 else { break }
            guard entry.type != convene_frmival_discrete else {
                rates.append(rate(entry.discrete))
                continue
            }
            rates = [rate(entry.stepwise.min), rate(entry.stepwise.max)]
            isRange = true
            break
        }
        return CameraSize(
            width: width, height: height, frameRates: rates.filter { $0 > 0 }.sorted(by: >),
            isEveryRateBetween: isRange)
    }
}

/// Pictures a second of an interval in seconds; 0 where the fraction has no meaning.
func rate(_ interval: v4l2_fract) -> Double {
    interval.numerator == 0 ? 0 : Double(interval.denominator) / Double(interval.numerator)
}

extension CameraSize.Extent {
    fileprivate init(_ length: UInt32) { self.init(minimum: Int(length), maximum: Int(length), step: 0) }
}
