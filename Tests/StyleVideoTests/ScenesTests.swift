import Media
import Pipeline
@testable import StyleVideo
import TestSupport
import Testing

@Suite struct ScenesTests {
    @Test func oneSceneHoldsEverything() {
        let scenes = Scenes(cuts: [], frameCount: 5)
        #expect(scenes.count == 1 && scenes.frames(of: 0) == 0..<5)
        #expect((0..<5).allSatisfy { scenes.scene(of: $0) == 0 && !scenes.startsScene($0) })
    }

    @Test(arguments: [[3], [1, 2, 3], [1, 9], [4, 5, 8]]) func everyFrameBelongsToOneScene(_ cuts: [Int]) {
        let scenes = Scenes(cuts: cuts, frameCount: 10)
        #expect(scenes.starts == [0] + cuts && scenes.count == cuts.count + 1)
        var next = 0
        for scene in 0..<scenes.count {
            let frames = scenes.frames(of: scene)
            #expect(frames.lowerBound == next && !frames.isEmpty)
            #expect(frames.allSatisfy { scenes.scene(of: $0) == scene })
            next = frames.upperBound
        }
        #expect(next == 10)
        #expect((0..<10).filter(scenes.startsScene) == cuts)
    }

    @Test func theFirstPassFindsCuts() async throws {
        let place = try Scratch()
        let input = try await place.twoScenes()
        let all = try FirstPass(input: input, selection: .all, run: Run()).look().scenes
        #expect(all.starts == [0, 9] && all.frameCount == 18)
        let second = Selection(start: 0.9)
        let stretch = try FirstPass(input: input, selection: second, run: Run()).look().scenes
        #expect(stretch.starts == [0] && stretch.frameCount == 9)
    }
}
