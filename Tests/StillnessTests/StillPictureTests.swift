import Foundation
import Imaging
import Machine
import Stillness
import TestSupport
import Testing

/// What a camera on a tripod sees: one textured picture, noise that is new in every frame, and what a closure adds.
private struct Camera {
    let width: Int
    let height: Int
    /// The noise's deviation, in levels.
    let noise: Double
    let format: PixelFormat
    private let base: [Double]

    init(width: Int = 96, height: Int = 64, noise: Double = 2, format: PixelFormat = .rgb24) {
        (self.width, self.height, self.noise, self.format) = (width, height, noise, format)
        var random = Seeded(7)
        base = (0..<3 * width * height).map { i in
            let (x, y) = (Double(i / 3 % width), Double(i / 3 / width))
            return 110 + 40 * (x / 9).rounded(.down).truncatingRemainder(dividingBy: 3) - 20 * (y / 17).rounded(.down)
                + .random(in: -6...6, using: &random)
        }
    }

    func still(_ x: Int, _ y: Int, _ c: Int) -> Double { base[3 * (y * width + x) + c] }

    /// - Parameter change: a clean value to the one that is seen at a place and a channel.
    func frame(_ number: Int, _ change: (Double, Int, Int, Int) -> Double = { value, _, _, _ in value }) -> Frame {
        var random = Seeded(1000 + number)
        let frame = Frame(width: width, height: height, format: format)
        frame.number = number
        frame.withMutableBytes { bytes in
            for y in 0..<height {
                for x in 0..<width {
                    for c in 0..<3 {
                        // The sum of four has nearly a normal distribution; its deviation is the root of 4/12.
                        let sum = (0..<4).reduce(0.0) { sum, _ in sum + .random(in: -0.5...0.5, using: &random) }
                        let value = change(still(x, y, c), x, y, c) + noise * sum / 0.5774
                        let place = y * frame.rowStride + format.bytesPerPixel * x
                        if format == .rgb24 {
                            bytes[place + c] = UInt8(min(max(value.rounded(), 0), 255))
                        } else {
                            let word = UInt16(min(max((257 * value).rounded(), 0), 65535))
                            bytes.storeBytes(of: word, toByteOffset: place + 2 * c, as: UInt16.self)
                        }
                    }
                }
            }
        }
        return frame
    }

    func measured(_ frames: [Frame], team: ThreadTeam) -> SourceNoise {
        var meter = NoiseMeter(width: width, height: height, team: team)
        for (earlier, later) in zip(frames, frames.dropFirst()).prefix(8) { meter.add(earlier, later) }
        return meter.noise
    }

    /// The frames as they are held in one stretch, and the share of each that was.
    func held(
        _ frames: [Frame], noise: SourceNoise? = nil, threads: Int = 2
    ) -> (pictures: [[UInt8]], shares: [Double]) {
        let team = ThreadTeam(threads: threads)
        let still = StillPicture(width: width, height: height, team: team)
        still.begin(noise ?? measured(frames, team: team), ofScene: true)
        var (next, pictures, shares) = (0, [[UInt8]](), [Double]())
        for (number, frame) in frames.enumerated() {
            while next <= min(number + StillPicture.lookahead, frames.count - 1) {
                still.look(at: frames[next])
                next += 1
            }
            let output = Frame(width: width, height: height, format: format)
            still.give(frame, into: output)
            pictures.append(output.pixels)
            shares.append(still.heldShare)
        }
        return (pictures, shares)
    }

    /// How far the mean of a column is from that of what is seen without noise.
    func bias(_ picture: [UInt8], _ x: Int, _ change: (Double, Int, Int, Int) -> Double) -> Double {
        var sum = 0.0
        for y in 0..<height {
            for c in 0..<3 { sum += Double(picture[3 * (y * width + x) + c]) - change(still(x, y, c), x, y, c) }
        }
        return abs(sum) / Double(3 * height)
    }

