import Machine
import StyleKernel

extension Hand {
    /// What can be told before any file is read. Weights that were rounded are brought to a sum of 1.
    /// - Throws: `HandError`.
    public mutating func check() throws {
        guard !styles.isEmpty || !regions.isEmpty else { throw HandError.wrong("there is no style") }
        let count = styles.count + regions.count
        guard count <= StyleMix.most else {
            throw HandError.wrong("at most \(StyleMix.most) styles paint together, and these are \(count)")
        }
        for (property, value) in [(Property.strength, strength), (.brush, brush)]
        where !property.range.contains(value) {
            throw HandError.wrong("\(property.what) is \(property.bounds), and not \(shown(value))")
        }
        if isCollage, mix != nil || timeline?.marks.contains(where: { $0.weights != nil }) == true {
            throw HandError.wrong("a collage takes of each style what fits best, so that its styles have no weights")
        }
        try checkRegions()
        try checkTimeline()
        guard let mix else { return }
        guard mix.count == styles.count else {
            throw HandError.wrong(
                (mix.count == 1 ? "there is " : "there are ") + Figure.count(mix.count, "weight") + " for "
                    + Figure.count(styles.count, "style"))
        }
        guard mix.allSatisfy({ (0...1).contains($0) }) else {
            throw HandError.wrong("a weight is from 0 to 1, and not \(shown(mix.first { !(0...1).contains($0) }!))")
        }
        guard let whole = summingToOne(mix) else {
            throw HandError.wrong("the weights sum to \(shown(mix.reduce(0, +))), and not to 1")
        }
        self.mix = whole
    }

    /// What a file of it is refused for, of one that was made otherwise.
    private func checkTimeline() throws {
        guard let marks = timeline?.marks else { return }
        let isOrdered = zip(marks, marks.dropFirst()).allSatisfy { $0.moment < $1.moment }
        guard !marks.isEmpty, isOrdered, marks.allSatisfy({ $0.moment.isFinite && $0.moment >= 0 }) else {
            throw HandError.wrong("the timeline's moments do not follow one another")
        }
        for mark in marks {
            if let weights = mark.weights, weights.count != styles.count || summingToOne(weights) == nil {
                throw HandError.wrong("the timeline's weights at \(shown(mark.moment)) s are not those of the styles")
            }
            for property in Property.allCases {
                guard let value = mark[property], !property.range.contains(value) else { continue }
                throw HandError.wrong("\(property.what) is \(property.bounds), and not \(shown(value))")
            }
        }
    }

    private func checkRegions() throws {
        if regions.isEmpty {
            if leavesBackground {
                throw HandError.wrong("where the background is left and there is no region, nothing is painted")
            }
            if timeline?.marks.contains(where: { $0.region != nil }) == true {
                throw HandError.wrong("the timeline speaks of regions, and there are none")
            }
            return
        }
        guard leavesBackground == styles.isEmpty else {
            throw HandError.wrong(
                leavesBackground
                    ? "where the background is the source, no style paints it: regions have their own"
                    : "what no region covers needs a style, or is to be left as the source has it")
        }
        if colours == .palette {
            throw HandError.wrong("a palette is the whole picture's, and regions have one each")
        }
    }
}
