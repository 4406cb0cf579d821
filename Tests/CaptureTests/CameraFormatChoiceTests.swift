import Capture
import Media
import Testing

@Suite struct CameraFormatChoiceTests {
    static let yuyv = code("YUYV")
    static let mjpg = code("MJPG")

    static func code(_ text: String) -> UInt32 {
        text.utf8.enumerated().reduce(0) { $0 | UInt32($1.element) << (8 * UInt32($1.offset)) }
    }

    func format(_ text: String, isEmulated: Bool = false, _ sizes: [(Int, Int, [Double])])
        -> CameraFormatDescription
    {
        CameraFormatDescription(
            fourCC: Self.code(text), description: text, isCompressed: text == "MJPG" || text == "H264",
            isEmulated: isEmulated,
            sizes: sizes.map { CameraSize(width: $0.0, height: $0.1, frameRates: $0.2) })
    }

    /// What a common USB camera offers.
    var webcam: [CameraFormatDescription] {
        [
            format("MJPG", [(1920, 1080, [30]), (1280, 720, [30]), (640, 480, [30])]),
            format("YUYV", [(640, 480, [30, 15]), (1280, 720, [10, 5]), (1920, 1080, [5])]),
            format("H264", [(1920, 1080, [30]), (1280, 720, [30])]),
        ]
    }

    func best(
        _ formats: [CameraFormatDescription], _ width: Int, _ height: Int, _ rate: Double,
        _ wanted: CameraFormat? = nil
    ) -> CameraFormatChoice? {
        CameraFormatChoice.best(
            of: formats, for: CameraRequest(width: width, height: height, frameRate: rate, format: wanted))
    }

    @Test func rawComesBeforeJPEGWhereItIsFastEnough() {
        #expect(best(webcam, 640, 480, 30)?.format == .raw(.yuyv422))
        #expect(best(webcam, 1280, 720, 10)?.format == .raw(.yuyv422))
    }

    @Test func jpegComesBeforeRawThatIsTooSlow() {
        let choice = best(webcam, 1280, 720, 30)
        #expect(choice?.format == .mjpeg)
        #expect(choice?.frameRate == 30)
    }

    @Test func h264IsOnlyTakenWhenAskedFor() {
        #expect(best([webcam[2]], 1280, 720, 30) == nil)
        #expect(best(webcam, 1280, 720, 30, .h264)?.format == .h264)
    }

    @Test func aFormatThatIsAskedForIsTheOnlyOne() {
        #expect(best(webcam, 1280, 720, 30, .raw(.yuyv422))?.frameRate == 10)
        #expect(best(webcam, 1280, 720, 30, .raw(.nv12)) == nil)
    }

    @Test func theNearestSizeIsTaken() {
        let choice = best(webcam, 1000, 700, 30)
        #expect(choice.map { [$0.width, $0.height] } == [1280, 720])
        #expect(best(webcam, 1, 1, 30)?.height == 480)
        #expect(best(webcam, 4000, 3000, 30)?.height == 1080)
    }

    @Test func ofSizesEquallyNearTheLargerIsTaken() {
        let formats = [format("YUYV", [(600, 400, [30]), (680, 400, [30])])]
        #expect(best(formats, 640, 400, 30)?.width == 680)
    }

    @Test func theExactSizeInJPEGComesBeforeAnotherSizeInRaw() {
        let formats = [format("YUYV", [(640, 480, [30])]), format("MJPG", [(1280, 720, [30])])]
        #expect(best(formats, 1280, 720, 30)?.format == .mjpeg)
    }

    @Test func planarFormatsComeFirst() {
        let sizes = [(640, 480, [30.0])]
        let formats = ["UYVY", "YUYV", "NV12", "YU12"].map { format($0, sizes) }
        #expect(best(formats, 640, 480, 30)?.format == .raw(.yuv420p))
        #expect(best(Array(formats.dropLast()), 640, 480, 30)?.format == .raw(.nv12))
        #expect(best(Array(formats.dropLast(2)), 640, 480, 30)?.format == .raw(.yuyv422))
    }

    @Test func whatTheCameraMakesItselfComesBeforeEmulation() {
        let formats = [
            format("YU12", isEmulated: true, [(1280, 720, [30])]), format("MJPG", [(640, 480, [30])]),
        ]
        #expect(best(formats, 1280, 720, 30)?.format == .mjpeg)
        #expect(best([formats[0]], 1280, 720, 30)?.isEmulated == true)
    }

    @Test func theLowestSufficientRateIsTaken() {
        let formats = [format("YUYV", [(640, 480, [60, 30, 25, 15])])]
        #expect(best(formats, 640, 480, 24)?.frameRate == 25)
        #expect(best(formats, 640, 480, 30)?.frameRate == 30)
        #expect(best(formats, 640, 480, 90)?.frameRate == 60)
    }

    @Test func broadcastRatesCountAsTheWholeOnes() {
        let formats = [format("YUYV", [(640, 480, [60, 29.97])])]
        #expect(best(formats, 640, 480, 30)?.frameRate == 29.97)
    }

    @Test func sizesInStepsAreMetAsNearlyAsTheyAllow() {
        let size = CameraSize(
            width: .init(minimum: 48, maximum: 1920, step: 16),
            height: .init(minimum: 32, maximum: 1080, step: 8),
            frameRates: [60, 1], isEveryRateBetween: true)
        let formats = [
            CameraFormatDescription(
                fourCC: Self.yuyv, description: "", isCompressed: false, isEmulated: false, sizes: [size])
        ]
        let choice = best(formats, 645, 365, 24)
        #expect(choice.map { [$0.width, $0.height] } == [640, 368])
        #expect(choice?.frameRate == 24)
        #expect(best(formats, 5000, 5000, 24)?.width == 1920)
        #expect(best(formats, 1, 1, 24)?.height == 32)
    }

    @Test func aCameraThatListsNoSizesIsAskedForTheWantedOne() {
        #expect(best([format("YUYV", [])], 800, 600, 30)?.width == 800)
    }

    @Test func formatsThatMeanNothingHereAreLeftOut() {
        #expect(best([format("BA81", [(640, 480, [30])])], 640, 480, 30) == nil)
        #expect(best([], 640, 480, 30) == nil)
    }

    @Test(arguments: ["yuyv422", "YUYV", "yuyv"]) func formatsHaveTwoNames(name: String) {
        #expect(CameraFormat(name: name) == .raw(.yuyv422))
    }

    @Test func unknownNamesAreNoFormats() {
        #expect(CameraFormat(name: "vp9") == nil)
        #expect(CameraFormat.validNames.starts(with: ["yuv420p", "nv12", "yuyv422", "uyvy422"]))
        #expect(CameraFormat.validNames.suffix(2) == ["mjpeg", "h264"])
    }
}