    /// Mean absolute difference of a picture from what is seen without noise, in a rectangle.
    func error(
        _ picture: [UInt8], _ columns: Range<Int>, _ rows: Range<Int>,
        _ change: (Double, Int, Int, Int) -> Double = { value, _, _, _ in value }
    ) -> Double {
        var sum = 0.0
        for y in rows {
            for x in columns {
                for c in 0..<3 {
                    sum += abs(Double(picture[3 * (y * width + x) + c]) - change(still(x, y, c), x, y, c))
                }
            }
        }
        return sum / Double(3 * columns.count * rows.count)
    }
}

@Suite struct StillPictureTests {
    /// From its first frame on, and with a third of the noise.
    @Test(arguments: [0.5, 2, 6]) func whatStandsStillIsTheSameByteByByte(noise: Double) {
        let camera = Camera(noise: noise)
        let frames = (0..<60).map { camera.frame($0) }
        let (pictures, shares) = camera.held(frames)
        #expect(shares.allSatisfy { $0 > 0.99 }, "\(shares)")
        let same = zip(pictures, pictures.dropFirst()).map { before, after -> Double in
            let equal = zip(before, after).filter { $0 == $1 }.count
            return Double(equal) / Double(before.count)
        }
        let unchanged = same.filter { $0 == 1 }.count
        #expect(same.allSatisfy { $0 > 0.99 } && unchanged > 40, "\(same)")
        let (own, left) = (
            camera.error(frames[30].pixels, 0..<96, 0..<64), camera.error(pictures[30], 0..<96, 0..<64)
        )
        #expect(left < 0.3 + 0.45 * own, "\(left) of \(own)")
    }

    /// Frames of 16 bits are held as well, and between two levels: a sky of ten bits must not become one of eight.
    @Test func deepFramesAreHeldBetweenLevels() {
        let camera = Camera(noise: 1, format: .rgb48)
        let (pictures, shares) = camera.held((0..<40).map { camera.frame($0) })
        #expect(shares.allSatisfy { $0 > 0.99 }, "\(shares)")
        let unchanged = zip(pictures, pictures.dropFirst()).filter { $0 == $1 }.count
        #expect(unchanged > 25, "\(unchanged)")
        let words = stride(from: 0, to: pictures[20].count, by: 2).map {
            Int(pictures[20][$0]) + 256 * Int(pictures[20][$0 + 1])
        }
        let between = words.filter { $0 % 257 != 0 }.count
        #expect(between > words.count * 9 / 10, "\(between) of \(words.count)")
        // A mean of nine of them is nearer to what is there than one is.
        let worst = words.enumerated().map { i, word in
            abs(Double(word) / 257 - camera.still(i / 3 % camera.width, i / 3 / camera.width, i % 3))
        }.sorted()[words.count / 2]
        #expect(worst < 0.5, "\(worst)")
    }

    /// What moves is the source, the frame that it is gone from a place is the place again, and the rest stands.
    @Test(arguments: [1, 3, 9]) func nothingTrailsBehindWhatMoves(speed: Int) {
        let camera = Camera()
        func square(_ number: Int) -> Range<Int> { speed * number..<speed * number + 16 }
        func change(_ number: Int) -> (Double, Int, Int, Int) -> Double {
            { value, x, y, c in
                square(number).contains(x) && (20..<36).contains(y) ? Double((40 + 60 * c + 7 * (x + y)) % 256) : value
            }
        }
        let frames = (0..<30).map { camera.frame($0, change($0)) }
        let (pictures, _) = camera.held(
            frames, noise: camera.measured((0..<9).map { camera.frame($0) }, team: .init(threads: 1)))
        for number in 1..<30 {
            let columns = square(number).clamped(to: 0..<96)
            let moved = pictures[number]
            // The picture's own error under the square is the noise's alone.
            if !columns.isEmpty {
                #expect(camera.error(moved, columns, 20..<36, change(number)) < 2.2, "frame \(number)")
            }
            let gone = (square(number - 1).lowerBound..<square(number).lowerBound).clamped(to: 0..<96)
            if !gone.isEmpty {
                #expect(camera.error(moved, gone, 20..<36) < 2.5, "behind frame \(number)")
            }
            let row = 48 * 3 * 96..<64 * 3 * 96
            #expect(moved[row] == pictures[0][row], "the ground under frame \(number)")
        }
    }

