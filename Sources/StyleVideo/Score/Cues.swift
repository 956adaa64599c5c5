import Imaging

extension Score.Cue {
    /// What a hand decides of each of a clip's frames.
    /// - Parameters:
    ///   - styles: the hand's, as they are remembered.
    ///   - times: of the frames.
    static func cues(of hand: Hand, styles: [Score.Style], _ times: FrameTimes) -> [Score.Cue] {
        let all = 0..<times.ticks.count
        func manner(_ manner: Hand.Manner) -> Score.Manner {
            Score.Manner(manner, styles, isCollage: hand.isCollage)
        }
        let turns = hand.turns
        guard !turns.isEmpty else { return [Score.Cue(frames: all, manner: manner(hand.first))] }
        let moments = turns.map { times.tick(at: $0.moment) }
        let places = moments.map { moment in times.ticks.partitioned { $0 >= moment } }
        var cues = [Score.Cue(frames: 0..<places[0], manner: manner(turns[0].manner))]
        for (i, next) in turns.enumerated().dropFirst() {
            let (from, to) = (manner(turns[i - 1].manner), manner(next.manner))
            let isTurn = from != to && next.curve != .cut && moments[i] > moments[i - 1]
            cues.append(
                Score.Cue(
                    frames: places[i - 1]..<places[i], manner: from,
                    turn: isTurn
                        ? Turn(manner: to, from: moments[i - 1], until: moments[i], curve: next.curve) : nil))
        }
        cues.append(Score.Cue(frames: places.last!..<all.upperBound, manner: manner(turns.last!.manner)))
        return cues.filter { !$0.frames.isEmpty }
    }
}

extension Score.Manner {
    /// - Parameter styles: the hand's, as they are remembered.
    init(_ manner: Hand.Manner, _ styles: [Score.Style], isCollage: Bool) {
        let weights = isCollage ? .init(repeating: 1 / Double(styles.count), count: styles.count) : manner.weights
        self.styles = zip(styles, weights).map { Score.WeightedStyle(style: $0, weight: $1) }
        (strength, brush, region) = (manner.strength, manner.brush, manner.region)
    }
}

/// When a clip's frames are shown.
struct FrameTimes {
    /// Of each frame, rising.
    let ticks: [Int64]
    let timeBase: Rational
    /// When the clip starts, in seconds of the same clock.
    let start: Double

    /// From the first frame to the last.
    struct Span: Equatable {
        let start: Timestamp
        let last: Place

        static func == (a: Span, b: Span) -> Bool {
            a.start == b.start && a.last.presentationTime == b.last.presentationTime
        }
    }

    /// Nil where there is no frame.
    var span: Span? {
        guard let first = ticks.first, let last = ticks.last else { return nil }
        return Span(
            start: Timestamp(first, timeBase: timeBase),
            last: Place(number: ticks.count - 1, presentationTime: Timestamp(last, timeBase: timeBase)))
    }

    /// - Returns: seconds from the clip's start to a frame.
    func moment(of frame: Int) -> Double { Timestamp(ticks[frame], timeBase: timeBase).seconds - start }

    /// - Parameter moment: seconds from the clip's start.
    func tick(at moment: Double) -> Int64 {
        let tick = (start + moment) * Double(timeBase.denominator) / Double(max(timeBase.numerator, 1))
        // Centuries behind the end of any clip, people's moments are one.
        return Int64(min(tick, 0x1p61).rounded())
    }

    /// Seconds from the clip's start to the last frame.
    var last: Double { ticks.last.map { Timestamp($0, timeBase: timeBase).seconds - start } ?? 0 }
}

extension Array {
    /// Where elements that are ordered so that all which fulfil it come last begin to.
    fileprivate func partitioned(by isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
