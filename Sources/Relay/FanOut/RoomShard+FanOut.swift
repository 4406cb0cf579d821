import Media
import NIOCore
import Wire

/// How media goes from a shard to its subscribers.
///
/// Frames are appended to each group as they come. A flush lists the frames of a group once and makes one system call for each
/// member. Who does not take all of it, or has been given something of its own, leaves the group and is served out of a queue
/// of its own until nothing waits there any more.
extension RoomShard {
    // MARK: Appending

    /// Appends packets for everybody who gets their tracks, and flushes now or at the tick.
    func fanOut(_ batch: [RelayPacket], now: MonotonicTime) {
        for packet in batch {
            for group in groups { group.append(packet) }
            for subscriber in individuals {
                subscriber.output.withQueue {
                    $0.append(packet.track, packet.frame, isKeyframe: packet.isKeyframe, now: now)
                }
            }
            pending.add(packet, now: now)
            // A batch may be larger than what a flush may be.
            if pending.isFull { flush(now: now) }
        }
        scheduleFlush(now: now)
    }

    /// Flushes if it is due, or else when it will be.
    func scheduleFlush(now: MonotonicTime) {
        guard !pending.isEmpty else { return }
        let wait = pending.wait(now: now, subscribers: subscribers.count)
        if wait <= 0 { return flush(now: now) }
        guard !pending.isScheduled else { return }
        pending.isScheduled = true
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(wait)) { [self] in
            pending.isScheduled = false
            // What it was for may have been sent already, and something else waits.
            scheduleFlush(now: clock.now())
        }
    }

    // MARK: Flushing

    private func flush(now: MonotonicTime) {
        for group in groups where !group.frames.isEmpty { send(group, now: now) }
        for subscriber in Array(individuals) { subscriber.connection.flushOutput(now: now) }
        mergeGroups()
        let end = clock.now()
        count(until: end)
        pending.clear(now, end)
    }

    private func send(_ group: SubscriberGroup, now: MonotonicTime) {
        let list = loopState.list
        list.fill(group.frames, from: 0)
        var fallen: [(subscriber: Subscriber, sent: Int)] = []
        let size = list.bytes
        var bytes = 0
        for (position, descriptor) in group.descriptors.enumerated() where descriptor >= 0 {
            let sent = list.send(to: descriptor)
            bytes += sent
            if sent < size { fallen.append((group.members[position], sent)) }
        }
        let isComplete = group.members.count - group.latecomers.count - fallen.count
        loopState.counters.sends += isComplete + fallen.count
        loopState.counters.shortSends += fallen.count
        loopState.counters.bytesOut += bytes
        loopState.counters.packetsOut += isComplete * group.packets
        for subscriber in Array(group.latecomers) { catchUp(subscriber) }
        for (subscriber, sent) in fallen { demote(subscriber, sent: sent, now: now) }
        group.clear()
    }

    private func count(until end: MonotonicTime) {
        loopState.counters.flushes += 1
        loopState.counters.flushSizes.add(pending.arrivals.count)
        for arrival in pending.arrivals { loopState.counters.latencies.add(Int((end - arrival) / 1000)) }
    }

    /// Sends a member what its group is still to get, so that what is sent to it next comes behind.
    func catchUp(_ subscriber: Subscriber) {
        guard let group = subscriber.group, subscriber.start < group.frames.count else { return }
        loopState.list.fill(group.frames, from: subscriber.start)
        let sent = subscriber.output.send(loopState.list)
        loopState.counters.sends += 1
        loopState.counters.bytesOut += sent
        if sent < loopState.list.bytes {
            loopState.counters.shortSends += 1
            demote(subscriber, sent: sent, now: clock.now())
        } else {
            loopState.counters.packetsOut += group.frames[subscriber.start...].count { $0.track != nil }
            group.skip(subscriber, to: group.frames.count)
        }
    }

    // MARK: Together or by itself

    /// Takes a member out of its group into a queue of its own; it has got the first `sent` bytes of its frames.
    /// - Parameter rest: what comes before them: of a message that the socket has taken a part of.
    func demote(_ subscriber: Subscriber, sent: Int, behind rest: ByteBuffer? = nil, now: MonotonicTime) {
        guard let group = subscriber.group else { return }
        let frames = group.frames[subscriber.start...]
        subscriber.output.beginQueue(group.feeds)
        group.remove(subscriber)
        addIndividual(subscriber)
        // Packets that do not wait as such, where nothing counts them later.
        var packets = 0
        subscriber.output.withQueue { queue in
            if let rest { queue.append(control: rest, now: now) }
            var left = sent
            for frame in frames {
                let size = frame.bytes.readableBytes
                if let track = frame.track, left == 0, queue.isOpen(track) {
                    queue.append(track, frame.bytes, isKeyframe: frame.isKeyframe, now: now)
                    continue
                }
                if frame.track != nil { packets += 1 }
                // The rest of a frame that has begun must be sent, whatever comes.
                if left < size { queue.append(control: frame.bytes.dropping(left), now: now) }
                left = max(0, left - size)
            }
        }
        loopState.counters.packetsOut += packets
        subscriber.connection.flushOutput(now: now)
    }

    /// Gives a member a queue of its own, behind everything that its group is still to get.
    func separate(_ subscriber: Subscriber) {
        loop.preconditionInEventLoop()
        catchUp(subscriber)
        guard let group = subscriber.group else { return }
        subscriber.output.beginQueue(group.feeds)
        group.remove(subscriber)
        addIndividual(subscriber)
    }

    /// Puts a member into a group again if nothing waits for it any more.
    func settle(_ subscriber: Subscriber) {
        loop.preconditionInEventLoop()
        guard subscriber.group == nil, let feeds = subscriber.output.endQueue() else { return }
        removeIndividual(subscriber)
        place(subscriber, feeds: feeds)
    }

    /// Puts a member into the group that has these feeds. What the others there are still to get is not for it.
    func place(_ subscriber: Subscriber, feeds: [TrackID: FeedState]) {
        let fingerprint = SubscriberGroup.fingerprint(of: feeds)
        let group =
            groups.first { $0.has(feeds, fingerprint: fingerprint) } ?? SubscriberGroup(feeds: feeds)
        if group.members.isEmpty && !groups.contains(where: { $0 === group }) { groups.append(group) }
        group.add(subscriber, from: group.frames.count)
    }

    func addIndividual(_ subscriber: Subscriber) {
        subscriber.position = individuals.count
        individuals.append(subscriber)
    }

    func removeIndividual(_ subscriber: Subscriber) {
        let position = subscriber.position
        individuals.swapAt(position, individuals.count - 1)
        individuals[position].position = position
        individuals.removeLast()
    }

    /// Whether somebody has to wait for a keyframe of `track`.
    func isAwaitingKeyframe(of track: TrackID) -> Bool {
        groups.contains { !$0.members.isEmpty && $0.feeds[track]?.needsKeyframe == true }
            || individuals.contains { $0.output.queue?.states[track]?.needsKeyframe == true }
    }

    /// Puts groups together that have become the same, and removes empty ones. Nothing may wait in any.
    private func mergeGroups() {
        groups.removeAll { $0.members.isEmpty }
        for group in groups where group.hasChanged {
            group.hasChanged = false
            guard let same = groups.first(where: { $0 !== group && $0.isSame(as: group) }) else { continue }
            for subscriber in Array(group.members) {
                group.remove(subscriber)
                same.add(subscriber, from: 0)
            }
        }
        groups.removeAll { $0.members.isEmpty }
    }
}