    /// A thing of two by two pixels that is plain to see is seen where it is.
    @Test func aSmallThingIsNotLost() {
        let camera = Camera(noise: 1)
        func place(_ number: Int) -> (Range<Int>, Range<Int>) { (2 * number..<2 * number + 2, 30..<32) }
        let frames = (0..<40).map { number in
            camera.frame(number) { value, x, y, _ in
                place(number).0.contains(x) && place(number).1.contains(y) ? value + 60 : value
            }
        }
        let (pictures, shares) = camera.held(frames)
        for number in 0..<40 {
            let (columns, rows) = place(number)
            #expect(camera.error(pictures[number], columns, rows) { value, _, _, _ in value + 60 } < 4)
        }
        #expect(shares.allSatisfy { $0 > 0.9 })
    }

    /// Snow: faint and small, and yet there.
    @Test func aFaintFlakeIsNotHeldAway() {
        let camera = Camera(noise: 1)
        let frames = (0..<40).map { number in
            camera.frame(number) { value, x, y, _ in
                (2 * number..<2 * number + 2).contains(x) && (30..<32).contains(y) ? value + 20 : value
            }
        }
        let pictures = camera.held(frames).pictures
        for number in 0..<40 {
            let columns = 2 * number..<2 * number + 2
            #expect(camera.error(pictures[number], columns, 30..<32) { value, _, _, _ in value + 20 } < 5)
        }
    }

    /// A soft edge that creeps is where it is, to within a few of its sixty levels, up to the last frame.
    @Test(arguments: [0.1, 0.2, 0.34]) func aSlowEdgeIsFollowed(speed: Double) {
        let camera = Camera(noise: 1)
        func edge(_ number: Int) -> (Double, Int, Int, Int) -> Double {
            { _, x, _, _ in 90 + 60 / (1 + exp(-(Double(x) - 20 - speed * Double(number)) / 3)) }
        }
        let frames = (0..<90).map { camera.frame($0, edge($0)) }
        let pictures = camera.held(frames).pictures
        for number in 0..<90 {
            let error = (0..<96).map { camera.bias(pictures[number], $0, edge(number)) }.max()!
            #expect(error < 4, "frame \(number)")
        }
    }

    /// A patch that changes its colour and not its brightness has moved.
    @Test func colourAloneIsMotion() {
        let camera = Camera(noise: 1)
        func patch(_ number: Int) -> (Double, Int, Int, Int) -> Double {
            { value, x, y, c in
                guard number >= 20, (32..<56).contains(x), (16..<40).contains(y) else { return value }
                return value + [10, -5.09, 0][c]  // 0.299 x 10 = 0.587 x 5.09
            }
        }
        let frames = (0..<40).map { camera.frame($0, patch($0)) }
        let pictures = camera.held(frames).pictures
        for number in [20, 22, 30, 39] {
            #expect(camera.error(pictures[number], 33..<55, 17..<39, patch(number)) < 1.5)
        }
    }

    /// An edge that trembles by a twentieth of a pixel stands still.
    @Test func aTrembleIsNoMotion() {
        let camera = Camera(noise: 0.5)
        let frames = (0..<40).map { number in
            camera.frame(number) { _, x, _, _ in
                90 + 110 / (1 + exp(-(Double(x) - 40.5 - 0.05 * Double(number % 2)) / 0.3))
            }
        }
        #expect(camera.held(frames).shares.allSatisfy { $0 > 0.99 })
    }

