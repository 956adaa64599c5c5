import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing
import Weights

/// No frame allocates, and what is allocated before is what was foreseen: counted in `AllocationProbe`, a program whose
/// malloc counts.
@Suite struct AllocationTests {
    private struct Figures: Decodable {
        var allocations, held, foreseen, weights, weightsForeseen: Int
        var remembering, rememberingForeseen: Int?
    }

    private static func figures(
        _ what: String, _ weights: String, _ width: Int = 336, _ height: Int = 205, threads: Int = 3,
        bits: Int = 8
    ) async throws -> Figures {
        let path = try Resources.path(of: weights)
        let result = try await run(
            .path(Built.program("AllocationProbe")),
            arguments: [what, path, "\(width)", "\(height)", "\(threads)", "\(bits)"],
            output: .string(limit: 1 << 16))
        let line = result.standardOutput
        return try JSONDecoder().decode(Figures.self, from: Data(line.utf8))
    }

    @Test(arguments: ["paint", "bfloat16", "cached", "mixed", "weak", "masked"], [1, 2, 3])
    func paintingAllocatesNothing(
        what: String, threads: Int
    )
        async throws
    {
        let figures = try await Self.figures(what, Golden.shippedWeights, threads: threads)
        #expect(figures.allocations == 0)
    }

    @Test(arguments: ["features", "distance"]) func measuringAllocatesNothing(what: String) async throws {
        #expect(try await Self.figures(what, "lpips-alex.safetensors").allocations == 0)
        // High enough that its rows are summed in more than one go.
        #expect(try await Self.figures(what, "lpips-alex.safetensors", 48, 1100).allocations == 0)
    }

    @Test(arguments: ["steady", "hold"], [1, 3]) func steadyingAllocatesNothing(what: String, threads: Int)
        async throws
    {
        let figures = try await Self.figures(what, Golden.shippedWeights, 640, 555, threads: threads)
        #expect(figures.allocations == 0)
        expect(figures.held, isForeseenBy: figures.foreseen, "\(what)")
    }

    @Test(arguments: ["paint", "cached", "masked", "features", "steady", "hold"])
    func deepFramesAllocateNothingEither(what: String) async throws {
        let weights = what == "features" ? "lpips-alex.safetensors" : Golden.shippedWeights
        let figures = try await Self.figures(what, weights, 640, 555, bits: 16)
        #expect(figures.allocations == 0)
        expect(figures.held, isForeseenBy: figures.foreseen, "\(what)")
    }

    @Test(arguments: ["brush", "small"], [8, 16]) func brushesAllocateNothingEither(what: String, bits: Int)
        async throws
    {
        let figures = try await Self.figures(what, Golden.shippedWeights, bits: bits)
        #expect(figures.allocations == 0)
        expect(figures.held, isForeseenBy: figures.foreseen, "\(what)")
    }

    /// One allocation in each of the three frames is seen.
    @Test func theCounterCounts() async throws {
        #expect(try await Self.figures("clumsy", Golden.shippedWeights).allocations == 3)
    }

    @Test func memoryIsForeseen() async throws {
        for (what, weights) in [
            ("paint", Golden.shippedWeights), ("bfloat16", Golden.shippedWeights), ("cached", Golden.shippedWeights),
            ("mixed", Golden.shippedWeights), ("weak", Golden.shippedWeights), ("masked", Golden.shippedWeights),
            ("features", "lpips-alex.safetensors"),
        ] {
            let figures = try await Self.figures(what, weights)
            expect(figures.held, isForeseenBy: figures.foreseen, "\(what)")
            expect(figures.weights, isForeseenBy: figures.weightsForeseen, "weights")
            guard let taken = figures.remembering, let foreseen = figures.rememberingForeseen else { continue }
            expect(taken, isForeseenBy: foreseen, "remembering")
        }
    }

    /// Within 3 in 100: the rest are small things, a plan's lists and names.
    private func expect(
        _ taken: Int, isForeseenBy foreseen: Int, _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(taken > 1 << 20, what, sourceLocation: sourceLocation)
        #expect(
            abs(taken - foreseen) * 100 <= 3 * taken, "\(what): \(taken), not \(foreseen)",
            sourceLocation: sourceLocation)
    }
}
