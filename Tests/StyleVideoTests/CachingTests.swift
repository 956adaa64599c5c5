import Imaging
import Media
import StyleKernel
import Synchronization
import TestSupport
import Testing

@testable import StyleVideo

/// A clip painted with the cache and without.
@Suite struct CachingTests {
    /// A picture at rest, a thing that moves before it, a cut, and rest again: 27 frames of 150 x 90.
    private static func clip(_ place: Scratch) async throws -> VideoJob {
        let input = try await place.make(
            "in.mp4",
            ["-f", "lavfi", "-i", "mandelbrot=size=150x90:rate=10,trim=end_frame=1,loop=17:1,setpts=N/10/TB"]
                + [
                    "-f", "lavfi", "-i", "color=red:size=8x8:rate=10", "-f", "lavfi", "-i",
                    "testsrc2=size=150x90:rate=10",
                ]
                + [
                    "-filter_complex",
                    "[0][1]overlay=x='max(20,8*n-40)':y=30:shortest=1[a];"
                        + "[2]trim=end_frame=1,loop=8:1,setpts=N/10/TB[b];[a][b]concat=n=2,format=yuv444p", "-frames:v",
                    "27",
                ] + ["-c:v", "libx264", "-qp", "0", "-preset", "ultrafast"])
        var job = try await place.job(input)
        job.destination = .digest
        return job
    }

    private static func run(_ cache: Cache, threads: Int = 2) -> Run {
        var run = Run(threads: threads)
        run.cache = cache
        return run
    }

    @Test func theDigestIsTheSame() async throws {
        let place = try Scratch()
        defer { withExtendedLifetime(place) {} }
        let job = try await Self.clip(place)
        let off = try job.run(Self.run(.off))
        #expect(off.reuse == nil && off.settings.cache == "off" && off.scenes == 2)
        for threads in [1, 3] {
            let exact = try job.run(Self.run(.exact, threads: threads))
            #expect(exact.digest == off.digest && exact.temporalLPIPS?.output?.mean == off.temporalLPIPS?.output?.mean)
            #expect(exact.settings.cache == "exact" && exact.notices.isEmpty)
            let reuse = try #require(exact.reuse)
            #expect(reuse.network > 0.5 && reuse.network < 1)
            #expect(reuse.stages.count == 6 && reuse.stages.values.allSatisfy { $0 > 0.4 && $0 < 1 })
        }
    }

    @Test func withoutRoomTheJobRunsWithoutTheCache() async throws {
        let place = try Scratch()
        defer { withExtendedLifetime(place) {} }
        let job = try await Self.clip(place)
        let network = try Network(job.settings, Run(threads: 2))
        let clip = WorkingClip(try VideoReader(job.input), settings: job.settings, team: network.team)
        let told = Mutex<[String]>([])
        let notices = Notices { text in told.withLock { $0.append(text) } }
        let source = (clip.width, clip.height)
        let plain = network.memoryNeeded(width: clip.width, height: clip.height, source: source)
        let more = network.memoryNeeded(width: clip.width, height: clip.height, source: source, cache: .exact)
        #expect(more > plain)
        func cache(_ asked: Cache, _ available: Int?) -> Cache {
            network.cache(asked, for: clip, nil, .off, .init(), notices, available: available)
        }
        #expect(cache(.exact, more) == .exact && cache(.exact, nil) == .exact && cache(.off, more) == .off)
        #expect(notices.all.isEmpty)
        #expect(cache(.off, more - 1) == .off && notices.all.isEmpty)
        #expect(cache(.exact, more - 1) == .off)
        #expect(notices.all.count == 1 && told.withLock { $0 } == notices.all)
    }
}
