import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// A frame that is sought is the frame that reading in order gives: pixels, number and times.
@Suite struct SeekingTests {
    static let clips: [(name: String, recipe: String)] =
        SelectionTests.clips + [
            ("plain.avi", "-c:v mpeg4 -g 12"), ("pyramid.mp4", "-c:v libx264 -preset medium -bf 5 -g 30"),
            ("vp9.mkv", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 20"),
            ("uneven.mkv", "-vf select='not(mod(n,3))+gt(n,60)' -fps_mode vfr -c:v libx264 -preset fast -bf 2 -g 10"),
            ("fields.mp4", "-vf interlace -c:v libx264 -preset fast -flags +ildct+ilme -bf 2 -g 24"),
        ]

    private struct Seen: Equatable {
        let place: Place
        let pixels: [UInt8]

        init(_ frame: Frame) { (place, pixels) = (frame.place, frame.pixels) }
    }

    @Test(arguments: clips.map(\.name), [Selection.all, Selection(start: 1.05), Selection(start: 0.5, end: 3.5)])
    func aSoughtFrameIsTheOneInOrder(name: String, selection: Selection) async throws {
        let scratch = try Scratch()
        let recipe = try #require(SeekingTests.clips.first { $0.name == name }?.recipe)
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=30:d=4 \(recipe) \(name)")
        let reader = try VideoReader(scratch(name), selection: selection)
        reader.index = FrameIndex()
        let frame = reader.makeFrame()
        var all: [Seen] = []
        while try reader.next(into: frame) { all.append(Seen(frame)) }
        try #require(all.count > 40)
        #expect(reader.index?.ticks == all.map(\.place.presentationTime.value))
        var random = Seeded(all.count)
        let numbers = [all.count - 1, 0, 1] + (0..<12).map { _ in Int.random(in: 0..<all.count, using: &random) }
        // By the reader that has read all; by a new one with its index; by one that knows nothing but the place.
        let known = try VideoReader(scratch(name), selection: selection)
        known.index = reader.index
        let unknown = try VideoReader(scratch(name), selection: selection)
        for number in numbers {
            try reader.seek(toFrame: number)
            try known.seek(toFrame: number)
            try unknown.seek(to: all[number].place)
            for reader in [reader, known, unknown] {
                for next in number..<min(number + 2, all.count) {
                    #expect(try reader.next(into: frame))
                    #expect(Seen(frame) == all[next], "frame \(next), sought \(number)")
                }
            }
        }
        #expect(known.index?.isCertain == reader.index?.isCertain)
        if ["mp4", "mkv", "webm"].contains(scratch(name).extension) { #expect(known.index?.isCertain == true) }
        for number in numbers.sorted() {
            try known.seek(toFrame: number)
            #expect(try known.next(into: frame))
            #expect(Seen(frame) == all[number], "frame \(number), forwards")
        }
    }

    /// Frames are numbered by their packets' times as they are by reading, or not at all.
    @Test(arguments: clips.map(\.name)) func packetsNumberTheFrames(name: String) async throws {
        let scratch = try Scratch()
        let recipe = try #require(SeekingTests.clips.first { $0.name == name }?.recipe)
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=30:d=4 \(recipe) \(name)")
        let index = try FrameIndex(packetsOf: scratch(name))
        let ending = try #require(scratch(name).extension)
        if ["mp4", "mkv", "webm"].contains(ending) { #expect(index != nil) }
        // Clocks that may start anew, no times at all, times of decoding only.
        if ["ts", "mpg", "h264"].contains(ending) || name == "mpeg4.avi" { #expect(index == nil) }
        guard let index else { return }
        let whole = try shots(scratch(name))
        #expect(index.ticks == whole.map(\.time))
        #expect(index.keys.first == 0 && index.keys.count > 1)
        for (number, tick) in index.ticks.enumerated() {
            #expect(index.frame(at: tick) == number && index.frame(at: tick - 1) == (number > 0 ? number - 1 : nil))
            let key = try #require(index.key(before: number))
            #expect(index.keys.contains(key) && key <= number && !index.keys.contains { $0 > key && $0 <= number })
        }
    }

    /// A damaged clip is read in order, whatever its index says.
    @Test func aDamagedClipIsNotJumpedIn() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=30:d=4 -c:v mpeg4 -g 10 whole.mp4")
        try await scratch.ffmpeg("-i whole.mp4 -c copy -bsf:v noise=amount=400 in.mp4")
        let reader = try VideoReader(scratch("in.mp4"), threads: 1)
        reader.index = FrameIndex()
        let frame = reader.makeFrame()
        var all: [Seen] = []
        while try reader.next(into: frame) { all.append(Seen(frame)) }
        try #require(all.count > 100 && reader.hasMetDamage)
        #expect(reader.index?.isCertain == false)
        for number in [90, 30, 60] {
            try reader.seek(toFrame: number)
            #expect(try reader.next(into: frame))
            #expect(Seen(frame) == all[number])
        }
    }

    /// An index that is another clip's is not believed.
    @Test func aWrongIndexIsNotBelieved() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=30:d=2 \(Clips.fast) -g 10 in.mp4")
        let reader = try VideoReader(scratch("in.mp4"))
        let whole = try shots(scratch("in.mp4"))
        reader.index = FrameIndex(ticks: (0..<60).map { 500 * $0 + 7 }, keys: [0, 20, 40])
        let frame = reader.makeFrame()
        for number in [50, 12] {
            try reader.seek(toFrame: number)
            #expect(try reader.next(into: frame))
            #expect(Shot(frame) == whole[number] && frame.number == number)
        }
        #expect(reader.index?.isCertain == false)
    }

    /// Standing on a frame costs no picture, and gives it as often as it is asked for.
    @Test func aPictureIsTakenWhenItIsAskedFor() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=30:d=1 \(Clips.fast) in.mp4")
        let whole = try shots(scratch("in.mp4"))
        let reader = try VideoReader(scratch("in.mp4"), selection: Selection(end: 0.5))
        let (first, second) = (reader.makeFrame(), reader.makeFrame())
        var number = 0
        while let place = try reader.advance() {
            #expect(place.number == number && place.presentationTime.value == whole[number].time)
            if number % 4 == 3 {
                try reader.picture(into: first)
                try reader.picture(into: second)
                #expect(Shot(first) == whole[number] && Shot(second) == whole[number] && second.place == place)
            }
            number += 1
        }
        #expect(number == 15)
        #expect(try reader.advance() == nil)
    }
}
