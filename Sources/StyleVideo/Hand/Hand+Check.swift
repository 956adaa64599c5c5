import StyleKernel

extension Hand {
    /// What can be told before any file is read. Weights that were rounded are brought to a sum of 1.
    /// - Throws: `HandError`.
    public mutating func check() throws {
        precondition(!styles.isEmpty || !regions.isEmpty, "a hand without a style")
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
        guard let mix else { return }
        guard mix.count == styles.count else {
            throw HandError.wrong("there are \(mix.count) weights for \(styles.count) styles")
        }
        guard mix.allSatisfy({ (0...1).contains($0) }) else {
            throw HandError.wrong("a weight is from 0 to 1, and not \(shown(mix.first { !(0...1).contains($0) }!))")
        }
        guard let whole = summingToOne(mix) else {
            throw HandError.wrong("the weights sum to \(shown(mix.reduce(0, +))), and not to 1")
        }
        self.mix = whole
    }

    private func checkRegions() throws {
        if regions.isEmpty {
            if leavesBackground { throw HandError.wrong("without a region nothing is painted but the background") }
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
