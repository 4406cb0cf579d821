// What it costs to finalise a long recording: CPU time, bytes written against bytes of media, growth of the file.
//
//     finalise-benchmark [HOURS] [FOLDER]      default 2 hours, 2.5 Mbit/s, in a temporary folder
//
// The media is synthetic and its size is what counts; the index is that of a real meeting: 30 pictures and 50 sound
// packets a second, fragments of half a second.

import Container
import FoundationEssentials
import Glibc
import Media

/// CPU seconds of this process so far.
func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// A recording of that length; returns its size.
func record(hours: Double, to path: String) throws -> Int64 {
    let parameterSets = AVCConfiguration(
        sequenceParameterSets: [
            [0x67, 0x42, 0xC0, 0x1F, 0xDA, 0x01, 0x40, 0x16, 0xE8, 0x06, 0xD0, 0xA1, 0x35]
        ],
        pictureParameterSets: [[0x68, 0xCE, 0x06, 0xE2]])
    let opus = Array("OpusHead".utf8) + [1, 1, 0x38, 1, 0x80, 0xBB, 0, 0, 0, 0, 0]
    let muxer = try FragmentedMuxer(
        tracks: [
            MuxedTrack(
                description: TrackDescription(
                    codec: .h264, timeBase: .video,
                    format: .video(.init(width: 1280, height: 720, frameRate: 30)), source: "camera"),
                configuration: parameterSets?.record ?? []),
            MuxedTrack(
                description: TrackDescription(
                    codec: .opus, timeBase: .opus, format: .audio(.init(sampleRate: 48_000, channels: 1)),
                    source: "camera"), configuration: opus),
        ], tags: [:])
    let file = try RecordingFile(path, .create)
    try file.write(muxer.header, at: 0)
    var position = Int64(muxer.header.count)
    func picture(_ size: Int, _ kind: UInt8) -> [UInt8] {
        let length = UInt32(size - 4)
        return (0..<4).map { UInt8(length >> (24 - 8 * $0) & 255) } + [kind]
            + [UInt8](repeating: 0x5A, count: size - 5)
    }
    let keyframe = picture(60_000, 0x65)
    let difference = picture(9_400, 0x41)
    let sound = [UInt8](repeating: 0x48, count: 120)
    for half in 0..<Int(hours * 7200) {
        for index in 0..<15 {
            let number = Int64(half * 15 + index)
            let isKeyframe = number % 60 == 0
            try muxer.append(
                track: 0, payload: isKeyframe ? keyframe : difference, pts: number * 3000, dts: number * 3000,
                duration: 3000, isKeyframe: isKeyframe)
        }
        for index in 0..<25 {
            let number = Int64(half * 25 + index)
            try muxer.append(
                track: 1, payload: sound, pts: number * 960, dts: number * 960, duration: 960,
                isKeyframe: true)
        }
        try muxer.cutFragment { fragment throws(ContainerError) in
            try file.write(fragment, at: position)
            position += fragment.reduce(0) { $0 + Int64($1.count) }
        }
    }
    return position
}

let arguments = CommandLine.arguments
let hours = arguments.count > 1 ? Double(arguments[1]) ?? 2 : 2
let folder = arguments.count > 2 ? arguments[2] : FileManager.default.temporaryDirectory.path
let path = "\(folder)/finalise-benchmark-\(getpid()).mp4"
let size = try record(hours: hours, to: path)
let clock = ContinuousClock()
let before = (cpu: processorSeconds(), time: clock.now)
let result = try Finaliser.finalise(path)
let cpu = processorSeconds() - before.cpu
let index = result.size - size
print("recording: \(hours) h, \(size / 1_000_000) MB, samples \(result.sampleCounts)")
print("finalise: \(Int(cpu * 1000)) ms of CPU, \(before.time.duration(to: clock.now)) in all")
print(
    "index: \(index) bytes, \(Double(index) / Double(size) * 100) % of the media; nothing else was written but 16 bytes"
)
print("length: \(Double(result.durationInNanoseconds) / 1e9) s")
if arguments.count <= 2 { unlink(path) } else { print(path) }
