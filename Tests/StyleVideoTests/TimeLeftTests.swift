import Testing

@testable import StyleVideo

/// What is told of a job's time.
@Suite struct TimeLeftTests {
    /// A step of a run: when it was, and how far.
    struct Step {
        let seconds: Double
        let progress: Progress

        init(
            _ seconds: Double, _ phase: Progress.Phase, _ done: Int, of total: Int?, foreseen: Double? = nil,
            isPainting: Bool = true
        ) {
            self.seconds = seconds
            var progress = Progress(phase, done: done, total: total)
            progress.prospect = isPainting ? Progress.Prospect(secondsPerFrame: foreseen) : nil
            self.progress = progress
        }
    }

    /// Runs as they were, on two cores: 750 frames in four chunks, with a forecast before them and a join behind; 60
    /// frames of 576 lines; and the second of these on a machine whose other work begins in the middle.
    static let recorded: [(name: String, steps: [Step])] = [
        (
            "a film in chunks",
            steps(.scenes, 750, 0.0267, [(0.40, 1), (0.90, 202), (1.41, 400), (1.93, 600), (2.35, 750)])
                + steps(
                    .statistics, 160, 0.0267, [(2.37, 1), (2.87, 53), (3.38, 100), (3.88, 155), (3.91, 160)])
                + steps(
                    .painting, 750, 0.0227,
                    [
                        (4.78, 1), (5.31, 20), (6.37, 56), (7.41, 93), (8.48, 130), (9.52, 165), (10.61, 202),
                        (11.66, 237), (12.68, 276), (13.73, 314), (14.78, 350), (15.82, 384), (16.85, 418),
                        (17.87, 453),
                        (18.89, 487), (19.91, 525), (20.95, 563), (21.98, 599), (23.01, 634), (24.04, 670),
                        (25.06, 703),
                        (26.07, 740), (26.35, 750),
                    ])
                + steps(.joining, 750, 0.0227, [(26.357, 237), (26.361, 750)])
        ),
        (
            "a short clip",
            steps(.scenes, 60, 0.205, [(0.31, 1), (0.40, 60)])
                + steps(.statistics, 8, 0.205, [(0.48, 1), (0.80, 8)])
                + steps(
                    .painting, 60, 0.205,
                    [
                        (1.43, 1), (2.02, 4), (3.26, 10), (4.44, 16), (5.63, 22), (6.83, 28), (8.08, 34), (9.29, 40),
                        (10.53, 46), (11.80, 52), (13.01, 58), (13.16, 60),
                    ])
        ),
        (
            "a machine that slows down",
            steps(.scenes, 60, 0.205, [(0.31, 1), (0.40, 60)])
                + steps(.statistics, 8, 0.205, [(0.48, 1), (0.80, 8)])
                + steps(
                    .painting, 60, 0.205, (1...60).map { (1.2 + Double($0) * 0.2 + max(0, Double($0) - 20) * 0.2, $0) })
        ),
    ]

    private static func steps(
        _ phase: Progress.Phase, _ total: Int, _ foreseen: Double, _ done: [(Double, Int)]
    ) -> [Step] {
        done.map { Step($0.0, phase, $0.1, of: total, foreseen: foreseen) }
    }

    private static func told(_ steps: [Step]) -> [(seconds: Double, estimate: TimeLeft.Estimate)] {
        var left = TimeLeft()
        return steps.compactMap { step in
            left.update(step.progress, at: step.seconds).map { (step.seconds, $0) }
        }
    }

    @Test(arguments: recorded.indices) func theTimeLeftNeverLeaps(_ place: Int) {
        let told = Self.told(Self.recorded[place].steps)
        for (before, now) in zip(told, told.dropFirst()) {
            let passed = now.seconds - before.seconds
            let rise = now.estimate.secondsLeft - before.estimate.secondsLeft
            #expect(rise <= passed * (0.1 + before.estimate.secondsLeft / 10), "\(now)")
            #expect(now.estimate.fraction >= before.estimate.fraction)
        }
    }

    @Test(arguments: recorded.indices) func theTimeLeftIsAboutTrue(_ place: Int) throws {
        let (steps, told) = (Self.recorded[place].steps, Self.told(Self.recorded[place].steps))
        let end = try #require(steps.last).seconds
        // From the end of the first look on; a machine that slows down cannot be foreseen.
        let slows = place == 2
        for (seconds, estimate) in told where seconds > (slows ? end * 0.75 : 0.4) && end - seconds > 2 {
            let ratio = estimate.secondsLeft / (end - seconds)
            #expect((slows ? 0.6 : 0.75)...1.25 ~= ratio, "\(seconds): \(estimate)")
        }
        let last = try #require(told.last).estimate
        #expect(last.secondsLeft == 0 && last.fraction == 1)
    }

    @Test func nothingIsToldWhereNothingIsKnown() {
        #expect(Self.told([Step(1, .scenes, 1, of: 100), Step(2, .scenes, 50, of: 100)]).isEmpty)
        #expect(Self.told([Step(1, .scenes, 1, of: nil), Step(2, .scenes, 50, of: nil)]).isEmpty)
    }

    @Test func aJobThatOnlyLooksTellsOfThat() throws {
        let steps = [1, 2, 3].map { Step(Double($0), .scenes, $0 * 10, of: 100, isPainting: false) }
        let last = try #require(Self.told(steps).last).estimate
        #expect(abs(last.secondsLeft - 7) < 0.1 && abs(last.fraction - 0.3) < 0.01)
    }

    /// The statistics alone tell what painting will take.
    @Test func statisticsForetellPainting() throws {
        let steps =
            [Step(0, .scenes, 1, of: 100), Step(1, .scenes, 100, of: 100)]
            + (1...8).map { Step(1 + Double($0) * 0.1, .statistics, $0, of: 8) }
        let last = try #require(Self.told(steps).last).estimate
        #expect((20.0...60).contains(last.secondsLeft))
    }

    /// What was foreseen is mended step by step, upwards as well as downwards.
    @Test(arguments: [0.02, 0.2, 2]) func aWrongForecastIsMended(_ foreseen: Double) throws {
        let steps =
            Self.steps(.scenes, 200, foreseen, [(0.1, 1), (1, 200)])
            + Self.steps(.painting, 200, foreseen, (1...200).map { (1 + Double($0) * 0.2, $0) })
        let told = Self.told(steps)
        for (before, now) in zip(told, told.dropFirst()) {
            let passed = now.seconds - before.seconds
            #expect(
                now.estimate.secondsLeft - before.estimate.secondsLeft <= passed
                    * (0.1 + before.estimate.secondsLeft / 10))
        }
        let late = try #require(told.first { $0.seconds > 30 })
        #expect((0.8...1.25).contains(late.estimate.secondsLeft / (41 - late.seconds)), "\(late)")
    }

    @Test func aClipThatIsLookedThroughTwiceBeginsAnew() throws {
        let steps =
            Self.steps(.scenes, 100, 0.1, [(0.1, 1), (1, 100)]) + Self.steps(.scenes, 100, 0.1, [(1.1, 1), (2, 100)])
        let last = try #require(Self.told(steps).last).estimate
        #expect((8.0...12).contains(last.secondsLeft))
    }

    @Test func whatWasThereBeforeIsNoWork() {
        var progress = Progress(.painting, done: 901, total: 1000, before: 900)
        var left = TimeLeft()
        let first = left.update(progress, at: 1)
        #expect(first == nil)
        progress.done = 911
        let estimate = left.update(progress, at: 11)
        #expect(abs((estimate?.secondsLeft ?? 0) - 89) < 1)
    }
}
