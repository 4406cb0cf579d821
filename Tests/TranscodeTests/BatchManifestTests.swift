import Fixtures
import MediaTesting
import Testing
import Transcode

@Suite struct BatchManifestTests {
    private func manifest(_ json: String, path: String = "ci/m.json") throws -> Manifest {
        try Manifest(json: Array(json.utf8), path: path)
    }

    /// What is said about a manifest that must be refused.
    private func complaint(_ json: String) -> String {
        do {
            _ = try manifest(json)
            return ""
        } catch { return "\(error)" }
    }

    private func withRendition(_ rendition: String, fixture: String = "\"a.mp4\"") -> String {
        #"{"renditions": {"web": \#(rendition)}, "fixtures": [\#(fixture)]}"#
    }

    @Test func settingsOfAPresetGiveWayToThoseOfTheManifest() throws {
        let manifest = try manifest(
            withRendition(
                #"{"preset": "720p", "container": "mkv", "video": {"height": 90, "bitRate": 100000}, "audio": false}"#
            ))
        let settings = try #require(manifest.renditions["web"]).settings
        let preset = try Presets.named("720p").settings
        #expect(settings.container == .mkv && settings.audio == nil)
        #expect(settings.video?.height == 90 && settings.video?.width == nil)
        #expect(settings.video?.bitRate == 100_000 && settings.video?.crf == nil)
        #expect(settings.video?.preset == preset.video?.preset)
        #expect(settings.video?.keyframeSeconds == preset.video?.keyframeSeconds)
    }

    @Test func explicitSettingsAreReadAsTheyStand() throws {
        let manifest = try manifest(
            withRendition(
                """
                {"container": "webm", "video": {"width": 64, "height": 36, "fit": "crop", "enlarges": false, "crf": 30.5,
                 "frameRate": 29.97, "preset": "5", "keyframeSeconds": 2, "bitDepth": 10},
                 "audio": {"channels": 1, "sampleRate": 48000, "bitRate": 32000}}
                """))
        let expected = RenditionSettings(
            container: .webm,
            video: VideoSettings(
                codec: .vp9, width: 64, height: 36, fit: .crop, enlarges: false, crf: 30.5,
                frameRate: FrameRatio(30000, 1001), preset: "5", keyframeSeconds: 2, bitDepth: 10),
            audio: AudioSettings(codec: .opus, bitRate: 32000, channels: 1, sampleRate: 48000))
        #expect(manifest.renditions["web"]?.settings == expected)
    }

