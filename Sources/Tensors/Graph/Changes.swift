/// How much was computed, in products of a number by a weight, and how much all of it would have been.
package struct Work: Sendable {
    package var done = 0.0
    package var whole = 0.0
}

/// What is sought of each value, by its index, and of what the last step writes.
struct Sought {
    var values: [Regions]
    var result = Regions()
}

/// What is new of each value since the frame before, and what a plan that keeps is to compute for that. As large as it
/// will ever be from the start: no frame allocates.
struct Changes {
    /// Of the source frame, in its own positions.
    var source = Regions()
    /// By the values' index: what may have other bits than before.
    var changed: [Regions]
    /// By the values' index: the positions that came out otherwise than before, where that is looked at.
    let differing: [Marks?]

    init(_ plan: Plan) {
        changed = plan.graph.values.map { _ in Regions() }
        differing = plan.olds.map { $0.map { Marks(rows: $0.height, columns: $0.width) } }
    }
}
