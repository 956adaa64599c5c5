/// Some of a value's positions: rectangles, which may overlap a little. More than 24 are put together, and so are
/// those whose smallest common rectangle is hardly larger than they are. It allocates nothing.
package struct Regions: Sendable {
    private static let most = 24
    private var regions = [24 of Region](repeating: Region(rows: 0..<0, columns: 0..<0))
    package private(set) var count = 0

    package init() {}

    package subscript(index: Int) -> Region { regions[index] }
    package var isEmpty: Bool { count == 0 }
    /// Of all rectangles; where they overlap, more than there are.
    package var positions: Int { (0..<count).reduce(0) { $0 + regions[$1].count } }

    package mutating func insert(_ region: Region) {
        guard !region.isEmpty else { return }
        var region = region
        while let other = partner(of: region) {
            region = region.union(regions[other])
            count -= 1
            regions[other] = regions[count]
        }
        regions[count] = region
        count += 1
    }

    /// Most of a whole is taken for all of it.
    mutating func insert(all whole: Region, ifMost share: Double) {
        guard Double(positions) >= share * Double(whole.count) else { return }
        count = 0
        insert(whole)
    }

    /// The one to put together with another: the cheapest, if that costs little or there is no room.
    private func partner(of region: Region) -> Int? {
        func cost(_ index: Int) -> Int { region.union(regions[index]).count - regions[index].count - region.count }
        guard let best = (0..<count).min(by: { cost($0) < cost($1) }) else { return nil }
        let isCheap = 8 * cost(best) <= regions[best].count + region.count
        return isCheap || count == Self.most ? best : nil
    }
}
