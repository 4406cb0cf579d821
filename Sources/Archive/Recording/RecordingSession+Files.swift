import Container
import Logging
import Media

/// Beginning and ending the files of a meeting.
extension RecordingSession: SourceRecorder.Delegate {
    /// A fragment that the disk has refused, and may still take.
    struct UnwrittenFragment {
        let source: SourceRecorder
        let segment: SegmentWriter
        var due: MonotonicTime
        var attempts = 0
    }

    /// Files of one meeting that may wait for the disk to be finalised: beyond that, no further one is begun.
    private static let mostWaiting = 512
    /// Refused fragments that are kept for the disk to come back, of all sources together: bytes, and files, which are open meanwhile.
    private static let mostUnwritten = (bytes: 64 << 20, files: 256)
    private static let mostAttempts = 30
    private static let retryInterval: Int64 = 2_000_000_000

    func open(
        _ source: SourceRecorder, tracks: [SegmentWriter.Track], base: Int64, isFree: Bool
    ) -> SourceRecorder.Opening {
        makeFolder()
        guard let folder, let upkeep else { return .refused("no folder could be made for it") }
        guard isFree || people[source.participant]?.allowance.take(now: now) != false else {
            return .refused("too many files were begun")
        }
        guard upkeep.waiting < Self.mostWaiting else {
            return .refused("the disk does not finish the files that it has")
        }
        let person = people[source.participant]?.name ?? source.participant
        let stem = fileStems.stem(of: source.participant, name: person)
        let key = "\(stem)-\(FileName.source(source.source))"
        // A name is used once, whatever becomes of the file.
        let number = segmentCounts[key, default: 0] + 1
        segmentCounts[key] = number
        let name = "\(key)-\(number).mp4"
        do {
            let segment = try SegmentWriter(
                folder: folder.path, name: name, number: number, tracks: tracks, base: base,
                tags: ["title": person, "comment": "\(room) \(folder.name)"], voice: voice,
                memory: configuration.memory)
            begin(segment, source)
            return .opened(segment)
        } catch {
            if case .file = error {
                failed(source.key, .container(error))
                return .refused("the disk refused the last file")
            }
            logger.warning(
                "a source cannot be recorded",
                metadata: ["participant": "\(source.participant)", "error": "\(error)"])
            return .refused("its tracks cannot be described")
        }
    }

    private func begin(_ segment: SegmentWriter, _ source: SourceRecorder) {
        metrics.began()
        services.synchronizer.synchronize(segment.file)
        let described = describe(segment, source, now: now)
        changeManifest { $0.segments.append(described) }
        journal("segment") { event in
            (event.participant, event.source, event.file) = (source.participant, source.source, segment.name)
            (event.number, event.start, event.tracks) = (segment.number, described.start, described.tracks)
            event.base = segment.base
        }
        overcame(source.key)
    }

    func close(_ source: SourceRecorder, _ segment: SegmentWriter, error: ContainerError?) {
        guard let error else { return complete(source, segment) }
        if case .file = error {
            failed(source.key, .container(error))
        } else {
            logger.warning(
                "a part of a recording cannot be written",
                metadata: ["participant": "\(source.participant)", "error": "\(error)"])
        }
        let bytes = unwritten.reduce(segment.unwrittenBytes) { $0 + $1.segment.unwrittenBytes }
        guard segment.hasUnwritten, bytes <= Self.mostUnwritten.bytes,
            unwritten.count < Self.mostUnwritten.files
        else {
            return complete(source, segment)
        }
        unwritten.append(UnwrittenFragment(source: source, segment: segment, due: now + Self.retryInterval))
    }

    /// Gives the disk once more what it has refused.
    /// - Parameter isLast: whether there is no other time.
    func writeAgain(isLast: Bool = false) {
        let waiting = unwritten
        unwritten = []
        for var fragment in waiting {
            if fragment.due <= now || isLast {
                fragment.attempts += 1
                fragment.due = now + Self.retryInterval
                let isWritten = (try? fragment.segment.writeAgain()) != nil
                if isWritten || isLast || fragment.attempts >= Self.mostAttempts {
                    complete(fragment.source, fragment.segment)
                    continue
                }
            }
            unwritten.append(fragment)
        }
    }

    /// Nothing more comes into the file: it is finalised as soon as the disk likes, or removed where it holds nothing.
    private func complete(_ source: SourceRecorder, _ segment: SegmentWriter) {
        for (track, packets) in segment.giveUp() {
            lost(source, track: track, packets: packets, reason: "the disk refused them")
        }
        let described = describe(segment, source, now: now)
        guard segment.holdsMedia else {
            segment.remove()
            metrics.ended(isFinalised: false)
            changeManifest { $0.segments.removeAll { $0.file == segment.name } }
            return journal("discard") { ($0.participant, $0.file) = (source.participant, segment.name) }
        }
        changeManifest { manifest in
            guard let index = manifest.segments.lastIndex(where: { $0.file == segment.name }) else { return }
            let start = manifest.segments[index].start
            manifest.segments[index] = described
            manifest.segments[index].start = start
        }
        upkeep?.close(segment.name)
    }

    func written(_ segment: SegmentWriter) { services.synchronizer.synchronize(segment.file) }

    func lost(_ source: SourceRecorder, track: UInt32, packets: Int, reason: String) {
        losses.add(track, of: source.participant, packets: packets, reason: reason, now: now)
    }

    func reportLosses(isLast: Bool = false) {
        for loss in losses.take(now: now) {
            metrics.lost(packets: loss.packets, reason: loss.reason)
            journal("gap") { event in
                (event.track, event.participant) = (loss.track, loss.participant)
                (event.packets, event.reason) = (loss.packets, loss.reason)
            }
        }
        losses.log(logger, isLast: isLast)
    }

    private func describe(
        _ segment: SegmentWriter, _ source: SourceRecorder, now: MonotonicTime
    ) -> MeetingManifest.Segment {
        let clock = segment.tracks.lazy.compactMap { [clocks] in clocks[$0.id] }.first
        let said = clock.map {
            // Wraps on absurd times rather than trap on them.
            timeline.time(ofServer: $0.serverTime &+ (segment.base &- $0.nanoseconds) / 1000)
        }
        // A publisher can say anything of its clock; it is believed where it says nearly what was seen.
        let start = said.flatMap { isNear($0, time) ? $0 : nil } ?? time
        return .init(
            file: segment.name, participant: source.participant, source: source.source,
            number: segment.number, start: start, duration: segment.duration / 1000, bytes: segment.bytes,
            tracks: segment.tracks.map { track in
                .init(
                    track: track.id, kind: track.description.kind.rawValue,
                    codec: track.description.codec.rawValue,
                    width: track.description.video?.width, height: track.description.video?.height,
                    sampleRate: track.description.audio?.sampleRate,
                    channels: track.description.audio?.channels,
                    packets: track.packets)
            }, state: .writing)
    }
}
