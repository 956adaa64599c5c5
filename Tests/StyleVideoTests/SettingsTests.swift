import StyleKernel
import StyleVideo
import SystemPackage
import Testing

@Suite struct SettingsTests {
    @Test func aReducedSizeIsEvenWithinTheLimitAndOfTheSameShape() {
        var settings = Settings()
        for limit in [2, 3, 4, 15, 16, 17, 64, 101] {
            settings.maximumSize = limit
            for width in 1...130 {
                for height in stride(from: 1, through: 260, by: 7) {
                    let size = settings.outputSize(width: width, height: height)
                    guard max(width, height) > limit else {
                        #expect(size == (width, height))
                        continue
                    }
                    let scale = Double(limit) / Double(max(width, height))
                    for (side, was) in [(size.width, width), (size.height, height)] {
                        let exact = max(2, Double(was) * scale)
                        if side % 2 != 0 || side > limit || abs(Double(side) - exact) > 1 + 1e-9 {
                            Issue.record("\(width) x \(height) to \(limit) gives \(size)")
                        }
                    }
                }
            }
        }
    }

    @Test func withoutALimitNothingChanges() {
        #expect(Settings().outputSize(width: 1921, height: 7) == (1921, 7))
    }
}

@Suite struct SampledFramesTests {
    @Test(arguments: 1...400) func upToEightFramesInTheMiddlesOfEqualParts(_ count: Int) {
        let frames = SceneStatistics.sampledFrames(of: count)
        #expect(frames.count == min(8, count))
        for (index, frame) in frames.enumerated() {
            let middle = (Double(index) + 0.5) * Double(count) / Double(frames.count)
            #expect(Double(frame) <= middle && middle < Double(frame) + 1)
        }
        #expect(Set(frames).count == frames.count && frames.allSatisfy { (0..<count).contains($0) })
    }
}

@Suite struct DefaultOutputTests {
    @Test(arguments: [
        ("in.mp4", "in.stylized.mp4"), ("/a/b.c/in.mkv", "/a/b.c/in.stylized.mp4"), ("a.b.mov", "a.b.stylized.mp4"),
        ("../in", "../in.stylized.mp4"), ("x/.hidden", "x/.hidden.stylized.mp4"),
    ]) func defaultNameIsBesideTheInput(_ input: String, _ output: String) {
        #expect(VideoJob.defaultOutput(for: FilePath(input)).string == output)
    }
}
