import StyleKernel

extension Hand {
    /// What can be told before any file is read. Weights that were rounded are brought to a sum of 1.
    /// - Throws: `HandError`.
    public mutating func check() throws {
        precondition(!styles.isEmpty, "a hand without a style")
        guard styles.count <= StyleMix.most else {
            throw HandError.mix("at most \(StyleMix.most) styles paint together, and these are \(styles.count)")
        }
        guard (0...StyleMix.mostStrength).contains(strength) else {
            throw HandError.mix("a strength is from 0 to \(StyleMix.mostStrength), and not \(shown(strength))")
        }
        if isCollage, mix != nil || timeline?.marks.contains(where: { $0.weights != nil }) == true {
            throw HandError.mix("a collage takes of each style what fits best, so that its styles have no weights")
        }
        guard let mix else { return }
        guard mix.count == styles.count else {
            throw HandError.mix("there are \(mix.count) weights for \(styles.count) styles")
        }
        guard mix.allSatisfy({ (0...1).contains($0) }) else {
            throw HandError.mix("a weight is from 0 to 1, and not \(shown(mix.first { !(0...1).contains($0) }!))")
        }
        guard let whole = summingToOne(mix) else {
            throw HandError.mix("the weights sum to \(shown(mix.reduce(0, +))), and not to 1")
        }
        self.mix = whole
    }
}
