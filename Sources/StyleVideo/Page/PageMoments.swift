import Pages

/// Which frames a page shows as small pictures.
enum PageMoments {
    /// Least steady moments, and scenes, at most: so many pictures take about half a megabyte.
    private static let mostWorst = 8
    private static let mostScenes = 24

    /// The least steady moments, the worst first, each apart from the others.
    static func worst(_ distances: [ReportPage.Distance]) -> [Int] {
        let values = distances.compactMap { distance in distance.painting.map { (frame: distance.frame, value: $0) } }
        let apart = max(1, min(24, values.count / (2 * mostWorst)))
        var chosen: [Int] = []
        // Ties by their order, so that the page is the same each time.
        let sorted = values.sorted { ($1.value, $0.frame) < ($0.value, $1.frame) }
        for (frame, value) in sorted where value > 0 {
            guard chosen.count < mostWorst else { break }
            if chosen.allSatisfy({ abs($0 - frame) >= apart }) { chosen.append(frame) }
        }
        return chosen
    }

    /// Of scenes' first frames as many as are shown, spread over all.
    static func spread(_ starts: [Int]) -> [Int] {
        guard starts.count > mostScenes else { return starts }
        return (0..<mostScenes).map { starts[$0 * (starts.count - 1) / (mostScenes - 1)] }
    }
}
