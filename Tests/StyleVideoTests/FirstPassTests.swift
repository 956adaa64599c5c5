import Imaging
import Media
import Pipeline
import Scenes
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import StyleVideo

/// What the passes over a clip see without converting it is what they would see of its pictures.
@Suite struct FirstPassTests {
    /// Cuts, a fade, a flash, a pan and a still, in the formats and shapes that clips come in.
    static let clips: [(name: String, recipe: String)] = [
        ("plain.mp4", "-pix_fmt yuv420p -c:v libx264 -preset ultrafast"),
        ("coarse.mp4", "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -crf 40"),
        ("full.mkv", "-pix_fmt yuv444p -color_range pc -c:v libx264 -preset ultrafast"),
        ("deep.mkv", "-pix_fmt yuv420p10le -c:v libx264 -preset ultrafast"),
        ("wide.mkv", "-pix_fmt yuv422p -colorspace bt2020nc -c:v libx264 -preset ultrafast"),
        ("grey.mkv", "-pix_fmt gray -c:v ffv1"), ("rgb.mkv", "-pix_fmt bgr0 -c:v ffv1"),
        ("packed.avi", "-pix_fmt yuyv422 -c:v rawvideo"), ("clear.mov", "-pix_fmt argb -c:v qtrle"),
        ("motion.avi", "-pix_fmt yuvj420p -c:v mjpeg"),
    ]

    @Test(arguments: clips.map(\.name)) func cutsAreThoseOfThePictures(name: String) async throws {
        let place = try Scratch()
        let recipe = try #require(FirstPassTests.clips.first { $0.name == name }?.recipe)
        try await place.ffmpeg(
            FirstPassTests.scenery + ["-map", "[v]"] + recipe.split(separator: " ").map(String.init) + [name])
        #expect(try cuts(place(name)) >= 4)
    }

    /// A clip that is stored on its side or mirrored is looked at upright: motion is sought farther along its width.
    @Test(arguments: ["90", "180", "270"]) func aTurnedClipIsSeenUpright(rotation: String) async throws {
        let place = try Scratch()
        try await place.ffmpeg(
            FirstPassTests.scenery + ["-map", "[v]", "-c:v", "libx264", "-preset", "ultrafast", "plain.mp4"])
        try await place.ffmpeg(
            ["-i", "plain.mp4", "-c", "copy", "-metadata:s:v:0", "rotate=\(rotation)", "turned.mp4"])
        #expect(try VideoReader(place("turned.mp4")).information.video.rotation != 0)
        #expect(try cuts(place("turned.mp4")) >= 4)
    }

    /// Two worlds in turn, with a flash, a fade to black, a pan and a cut every half second or so.
    private static let scenery = [
        "-f", "lavfi", "-i", "testsrc2=s=322x180:r=25:d=1.6", "-f", "lavfi", "-i", "mandelbrot=s=322x180:r=25",
        "-f", "lavfi", "-i", "cellauto=s=800x180:r=25:rule=30", "-f", "lavfi", "-i", "smptebars=s=322x180:r=25:d=0.4",
        "-filter_complex",
        "[1]trim=end_frame=60,fade=out:40:15,format=yuv444p,setsar=1[m];[0]format=yuv444p,setsar=1,split[a][b];"
            + "[2]trim=start_frame=200:end_frame=230,setpts=PTS-STARTPTS,crop=322:180:8*n:0,format=yuv444p,setsar=1[c];"
            + "[b]eq=brightness='if(between(n,9,10),0.9,0)':eval=frame,negate[d];[3]format=yuv444p,setsar=1[e];"
            + "[a][m][c][d][e]concat=n=5[v]",
    ]

    /// What is found from any moment is the scene that the whole clip gives, and less than half of it is looked at.
    @Test(arguments: ["in.mp4", "in.mkv"]) func theSceneAroundAnyMoment(name: String) async throws {
        let place = try Scratch()
        try await place.ffmpeg(
            FirstPassTests.scenery + ["-map", "[v]", "-c:v", "libx264", "-preset", "fast", "-g", "9", "once.mp4"])
        try await place.ffmpeg(["-stream_loop", "2", "-i", "once.mp4", "-c", "copy", name])
        let all = try FirstPass(input: place(name), selection: .all, run: Run()).look()
        let whole = all.scenes
        #expect(whole.count > 12)
        let seen = Mutex(0)
        let run = Run.told { _ in seen.withLock { $0 += 1 } }
        let search = try #require(try MomentSearch(FirstPass(input: place(name), selection: .all, run: run)))
        #expect(search.index.ticks == all.index?.ticks)
        var random = Seeded(whole.frameCount)
        let last = whole.frameCount - 1
        let numbers = [0, last] + (0..<30).map { _ in Int.random(in: 0...last, using: &random) }
        for number in numbers {
            let frames = whole.frames(of: whole.scene(of: number))
            #expect(try search.shot(around: number).frames == frames, "around \(number)")
        }
        let walked = seen.withLock { $0 } / numbers.count
        #expect(walked < whole.frameCount / 2, "\(walked) of \(whole.frameCount) frames")
    }

