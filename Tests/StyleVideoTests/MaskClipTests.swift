import Imaging
import Machine
import Media
import SystemPackage
import TestSupport
import Testing

@testable import StyleVideo

/// Which mask a frame has, from stills and from clips.
@Suite struct MaskClipTests {
    private static let team = ThreadTeam(threads: 2)

    /// Frames of which each is a grey of its number: 8 levels more than the one before.
    private static func greys(_ place: Scratch, _ name: String, rate: String, frames: Int, _ codec: [String])
        async throws -> FilePath
    {
        try await place.make(
            name,
            ["-f", "lavfi", "-i", "color=black:size=64x36:rate=\(rate),format=gbrp,geq=r='8*N+8':g='8*N+8':b='8*N+8'"]
                + ["-frames:v", "\(frames)"] + codec)
    }

    private static let lossless = ["-c:v", "libx264rgb", "-qp", "0", "-g", "7", "-bf", "2"]

    /// The number of such a frame, from its mask.
    private static func number(_ mask: Mask) -> Int {
        let level = Double(mask[30, 20]) / 65535 * 247 + 4
        return Int((level / 8).rounded()) - 1
    }

    private static func frames(
        _ last: Timestamp, duration: Int64 = 1, start: Int64 = 0, width: Int = 64, height: Int = 36
    ) -> MaskClip.Frames {
        let place = Place(
            number: 0, presentationTime: last, duration: Timestamp(duration, timeBase: last.timeBase))
        return MaskClip.Frames(
            sourceWidth: width, sourceHeight: height, width: width, height: height,
            times: (Timestamp(start, timeBase: last.timeBase), place))
    }

    private static func place(_ tick: Int64, _ timeBase: Rational) -> Place {
        Place(number: 0, presentationTime: Timestamp(tick, timeBase: timeBase), duration: nil)
    }