    @Test(arguments: [
        (#"{"fixture": []}"#, "fixture in ci/m.json is not known"),
        (
            #"{"renditions": {"web": {"preset": "720p", "video": {"crf2": 3}}}, "fixtures": []}"#,
            "renditions.web.video.crf2"
        ),
        (
            #"{"renditions": {"web": {"preset": "720p", "audio": {"bitrate": 3}}}, "fixtures": []}"#,
            "renditions.web.audio.bitrate"
        ),
        (#"{"renditions": {}, "fixtures": ["a", {"path": "b", "expects": 1}]}"#, "fixtures[1].expects"),
        (
            #"{"renditions": {"w": "720p"}, "fixtures": [{"path": "b", "expect": {"streams": [{"kind": "video", "widht": 3}]}}]}"#,
            "fixtures[0].expect.streams[0].widht"
        ),
        (
            #"{"renditions": {"w": "720p"}, "fixtures": [{"path": "b", "renditions": ["v"]}]}"#,
            "fixtures[0].renditions[0]"
        ),
        (
            #"{"renditions": {"w": "720p"}, "fixtures": [{"path": "b", "renditions": {"v": {}}}]}"#,
            "fixtures[0].renditions.v"
        ),
        (#"{"golden": {"keep": 3}, "renditions": {}, "fixtures": []}"#, "golden.keep"),
    ])
    func unknownKeysAreNamedWithTheirPath(json: String, words: String) {
        let text = complaint(json)
        #expect(text.contains(words) && text.contains("ci/m.json"), "\(text)")
    }

    @Test(arguments: [
        (#"{"container": "mp5"}"#, "renditions.web.container", "\"mp4\""),
        (#"{"container": "mp4", "video": {"crf": "high"}}"#, "renditions.web.video.crf", "\"high\""),
        (#"{"container": "mp4", "video": {"crf": 64}}"#, "renditions.web.video.crf", "63"),
        (#"{"container": "mp4", "video": {"width": 1.5}}"#, "renditions.web.video.width", "1.5"),
        (#"{"container": "mp4", "video": true}"#, "renditions.web.video", "false, or an object"),
        (#"{"container": "mp4", "video": {"frameRate": "1/0"}}"#, "renditions.web.video.frameRate", "1/0"),
        (#"{"container": "mp4", "video": {"bitDepth": null}}"#, "renditions.web.video.bitDepth", "null"),
        (#""721p""#, "renditions.web", "\"720p\""),
        (#"{"container": "webm", "video": {"codec": "h264"}}"#, "renditions.web", "webm cannot hold h264"),
        (#"{"container": "mp4"}"#, "renditions.web", "pictures, sound, or both"),
        (#"{"video": {}}"#, "renditions.web.container", "missing"),
        (#"[]"#, "renditions.web", "a list"),
    ])
    func wrongValuesAreNamedWithWhatIsAllowed(rendition: String, path: String, words: String) {
        let text = complaint(withRendition(rendition))
        #expect(text.contains(path) && text.contains(words), "\(text)")
    }

    @Test(arguments: [
        (#"{"path": "a", "expect": {"error": "broken"}}"#, "fixtures[0].expect.error", "\"unreadable\""),
        (
            #"{"path": "a", "expect": {"error": "damaged", "frames": 3}}"#, "fixtures[0].expect.frames",
            "error"
        ),
        (#"{"path": "a", "from": 2, "to": 1}"#, "fixtures[0].to", "more than from"),
        (#"{"path": "a", "name": "../b"}"#, "fixtures[0].name", "letters"),
        (#"{"name": "b"}"#, "fixtures[0].path", "missing"),
        (#"{"path": "a", "expect": {"minimumSSIM": 1.2}}"#, "fixtures[0].expect.minimumSSIM", "1.2"),
        (
            #"{"path": "a", "expect": {"duration": {"tolerance": 1}}}"#,
            "fixtures[0].expect.duration.seconds", "missing"
        ),
        (#"3"#, "fixtures[0]", "3"),
        (#"{"path": "a", "renditions": []}"#, "fixtures[0].renditions", "at least one"),
        (#"{"path": "a", "renditions": {}}"#, "fixtures[0].renditions", "at least one"),
        (#"{"path": "a", "renditions": ["web", "web"]}"#, "fixtures[0].renditions[1]", "once"),
        (
            #"{"path": "a", "expect": {"frames": 1, "notes": ["\",{\\"], "frames" : 2}}"#,
            "fixtures[0].expect.frames", "twice"
        ),
    ])
    func wrongFixturesAreNamed(fixture: String, path: String, words: String) {
        let text = complaint(withRendition("\"720p\"", fixture: fixture))
        #expect(text.contains(path) && text.contains(words), "\(text)")
    }

    @Test(arguments: ["", "{", "{\"renditions\": }", "[1, 2", "nonsense", "{\"a\": \"\u{1}\"}"])
    func textThatIsNoJSONIsRefusedWithItsFile(json: String) {
        #expect(complaint(json).contains("ci/m.json is not JSON"), "\(complaint(json))")
    }

    @Test func aManifestWithoutRenditionsIsRefused() {
        #expect(complaint(#"{"renditions": {}, "fixtures": ["a.mp4"]}"#).contains("at least one"))
    }

    @Test func twoRenditionsOfOneNameAreRefused() {
        let text = complaint(#"{"renditions": {"a": "720p", "b": "360p", "a": "360p"}, "fixtures": ["x"]}"#)
        #expect(text.contains("renditions.a stands in ci/m.json twice"), "\(text)")
    }

    @Test func aManifestThatIsNotThereIsNamed() {
        #expect(throws: ManifestError.self) { try Manifest(path: "/nowhere/m.json") }
    }

    @Test func whatIsSaidMoreSpecificallyCounts() throws {
        let manifest = try manifest(
            """
            {"renditions": {"web": {"preset": "720p", "expect": {"minimumPSNR": 30, "frames": 1}}, "small": "360p"},
             "fixtures": [{"path": "a.mp4", "expect": {"frames": 2, "maximumBytes": 5},
                           "renditions": {"web": {"maximumBytes": 6}, "small": {"error": "no_tracks"}}},
                          {"path": "b.mp4", "expect": {"error": "damaged"}}]}
            """)
        let plan = try BatchPlan(manifest)
        let web = try #require(plan.fixtures[0].renditions.first { $0.name == "web" }).expectation
        #expect(web.minimumPSNR == 30 && web.frames == 2 && web.maximumBytes == 6)
        let small = try #require(plan.fixtures[0].renditions.first { $0.name == "small" }).expectation
        #expect(small.error == "no_tracks" && small.frames == nil)
        #expect(
            plan.fixtures[1].renditions.allSatisfy {
                $0.expectation.error == "damaged" && $0.expectation.frames == nil
            })
    }

    @Test func globsFindFilesInOrderAndKeepTheirFolders() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "clips/b.mp4")
        try folder.write("", to: "clips/a.mp4")
        try folder.write("", to: "clips/c.txt")
        let json = #"{"renditions": {"web": "720p"}, "fixtures": ["clips/*.mp4", "none/*.mp4"]}"#
        let plan = try BatchPlan(try manifest(json, path: folder.path + "/m.json"))
        // What matches nothing stays, and fails as a file that is not there.
        #expect(plan.fixtures.map(\.name) == ["clips/a.mp4", "clips/b.mp4", "none/_.mp4"])
        #expect(plan.fixtures[0].path == folder.path + "/clips/a.mp4")
    }

    @Test func onlyChoosesFixturesOrSingleRenditions() throws {
        let json = #"{"renditions": {"web": "720p", "small": "360p"}, "fixtures": ["a.mp4", "b.mp4"]}"#
        let manifest = try manifest(json)
        func chosen(_ glob: String) throws -> [String] {
            try BatchPlan(manifest, only: glob).fixtures.flatMap { f in
                f.renditions.map { "\(f.name)/\($0.name)" }
            }
        }
        #expect(try chosen("a*") == ["a.mp4/small", "a.mp4/web"])
        #expect(try chosen("*/web") == ["a.mp4/web", "b.mp4/web"])
        #expect(try chosen("c*").isEmpty)
    }

    @Test func twoFixturesOfOneNameAreRefused() throws {
        let json = #"{"renditions": {"web": "720p"}, "fixtures": ["../a.mp4", "a.mp4"]}"#
        let manifest = try manifest(json)
        let error = #expect(throws: ManifestError.self) { try BatchPlan(manifest) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("fixtures[1]"))
    }
}