    /// A preview has the dissolves that the whole clip gives, and so its statistics.
    @Test func theDissolvesAroundAnyMoment() async throws {
        let place = try Scratch()
        try await place.ffmpeg([
            "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=3", "-f", "lavfi", "-i", "mandelbrot=s=160x90:r=25",
            "-f", "lavfi", "-i", "smptebars=s=160x90:r=25:d=1", "-filter_complex",
            "[0]setsar=1,format=yuv420p,settb=1/25[a];[1]trim=end_frame=75,setsar=1,format=yuv420p,settb=1/25[b];"
                + "[a][b]xfade=duration=0.6:offset=2,split[d][e];[2]setsar=1,format=yuv420p[c];[d][c][e]concat=n=3[v]",
            "-map", "[v]", "-c:v", "libx264", "-g", "20", "in.mp4",
        ])
        let pass = FirstPass(input: place("in.mp4"), selection: .all, run: Run())
        let shots = try pass.look().shots
        #expect(shots.map(\.softCuts.count) == [1, 0, 1])
        let dissolve = try #require(shots[0].softCuts.first)
        #expect(abs(dissolve.lowerBound - 50) <= 3 && abs(dissolve.upperBound - 65) <= 3, "\(dissolve)")
        let search = try #require(try MomentSearch(pass))
        for shot in shots {
            for number in [shot.frames.lowerBound, shot.frames.upperBound - 1] {
                #expect(try search.shot(around: number).softCuts == shot.softCuts)
            }
        }
    }

    /// Colours that RGB holds come out alike. What it does not hold is brought back for each cell, not each pixel.
    @Test(arguments: ["yuv420p", "yuv420p10le", "yuvj422p", "nv12", "gray"])
    func mildColoursAreThoseOfThePictures(pixels: String) async throws {
        let place = try Scratch()
        let mild = "eq=saturation=0.3:contrast=0.6,format=\(pixels)"
        try await place.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=s=322x180:r=25:d=0.4", "-vf", mild, "-c:v", "rawvideo", "mild.nut"])
        _ = try cuts(place("mild.nut"), within: 0.4)
    }

    /// Compares each thumbnail and the cuts.
    /// - Parameter levels: how far lumas may be apart, in the mean of a picture.
    /// - Returns: how many cuts there are.
    private func cuts(_ clip: FilePath, within levels: Float = 4) throws -> Int {
        let reader = try VideoReader(clip)
        let frame = reader.makeFrame()
        var (planes, pictures) = (SceneDetector(), SceneDetector())
        var worst: Float = 0
        while try reader.advance() != nil {
            try reader.picture(into: frame)
            let (seen, known) = (try Thumbnail(reader), Thumbnail(frame))
            worst = max(worst, zip(seen.luma, known.luma).map { abs($0 - $1) }.reduce(0, +) / Float(seen.luma.count))
            planes.add(seen)
            pictures.add(known)
        }
        planes.finish()
        pictures.finish()
        #expect(planes.cuts == pictures.cuts)
        #expect(worst < levels, "\(clip.lastComponent?.string ?? ""): \(worst) grey levels apart in the mean")
        return pictures.cuts.count
    }

    /// The frames that a scene is measured by are found again, whatever is passed over.
    @Test(arguments: ["in.mp4", "in.mkv", "in.avi", "in.ts"])
    func samplesAreTheFramesOfTheWhole(name: String) async throws {
        let place = try Scratch()
        try await place.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=12", "-c:v", name == "in.avi" ? "mpeg4" : "libx264"]
                + ["-g", "20", "-bf", "2", name])
        var all: [[UInt8]] = []
        let reader = try VideoReader(place(name))
        let frame = reader.makeFrame()
        while try reader.next(into: frame) { all.append(frame.pixels) }
        let pass = FirstPass(input: place(name), selection: .all, run: Run())
        let seen = try pass.look()
        try #require(seen.scenes.frameCount == 300 && all.count == 300)
        let finder = try pass.reader(by: seen.index)
        for number in [0, 7, 130, 131, 299, 12] {
            try finder.seek(toFrame: number)
            #expect(try finder.next(into: frame))
            #expect(frame.number == number && frame.pixels == all[number], "frame \(number)")
        }
    }
}