    @Test func anyOrderGivesTheSameAndInOrderNothingIsSought() async throws {
        let place = try Scratch()
        let path = try await Self.greys(place, "mask.mp4", rate: "10", frames: 30, Self.lossless)
        let base = Rational(1, 10)
        var passed = 0
        let mask = try MaskClip(path, for: Self.frames(Timestamp(29, timeBase: base)), team: Self.team) { passed += 1 }
        #expect(passed == 30)
        _ = try mask.mask(at: Self.place(0, base))
        passed = 0
        for number in 0..<30 { #expect(try Self.number(mask.mask(at: Self.place(Int64(number), base))) == number) }
        for number in [0, 0, 3, 3, 6, 20, 29] {
            #expect(try Self.number(mask.mask(at: Self.place(Int64(number), base))) == number)
        }
        // Nothing but the way back to the beginning.
        #expect(passed == 0)
        var random = Seeded(1)
        for _ in 0..<40 {
            let number = Int.random(in: 0..<30, using: &random)
            #expect(try Self.number(mask.mask(at: Self.place(Int64(number), base))) == number)
        }
        #expect(passed > 0)
        // A run that begins anywhere.
        let other = try MaskClip(path, for: Self.frames(Timestamp(29, timeBase: base)), team: Self.team)
        #expect(try Self.number(other.mask(at: Self.place(17, base))) == 17)
    }

    /// The frame that is on the screen, whatever the clocks: of another rate, from another start, in milliseconds.
    @Test func framesAreMatchedByTime() async throws {
        let place = try Scratch()
        let slow = try await Self.greys(place, "slow.mp4", rate: "10", frames: 20, Self.lossless)
        let thirty = Rational(1, 30)
        // Three of the clip's frames to one, and the clip begins at its 90th tick.
        let mask = try MaskClip(
            slow, for: Self.frames(Timestamp(149, timeBase: thirty), start: 90), team: Self.team)
        for tick in 0..<60 {
            #expect(try Self.number(mask.mask(at: Self.place(Int64(90 + tick), thirty))) == tick / 3)
        }
        let fast = Rational(1001, 30000)
        let exact = try await Self.greys(place, "exact.mp4", rate: "30000/1001", frames: 31, Self.lossless)
        let rounded = try await Self.greys(place, "rounded.mkv", rate: "30000/1001", frames: 31, ["-c:v", "ffv1"])
        let millisecond = Rational(1, 1000)
        for file in [exact, rounded] {
            let mask = try MaskClip(file, for: Self.frames(Timestamp(30, timeBase: fast)), team: Self.team)
            for number in 0..<31 {
                let tick = Int64((Double(number) * fast.value * 1000).rounded())
                for place in [Self.place(Int64(number), fast), Self.place(tick, millisecond)] {
                    #expect(try Self.number(mask.mask(at: place)) == number)
                }
                // Well before the next frame it is still this one.
                let later = Int64((Double(number) * fast.value * 1000).rounded()) + 30
                #expect(try Self.number(mask.mask(at: Self.place(later, millisecond))) == number)
            }
        }
    }

    @Test func oneThatEndsEarlyIsRefused() async throws {
        let place = try Scratch()
        let path = try await Self.greys(place, "klimt.mp4", rate: "10", frames: 20, Self.lossless)
        let base = Rational(1, 10)
        // The last frame that it still shows; it need not last as long.
        _ = try MaskClip(path, for: Self.frames(Timestamp(19, timeBase: base), duration: 2), team: Self.team)
        let error = #expect(throws: JobError.self) {
            try MaskClip(path, for: Self.frames(Timestamp(99, timeBase: base)), team: Self.team)
        }
        #expect(error?.description == "the mask \(path) ends at 2.0 s, before the clip's 10.0 s")
        #expect(error?.trouble == .badData)
        #expect(throws: JobError.self) {
            try MaskClip(path, for: Self.frames(Timestamp(20, timeBase: base)), team: Self.team)
        }
    }

    /// A still GIF is read as a clip of one frame, and lasts as a PNG does.
    @Test(arguments: ["gif", "apng"]) func oneOfOnePictureLasts(ending: String) async throws {
        let place = try Scratch()
        let path = try await place.make(
            "still.\(ending)", ["-f", "lavfi", "-i", "color=white:s=64x36", "-frames:v", "1"])
        let mask = try MaskClip(path, for: Self.frames(Timestamp(99, timeBase: Rational(1, 10))), team: Self.team)
        #expect(try mask.mask(at: Self.place(90, Rational(1, 10)))[30, 20] == 65535)
    }

    @Test func otherProportionsAreRefusedAndOtherSizesAreNot() async throws {
        let place = try Scratch()
        let path = try await place.make(
            "half.png",
            ["-f", "lavfi", "-i", "color=black:size=100x50,drawbox=x=0:y=0:w=50:h=50:color=white:t=fill"]
                + ["-frames:v", "1"])
        func mask(_ width: Int, _ height: Int, shape: Double = 1) throws -> Mask {
            let frames = MaskClip.Frames(
                sourceWidth: width, sourceHeight: height, pixelShape: shape, width: width, height: height)
            return try MaskClip(path, for: frames, team: Self.team).mask(at: Place())
        }
        for (width, height) in [(100, 50), (320, 160), (64, 32), (202, 100)] {
            let mask = try mask(width, height)
            for y in 0..<height {
                let row = (0..<width).map { mask[$0, y] }
                #expect(zip(row, row.dropFirst()).allSatisfy { $0 >= $1 })
                // An edge is as wide as a pixel of the smaller picture.
                let edge = Double(max(width, 100)) / 100 + 1
                #expect(row.filter { $0 != 0 && $0 != Mask.full }.count <= Int(2 * edge))
                #expect(row[0] == Mask.full && row[width / 2 - 6] == Mask.full && row[width / 2 + 6] == 0)
            }
        }
        // As many pixels each way of another shape, or the same shape as shown.
        _ = try mask(200, 100, shape: 1.4)
        _ = try mask(100, 100, shape: 2)
        let error = #expect(throws: JobError.self) { try mask(1920, 1080) }
        #expect(
            error?.description
                == "the mask \(path) is 100 x 50 and the clip 1920 x 1080, which are other proportions")
        #expect(error?.trouble == .badData)
        #expect(throws: JobError.self) { try mask(204, 100) }
    }

    @Test func aStillCoversEveryFrameButWhereItIsTransparent() async throws {
        let place = try Scratch()
        let path = try await place.make(
            "mask.png",
            ["-f", "lavfi", "-i", "color=black:size=64x36,format=rgba,geq=r=255:g=255:b=255:a='if(lt(X,32),255,0)'"]
                + ["-frames:v", "1"])
        let base = Rational(1, 10)
        let mask = try MaskClip(path, for: Self.frames(Timestamp(5000, timeBase: base)), team: Self.team)
        for tick in [0, 4000, 7] {
            let mask = try mask.mask(at: Self.place(Int64(tick), base))
            #expect(mask[0, 0] == Mask.full && mask[31, 35] == Mask.full && mask[32, 0] == 0 && mask[63, 35] == 0)
        }
    }

    /// Codecs with loss leave white and black a little off; away from the edge they are whole.
    @Test func lossLeavesBlackBlack() async throws {
        let place = try Scratch()
        let path = try await place.make(
            "mask.mp4",
            ["-f", "lavfi", "-i", "color=black:size=128x72:rate=10,drawbox=x=0:y=0:w=64:h=72:color=white:t=fill"]
                + ["-frames:v", "5", "-c:v", "libx264", "-crf", "28", "-pix_fmt", "yuv420p"])
        let base = Rational(1, 10)
        let mask = try MaskClip(
            path, for: Self.frames(Timestamp(4, timeBase: base), width: 128, height: 72), team: Self.team)
        let last = try mask.mask(at: Self.place(4, base))
        for y in 0..<72 {
            #expect((0..<48).allSatisfy { last[$0, y] == Mask.full })
            #expect((80..<128).allSatisfy { last[$0, y] == 0 })
        }
    }

    /// The clip's own, of the stretch that is painted; an opaque clip has none.
    @Test func opacityCovers() async throws {
        let place = try Scratch()
        let path = try await place.make(
            "clip.mov",
            ["-f", "lavfi", "-i", "color=red:size=64x36:rate=10,format=rgba,geq=r=255:g=0:b=0:a='8*N+8'"]
                + ["-frames:v", "20", "-c:v", "png"])
        let base = Rational(1, 10)
        let mask = try MaskClip(
            path, selection: Selection(start: 0.5), content: .opacity,
            for: Self.frames(Timestamp(19, timeBase: base), start: 5), team: Self.team)
        for tick in [5, 6, 19, 11] { #expect(try Self.number(mask.mask(at: Self.place(Int64(tick), base))) == tick) }
        let opaque = try await Self.greys(place, "opaque.mp4", rate: "10", frames: 3, Self.lossless)
        let error = #expect(throws: MediaError.self) {
            try MaskClip(
                opaque, content: .opacity, for: Self.frames(Timestamp(2, timeBase: base)), team: Self.team)
        }
        #expect(error?.kind == .opaque)
    }

    @Test func whatCannotBeReadIsSaidInOneSentence() async throws {
        let place = try Scratch()
        try place.write("text.png", "no picture at all, by any reader".utf8)
        for name in ["text.png", "absent.mp4"] {
            let frames = Self.frames(Timestamp(0, timeBase: Rational(1, 10)))
            let error = #expect(throws: MediaError.self) {
                try MaskClip(place(name), for: frames, team: Self.team)
            }
            #expect(error?.description.contains(name) == true)
        }
    }
}
