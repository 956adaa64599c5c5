import Testing

@testable import Scenes

/// Sequences of flat and divided pictures.
private struct Flashing {
    var rate = 25.0
    var seconds = 4.0
    var columns = 8
    var rows = 8
    var block = 1
    /// Of each frame's time and cell (column, row): red, green, blue.
    var picture: (Double, Int, Int) -> (Float, Float, Float)

    /// The most flashes in a second.
    var most: FlashCounter.Count { counts.map(\.count).reduce(FlashCounter.Count(general: 0, red: 0), larger) }

    var counts: [(time: Double, count: FlashCounter.Count)] {
        var counter = FlashCounter(columns: columns, rows: rows, block: block)
        return (0..<Int(rate * seconds)).map { number in
            let time = Double(number) / rate
            var pixels: [Float] = []
            for row in 0..<rows {
                for column in 0..<columns {
                    let (r, g, b) = picture(time, column, row)
                    pixels += [r, g, b]
                }
            }
            return (time, counter.add(pixels, at: time).count)
        }
    }

    private func larger(_ a: FlashCounter.Count, _ b: FlashCounter.Count) -> FlashCounter.Count {
        FlashCounter.Count(general: max(a.general, b.general), red: max(a.red, b.red))
    }
}

/// Whether a square wave is up.
private func isUp(_ time: Double, _ perSecond: Double) -> Bool { Int((2 * time * perSecond + 1e-9)) % 2 == 1 }

private func grey(_ level: Float) -> (Float, Float, Float) { (level, level, level) }

@Test(arguments: [1.0, 2, 3, 4, 5, 6, 10], [24.0, 25, 30, 50, 60])
func flashesOfTheWholePictureAreCounted(perSecond: Double, rate: Double) {
    let most = Flashing(rate: rate) { time, _, _ in grey(isUp(time, perSecond) ? 255 : 0) }.most
    #expect(most.general == Int(perSecond))
    #expect(most.red == 0)
}

@Test func anAreaBelowAQuarterCountsNothing() {
    func most(_ rows: Int) -> Int {
        Flashing { time, _, row in grey(row < rows && isUp(time, 5) ? 255 : 0) }.most.general
    }
    #expect(most(1) == 0)
    #expect(most(2) == 5)
}

@Test func aChangeBelowATenthCountsNothing() {
    // Linear 0.0908 and 0.1095 above black.
    #expect(Flashing { time, _, _ in grey(isUp(time, 5) ? 85 : 0) }.most.general == 0)
    #expect(Flashing { time, _, _ in grey(isUp(time, 5) ? 93 : 0) }.most.general == 5)
}

@Test func changesOfBrightPicturesCountNothing() {
    // Linear 0.83 and 1.
    #expect(Flashing { time, _, _ in grey(isUp(time, 5) ? 255 : 235) }.most.general == 0)
}

@Test func slowChangesOfManyFramesCountOnce() {
    // A triangle wave, four times a second at 60 frames.
    let most = Flashing(rate: 60) { time, _, _ in
        let phase = (4 * time).truncatingRemainder(dividingBy: 1)
        return grey(Float(255 * (phase < 0.5 ? 2 * phase : 2 - 2 * phase)))
    }.most
    #expect(most.general == 4)
}

@Test func aCutIsNoFlash() {
    let most = Flashing { time, _, _ in grey(time < 2 ? 20 : 200) }.most
    #expect(most == FlashCounter.Count(general: 0, red: 0))
}

@Test func halvesThatChangePlacesFlashAsOftenAsEachOfThem() {
    let most = Flashing { time, column, _ in grey(isUp(time, 3) == (column < 4) ? 255 : 0) }.most
    #expect(most.general == 3)
}

@Test func flashesOfOtherPlacesCountTogether() {
    // Six flashes a second, of another third of the picture each time.
    let most = Flashing(columns: 9) { time, column, _ in
        let number = Int(6 * time + 1e-9)
        return grey(isUp(time, 6) && column / 3 == number % 3 ? 255 : 0)
    }.most
    #expect(most.general == 6)
}

@Test func aFinePatternThatMovesPastIsNoFlash() {
    // Stripes of two cells: each cell flashes often, and no block of four does.
    func most(_ block: Int) -> Int {
        Flashing(rate: 24, block: block) { time, column, _ in
            grey((column + Int(24 * time + 1e-6)) % 4 < 2 ? 230 : 20)
        }.most.general
    }
    #expect(most(1) > 3)
    #expect(most(4) == 0)
}

@Test func saturatedRedIsCountedWhereItsLuminanceIsTooLow() {
    // Red of 140: linear 0.26, of luminance 0.056.
    let most = Flashing { time, _, _ in isUp(time, 5) ? (140, 0, 0) : (0, 0, 0) }.most
    #expect(most == FlashCounter.Count(general: 0, red: 5))
    // A brown of the same red is none.
    #expect(Flashing { time, _, _ in isUp(time, 5) ? (140, 80, 80) : (0, 0, 0) }.most.red == 0)
}

@Test func stretchesBeginAndEndWhereFlashesDo() {
    let counts = Flashing(seconds: 12) { time, _, _ in
        grey(((3..<5).contains(time) || (8..<10).contains(time)) && isUp(time, 5) ? 255 : 0)
    }.counts
    let stretches = FlashStretch.all(counts)
    #expect(stretches.count == 2)
    #expect(stretches.map(\.flashes) == [5, 5])
    #expect(abs(stretches[0].start - 3) < 0.4 && abs(stretches[0].end - 5.3) < 0.4)
    #expect(abs(stretches[1].start - 8) < 0.4 && abs(stretches[1].end - 10.3) < 0.4)
    #expect(!stretches[0].isRed)
}

@Test func theMeanLuminanceIsOfLight() {
    var counter = FlashCounter(columns: 2, rows: 2)
    let white = counter.add([Float](repeating: 255, count: 12), at: 0).luminance
    #expect(white == 1)
    let half = counter.add([188, 188, 188, 188, 188, 188, 0, 0, 0, 0, 0, 0], at: 1).luminance
    #expect(abs(half - 0.2515) < 0.003)
}