    /// Followed at once and everywhere, and still the noise is out.
    @Test func aChangeOfLightIsTakenAlong() {
        let camera = Camera()
        func light(_ number: Int) -> (Double, Int, Int, Int) -> Double {
            let (gain, offset) =
                number < 20 ? (1, 0) : (1 - 0.01 * Double(min(number - 20, 15)), Double(number - 20) / 2)
            return { value, _, _, _ in gain * value + offset }
        }
        let frames = (0..<50).map { camera.frame($0, light($0)) }
        let (pictures, shares) = camera.held(frames)
        #expect(shares.allSatisfy { $0 > 0.95 }, "\(shares)")
        for number in 0..<50 {
            #expect(camera.error(pictures[number], 0..<96, 0..<64, light(number)) < 1.1, "frame \(number)")
        }
    }

    /// A shadow that creeps over a part of the picture is followed before anyone sees that it was not.
    @Test func aSlowDriftOfAPartIsFollowed() {
        let camera = Camera()
        func shadow(_ number: Int) -> (Double, Int, Int, Int) -> Double {
            { value, x, _, _ in x < 32 ? value - 0.2 * Double(number) : value }
        }
        let frames = (0..<80).map { camera.frame($0, shadow($0)) }
        let (pictures, _) = camera.held(frames)
        for number in 0..<80 {
            #expect(camera.error(pictures[number], 4..<28, 0..<64, shadow(number)) < 3, "frame \(number)")
        }
    }

    /// Another number of threads, and sides that are no multiple of a block.
    @Test func theBitsAreThoseOfOneThread() {
        let camera = Camera(width: 83, height: 37)
        let frames = (0..<24).map { number in
            camera.frame(number) { value, x, _, _ in (5 * number..<5 * number + 11).contains(x) ? 255 - value : value }
        }
        let one = camera.held(frames, threads: 1).pictures
        #expect(Set(one).count > 10)
        for threads in [2, 3, 5] { #expect(camera.held(frames, threads: threads).pictures == one) }
    }

    @Test func aFrameAloneIsItself() {
        let camera = Camera()
        let frame = camera.frame(0)
        #expect(camera.held([frame], noise: SourceNoise.none).pictures == [frame.pixels])
    }
}

@Suite struct NoiseMeterTests {
    /// White noise of a deviation s in each channel makes a luma difference of s √(0.299² + 0.587² + 0.114²) √2.
    @Test(arguments: [1.0, 3, 8]) func measuresWhiteNoise(deviation: Double) {
        let camera = Camera(noise: deviation)
        let noise = camera.measured((0..<5).map { camera.frame($0) }, team: ThreadTeam(threads: 2))
        let level = deviation * (0.299 * 0.299 + 0.587 * 0.587 + 0.114 * 0.114).squareRoot() * 2.0.squareRoot()
        #expect(noise.levels.allSatisfy { (0.9 * level...1.5 * level).contains(Double($0)) }, "\(noise) for \(level)")
    }

    /// Most of what it sees may move.
    @Test func isNotTakenInByMotion() {
        let camera = Camera(width: 192, height: 64, noise: 2)
        let still = camera.measured((0..<5).map { camera.frame($0) }, team: ThreadTeam(threads: 1))
        let moving = camera.measured(
            (0..<5).map { number in
                camera.frame(number) { value, x, y, c in
                    x < 120
                        ? 120 + 70 * sin(Double(x + 9 * number) / 7) * cos(Double(y + 5 * c) / 5) : value
                }
            }, team: ThreadTeam(threads: 1))
        for (a, b) in zip(still.levels, moving.levels) { #expect(b < 3 * a + 1, "\(moving) for \(still)") }
    }

    @Test func picturesThatAreRepeatedHaveNone() {
        let camera = Camera(noise: 0)
        #expect(camera.measured((0..<5).map { camera.frame($0) }, team: ThreadTeam(threads: 1)) == SourceNoise.none)
    }
}
