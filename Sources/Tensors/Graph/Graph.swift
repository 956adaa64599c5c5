/// What a network computes, as a value: steps in their order, each of which makes a new value of earlier ones.
///
/// Nothing is computed here. What follows from the steps: the layers that a weights file must hold (`layers`), which
/// memory each value takes and for how long (`Plan`), what a position sees (`Graph.seen`), and names for tests and
/// benches. A `Runner` does the steps.
package struct Graph: Sendable {
    /// A picture of features on its way through the network, or what is held still beside it.
    package struct Value: Sendable, Hashable {
        let index: Int
        /// Unique in its graph; where the goldens know the value, theirs.
        package let name: String
        /// One position for so many by so many pixels; 0 for what is no picture.
        package let stride: Int
        package let channels: Int
    }

    /// Where a value's memory comes from.
    enum Home: Sendable {
        /// The plan's workspace, from the step that makes it to the last that reads it.
        case workspace
        /// The same, but it never exists whole: it is made by the strip, each strip just before it is used.
        case strips
        /// The caller, who binds a tensor to it.
        case caller
    }

    package struct Step: Sendable {
        package let operation: Operation
        package let reads: [Value]
        /// Nil where it leaves the graph.
        package let writes: Value?
        /// What the step belongs to, for benches.
        package let stage: String

        /// The value whose memory the result may take, where nothing reads it later.
        var overwrites: Value? { operation.overwritten.flatMap { $0 < reads.count ? reads[$0] : nil } }
    }

    package private(set) var values: [Value] = []
    private(set) var homes: [Home] = []
    package private(set) var steps: [Step] = []
    /// What is still needed when all steps are done.
    private(set) var wanted: Set<Value> = []
    /// Of the steps that are added from here on.
    package var stage = ""
    /// Stands before the names of the values that are made from here on: of steps that are done a second time.
    package var prefix = ""

    package init() {}

    package func value(_ name: String) -> Value? { values.first { $0.name == name } }

    package subscript(name: String) -> Value {
        guard let value = value(name) else { preconditionFailure("no value \(name)") }
        return value
    }

    func home(_ value: Value) -> Home { homes[value.index] }

    /// The stages' names, in order.
    package var stages: [String] {
        steps.map(\.stage).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The layers that a weights file must hold, each once.
    package var layers: [LayerShape] {
        steps.reduce(into: []) { layers, step in
            guard case .convolve(let shape, _, _) = step.operation else { return }
            if !layers.contains(where: { $0.name == shape.name }) { layers.append(shape) }
        }
    }

    // MARK: Building

    /// A value that comes from outside and whose memory is the caller's.
    package mutating func given(_ name: String, channels: Int) -> Value {
        make(name, stride: 0, channels: channels, home: .caller)
    }

    /// A picture of features that comes from outside, with memory in the plan.
    package mutating func given(_ name: String, stride: Int, channels: Int) -> Value {
        make(name, stride: stride, channels: channels)
    }

    mutating func make(_ name: String, stride: Int, channels: Int, home: Home = .workspace) -> Value {
        let name = prefix + name
        precondition(!values.contains { $0.name == name }, "a second value \(name)")
        let value = Value(index: values.count, name: name, stride: stride, channels: channels)
        values.append(value)
        homes.append(home)
        return value
    }

    mutating func add(_ operation: Operation, of reads: [Value], into writes: Value?) {
        steps.append(Step(operation: operation, reads: reads, writes: writes, stage: stage))
    }

    /// Says that values are still needed when all steps are done, whole.
    package mutating func want(_ values: [Value]) {
        precondition(values.allSatisfy { home($0) == .workspace }, "what is made by the strip is never whole")
        wanted.formUnion(values)
    }

    // MARK: Cutting

    /// The steps that lead from some values to others, and no more. Those given, where they are the graph's own, are
    /// then inputs with memory; those wanted exist whole and are still there at the end.
    package func cut(from given: [Value], to wanted: [Value]) -> Graph {
        var part = self
        var needed = Set(wanted)
        part.steps = []
        for step in steps.reversed() {
            guard let made = step.writes, needed.contains(made), !given.contains(made) else { continue }
            part.steps.insert(step, at: 0)
            needed.formUnion(step.reads)
        }
        part.wanted = Set(wanted)
        for value in given + wanted where home(value) == .strips { part.homes[value.index] = .workspace }
        return part
    }
}
