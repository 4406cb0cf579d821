import Archive
import Testing

@Suite("Progress of syncing")
struct SyncProgressTests {
    @Test func whatWasSyncedBeforeIsGivenBackButForWhatIsKept() {
        var progress = SyncProgress()
        progress.keep(1000..<1100)
        progress.keep(5000..<5050)
        var step = progress.advance(to: 5000)
        #expect(step.fresh == 5000 && step.idle.isEmpty, "what was synced just now stays")
        progress.keep(9000..<9300)
        step = progress.advance(to: 9000)
        #expect(step.fresh == 4000 && step.idle == [0..<1000, 1100..<5000])
        // Nothing new: what was synced last is given back all the same.
        step = progress.advance(to: 9000)
        #expect(step.fresh == 0 && step.idle == [5050..<9000])
        #expect(progress.advance(to: 9000).idle.isEmpty)
        // A sync in the middle of what is kept.
        #expect(progress.advance(to: 9100).idle.isEmpty)
        #expect(progress.advance(to: 12_000).idle.isEmpty)
        #expect(progress.advance(to: 13_000).idle == [9300..<12_000])
    }

    @Test func afterAFailureNothingIsGivenBack() {
        var progress = SyncProgress()
        _ = progress.advance(to: 4000)
        progress.fail()
        progress.keep(4000..<4100)
        #expect(progress.advance(to: 8000).idle.isEmpty)
        let step = progress.advance(to: 9000)
        #expect(step.fresh == 1000 && step.idle.isEmpty)
    }

    @Test func whatTheDiskHasRefusedIsWrittenOnceMore() {
        var progress = SyncProgress()
        #expect(progress.takeRefused() == nil)
        _ = progress.advance(to: 4000)
        progress.fail()
        #expect(progress.takeRefused() == 4000)
        #expect(progress.takeRefused() == nil, "once")
        progress.fail()
        _ = progress.advance(to: 9000)
        #expect(progress.takeRefused() == 4000, "a sync that succeeds behind an error proves nothing")
    }

    /// Whatever the order of writing and syncing, each byte that is not kept is given back once, and none that is kept.
    @Test func everyByteIsGivenBackOnceOrKept() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var progress = SyncProgress()
            var size: Int64 = 0
            var kept = Set<Int64>()
            var idle: [Int64] = []
            for _ in 0..<20 {
                if Bool.random(using: &random) {
                    let index = Int64.random(in: 0...5, using: &random)
                    progress.keep(size..<size + index)
                    kept.formUnion(size..<size + index)
                    size += index + Int64.random(in: 0...9, using: &random)
                } else {
                    let part = size - (size > 3 ? Int64.random(in: 0...3, using: &random) : 0)
                    idle += progress.advance(to: part).idle.flatMap { Array($0) }
                }
            }
            for _ in 0..<2 { idle += progress.advance(to: size).idle.flatMap { Array($0) } }
            #expect(idle.sorted() == (0..<size).filter { !kept.contains($0) })
        }
    }
}
