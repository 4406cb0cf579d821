internal import CV4L2
internal import Media

/// What a camera was set to: the format that it really gives, and where the samples lie.
struct CameraSetup {
    let source: VideoSourceFormat
    let format: CameraFormat
    /// Bytes from one row of the first plane to the next.
    let strideInBytes: Int

    /// Asks `device` for what was chosen, and reads back what it gives.
    static func apply(_ choice: CameraFormatChoice, to device: borrowing V4L2Device) throws(CaptureError)
        -> CameraSetup
    {
        try setFormat(choice, device)
        let rate = setRate(choice.frameRate, device)
        var given = v4l2_format()
        given.type = convene_buf_type_video_capture
        try device.require(convene_vidioc_g_fmt, "VIDIOC_G_FMT", &given)
        let picture = given.fmt.pix
        let width = Int(picture.width)
        let height = Int(picture.height)
        guard let format = CameraFormat(code: picture.pixelformat), format == choice.format else {
            throw .formatRefused(
                path: device.path, format: choice.text,
                reason: "the driver gives \(fourCharacterCode(picture.pixelformat)) instead")
        }
        guard (1...16384).contains(width), (1...16384).contains(height) else {
            throw .formatRefused(
                path: device.path, format: choice.text, reason: "the driver gives \(width)x\(height) instead")
        }
        let range = range(format, picture)
        return CameraSetup(
            source: VideoSourceFormat(
                encoding: format.encoding(range: range), width: width, height: height, frameRate: rate),
            format: format, strideInBytes: stride(format, width: width, given: Int(picture.bytesperline)))
    }

    private static func setFormat(
        _ choice: CameraFormatChoice, _ device: borrowing V4L2Device
    ) throws(CaptureError) {
        var wanted = v4l2_format()
        wanted.type = convene_buf_type_video_capture
        wanted.fmt.pix = v4l2_pix_format()
        let picture = convene_pix(&wanted)
        picture?.pointee.width = UInt32(clamping: choice.width)
        picture?.pointee.height = UInt32(clamping: choice.height)
        picture?.pointee.pixelformat = choice.fourCC
        picture?.pointee.field = convene_field_none
        let code = device.perform(convene_vidioc_s_fmt, &wanted)
        if code == EINVAL {
            throw .formatRefused(path: device.path, format: choice.text, reason: errorText(code))
        }
        if code != 0 { throw .from(errno: code, path: device.path, operation: "VIDIOC_S_FMT") }
    }

    /// Asks for a rate. Returns the one that the driver gives, 0 where it does not tell.
    private static func setRate(_ rate: Double, _ device: borrowing V4L2Device) -> Double {
        var parameters = v4l2_streamparm()
        parameters.type = convene_buf_type_video_capture
        guard device.perform(convene_vidioc_g_parm, &parameters) == 0 else { return 0 }
        if rate > 0, convene_capture(&parameters).pointee.capability & convene_cap_timeperframe != 0 {
            let fraction = FrameRate(rate)
            var wanted = v4l2_streamparm()
            wanted.type = convene_buf_type_video_capture
            convene_capture(&wanted).pointee.timeperframe = v4l2_fract(
                numerator: UInt32(clamping: fraction.denominator),
                denominator: UInt32(clamping: fraction.numerator))
            // A driver that cannot set rates still has one.
            _ = device.perform(convene_vidioc_s_parm, &wanted)
        }
        var given = v4l2_streamparm()
        given.type = convene_buf_type_video_capture
        guard device.perform(convene_vidioc_g_parm, &given) == 0 else { return 0 }
        return Capture.rate(convene_capture(&given).pointee.timeperframe)
    }

    private static func range(_ format: CameraFormat, _ picture: v4l2_pix_format) -> ColorRange {
        var picture = picture
        let isRGB = format == .raw(.rgb24) || format == .raw(.bgra)
        return convene_is_full_range(&picture, isRGB ? 1 : 0) != 0 ? .full : .limited
    }

    private static func stride(_ format: CameraFormat, width: Int, given: Int) -> Int {
        guard case .raw(let pixels) = format else { return 0 }
        // Some drivers leave the field at 0.
        return max(given, pixels.rowBytes(plane: 0, width: width))
    }
}

extension CameraFormatChoice {
    /// `1280x720 yuyv422`
    fileprivate var text: String { "\(width)x\(height) \(format.name)" }
}
