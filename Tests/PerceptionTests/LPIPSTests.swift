import Foundation
import Imaging
import Machine
import Media
import Tensors
import Testing
import Weights

@testable import Perception

/// LPIPS against Python's `lpips` 0.1.4, whose figures `make_expected.py` has written down.
@Suite struct LPIPSTests {
    private struct Expected: Decodable {
        struct Pair: Decodable {
            let a, b: String?
            let width, height: Int?
            let seeds: [Int]?
            let distance: Double
        }
        let pairs: [Pair]
    }

    private static func expected() throws -> [Expected.Pair] {
        try JSONDecoder().decode(Expected.self, from: Data(contentsOf: picture("expected.json"))).pairs
    }

    private static func picture(_ name: String) throws -> URL {
        let folder = try #require(Bundle.module.url(forResource: "Pictures", withExtension: nil))
        return folder.appending(path: name)
    }

    private static func read(_ name: String) throws -> Frame { try PictureFile.read(.init(picture(name).path)) }

    static func lpips(shorterSide: Int? = nil, threads: Int = 2) throws -> LPIPS {
        try LPIPS(
            weights: Resources.path(of: "lpips-alex.safetensors"), shorterSide: shorterSide,
            team: ThreadTeam(threads: threads))
    }

    /// The same bytes as `generated` of make_expected.py.
    static func generated(_ width: Int, _ height: Int, seed: Int) -> Frame {
        let frame = Frame(width: width, height: height)
        frame.withMutableBytes { bytes in
            for y in 0..<height {
                for x in 0..<width {
                    for c in 0..<3 {
                        let wave = (x * x * (seed + 1) + y * y * 3 + x * y * 2 + c * 700 + seed * 900) / 64
                        let block = ((x / 9 + 2 * (y / 7) + c * seed) % 5) * 23
                        bytes[y * frame.rowStride + 3 * x + c] = UInt8((wave + block) % 256)
                    }
                }
            }
        }
        return frame
    }

    @Test func agreesWithPythonOnTheAuthorsPictures() throws {
        let lpips = try Self.lpips()
        let pairs = try Self.expected().filter { $0.a != nil }
        #expect(pairs.count == 2)
        for pair in pairs {
            let (a, b) = (try Self.read(try #require(pair.a)), try Self.read(try #require(pair.b)))
            let distance = lpips.distance(try lpips.features(of: a), try lpips.features(of: b))
            #expect(abs(distance - pair.distance) < 1e-4, "\(pair.a!) to \(pair.b!): \(distance)")
            if figures { print("figure: lpips \(pair.b!): \(distance), off by \(distance - pair.distance)") }
        }
        // The figures that the authors print.
        #expect(pairs.map { (10_000 * $0.distance).rounded() / 10_000 } == [0.7219, 0.1376])
    }

    @Test func agreesWithPythonAtOddSizes() throws {
        let lpips = try Self.lpips()
        let pairs = try Self.expected().filter { $0.a == nil }
        #expect(pairs.count == 6)
        for pair in pairs {
            let size = (try #require(pair.width), try #require(pair.height))
            let frames = try #require(pair.seeds).map { Self.generated(size.0, size.1, seed: $0) }
            let distance = lpips.distance(try lpips.features(of: frames[0]), try lpips.features(of: frames[1]))
            #expect(abs(distance - pair.distance) < 1e-4, "\(size): \(distance), not \(pair.distance)")
            if figures { print("figure: lpips \(size): \(distance), off by \(distance - pair.distance)") }
        }
    }

    private var figures: Bool { ProcessInfo.processInfo.environment["STYLEVIDEO_FIGURES"] != nil }

    @Test func isNothingForTheSameAndTheSameBothWays() throws {
        let lpips = try Self.lpips()
        let (a, b) = (Self.generated(70, 50, seed: 1), Self.generated(70, 50, seed: 2))
        let (first, second, again) = (
            try lpips.features(of: a), try lpips.features(of: b), try lpips.features(of: a)
        )
        #expect(lpips.distance(first, again) == 0)
        #expect(lpips.distance(first, second) == lpips.distance(second, first))
        #expect(lpips.distance(first, second) > 0.05)
    }

    @Test func sameBitsForAnyNumberOfThreads() throws {
        let distances = try [1, 2, 3, 5].map { threads in
            let lpips = try Self.lpips(shorterSide: 64, threads: threads)
            let features = try (0..<2).map { try lpips.features(of: Self.generated(211, 130, seed: $0)) }
            return lpips.distance(features[0], features[1])
        }
        #expect(Set(distances).count == 1)
    }

    @Test func bringsLargePicturesDown() throws {
        let lpips = try Self.lpips(shorterSide: 40)
        #expect(lpips.measuredSize(width: 1920, height: 1080) == (71, 40))
        #expect(lpips.measuredSize(width: 40, height: 400) == (40, 400))
        #expect(try Self.lpips(shorterSide: 512).measuredSize(width: 1920, height: 1080) == (910, 512))
        // Every pixel twice as wide and high: its area's mean is the pixel itself.
        let small = try (0..<2).map { try lpips.features(of: Self.generated(60, 40, seed: $0)) }
        let large = try (0..<2).map { try lpips.features(of: Self.doubled(Self.generated(60, 40, seed: $0))) }
        #expect(large[0].width == 60 && large[0].height == 40)
        #expect(lpips.distance(small[0], small[1]) == lpips.distance(large[0], large[1]))
        #expect(lpips.distance(small[0], large[0]) == 0)
    }

    private static func doubled(_ frame: Frame) -> Frame {
        let result = Frame(width: 2 * frame.width, height: 2 * frame.height)
        frame.withBytes { from in
            result.withMutableBytes { to in
                for y in 0..<result.height {
                    for x in 0..<3 * result.width {
                        to[y * result.rowStride + x] = from[y / 2 * frame.rowStride + x / 6 * 3 + x % 3]
                    }
                }
            }
        }
        return result
    }

    @Test(arguments: [(30, 100), (100, 30), (1, 1)]) func refusesWhatIsTooSmall(width: Int, height: Int) throws {
        let error = #expect(throws: PerceptionError.self) {
            try Self.lpips().features(of: Frame(width: width, height: height))
        }
        #expect(error == .tooSmall(width: width, height: height))
    }

    @Test func refusesForeignWeights() throws {
        let path = try Resources.path(of: "stylekernel-fast.safetensors")
        let error = #expect(throws: PerceptionError.self) {
            try LPIPS(weights: path, team: ThreadTeam(threads: 1))
        }
        #expect(error?.description.contains(path) == true && error?.description.contains("'format'") == true)
    }
}
