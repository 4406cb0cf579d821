/// The samples of one track, gathered from fragments, in as little memory as an index needs.
struct SampleTable {
    /// `track_ID`.
    let id: UInt32
    /// Ticks a second of the track.
    let timescale: UInt32
    /// Whether it has pictures.
    let isVideo: Bool
    /// Decoding time of the first sample, in ticks of the file's time line.
    private(set) var start: Int64 = 0
    /// Decoding time at which the last sample ends.
    private(set) var end: Int64 = 0
    /// Runs of samples of equal duration.
    private(set) var durations: [(count: UInt32, delta: UInt32)] = []
    /// Runs of samples of equal composition offset.
    private(set) var compositionOffsets: [(count: UInt32, offset: Int32)] = []
    private(set) var sizes: [UInt32] = []
    /// One-based numbers of the samples at which decoding can start.
    private(set) var syncSamples: [UInt32] = []
    /// Where samples lie one behind the other: position in the file and number.
    private(set) var chunks: [(offset: UInt64, count: UInt32)] = []

    init(id: UInt32, timescale: UInt32, isVideo: Bool) {
        self.id = id
        self.timescale = timescale
        self.isVideo = isVideo
    }

    /// Begins a chunk at `offset` of the file whose first sample is decoded at `time`, or directly behind the last
    /// one where that is `nil`.
    mutating func beginChunk(at offset: UInt64, time: Int64?) {
        chunks.append((offset, 0))
        guard let time else { return }
        if sizes.isEmpty {
            start = time
            end = time
        } else if time > end {
            // The gap belongs to the sample before it: an index has no other way to say it.
            extendLastSample(by: time &- end)
        }
    }

    mutating func append(duration: UInt32, size: UInt32, compositionOffset: Int32, isSync: Bool) {
        sizes.append(size)
        if isSync { syncSamples.append(UInt32(clamping: sizes.count)) }
        addDuration(duration)
        end &+= Int64(duration)
        if let last = compositionOffsets.last, last.offset == compositionOffset {
            compositionOffsets[compositionOffsets.count - 1].count += 1
        } else {
            compositionOffsets.append((1, compositionOffset))
        }
        if !chunks.isEmpty { chunks[chunks.count - 1].count += 1 }
    }

    private mutating func addDuration(_ duration: UInt32) {
        if let last = durations.last, last.delta == duration {
            durations[durations.count - 1].count += 1
        } else {
            durations.append((1, duration))
        }
    }

    private mutating func extendLastSample(by ticks: Int64) {
        guard let last = durations.last else { return }
        if last.count == 1 { durations.removeLast() } else { durations[durations.count - 1].count -= 1 }
        let extended = UInt32(clamping: Int64(last.delta) &+ ticks)
        addDuration(extended)
        end &+= Int64(extended) - Int64(last.delta)
    }
}
