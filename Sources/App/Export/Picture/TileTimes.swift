/// When somebody has a tile with the name only.
package enum TileTimes {
    /// A gap between two pictures' tiles, or at the edge of one, that is shorter than so many microseconds has no tile of its
    /// own: people join a moment before their first picture.
    private static let shortest: Int64 = 1_000_000

    /// The parts of `stay`, the time from joining to leaving, in which none of `pictures` has a tile, in order. Times are
    /// microseconds.
    package static func rest(of stay: Range<Int64>, besides pictures: [Range<Int64>]) -> [Range<Int64>] {
        guard !pictures.isEmpty else { return stay.isEmpty ? [] : [stay] }
        var rest: [Range<Int64>] = []
        var time = stay.lowerBound
        for tile in pictures.sorted(by: { $0.lowerBound < $1.lowerBound }) where tile.upperBound > time {
            if tile.lowerBound > time { rest.append(time..<min(tile.lowerBound, stay.upperBound)) }
            time = min(tile.upperBound, stay.upperBound)
            if time == stay.upperBound { break }
        }
        if time < stay.upperBound { rest.append(time..<stay.upperBound) }
        return rest.filter { $0.upperBound - $0.lowerBound >= shortest }
    }
}
