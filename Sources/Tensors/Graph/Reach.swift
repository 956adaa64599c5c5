/// What a position sees along one axis of what is read: position i sees those from ⌊(step i - before) / finer⌋ to
/// ⌊(step i + after) / finer⌋.
///
/// By value, that is. Where a layer computes tiles (Winograd's 4x4), the last bits of a position follow from what its
/// whole tile sees.
package struct Reach: Sendable, Hashable {
    /// Positions read for one of the result: a convolution's stride.
    var step = 1
    /// Positions of the result for one that is read: 2 where a picture is brought up.
    var finer = 1
    var before = 0
    var after = 0

    /// A position sees its own place alone.
    static let place = Reach()
    static func around(_ margin: Int) -> Reach { Reach(before: margin, after: margin) }

    /// What all of `positions` see together. It may lie beyond the edges, where padding answers.
    func callAsFunction(_ positions: Range<Int>) -> Range<Int> {
        func floor(_ value: Int) -> Int { (value - (value % finer + finer) % finer) / finer }
        let last = positions.upperBound - 1
        return floor(step * positions.lowerBound - before)..<floor(step * last + after) + 1
    }
}
