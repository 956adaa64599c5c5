import Tensors
import Testing
import TestSupport

@Suite struct WorkspaceTests {
    /// Random lives of tensors: those that are needed at the same time never share memory.
    @Test func theLivingDoNotShareMemory() {
        var random = Seeded(12)
        for _ in 0..<50 {
            let planner = WorkspacePlanner()
            var live: [(Tensor, Int)] = []
            var together: [(Tensor, Tensor)] = []
            var all: [Tensor] = []
            for step in 0..<30 {
                let tensor = planner.tensor(
                    height: .random(in: 1...9, using: &random), width: .random(in: 1...9, using: &random),
                    channels: .random(in: 1...40, using: &random))
                together += live.map { ($0.0, tensor) }
                live.append((tensor, step))
                all.append(tensor)
                while live.count > 1, Bool.random(using: &random) {
                    planner.release(live.remove(at: .random(in: 0..<live.count, using: &random)).0)
                }
            }
            let workspace = planner.finish()
            for (a, b) in together { #expect(a.base + a.count <= b.base || b.base + b.count <= a.base) }
            #expect(all.allSatisfy { UInt(bitPattern: $0.base) % 64 == 0 })
            let sum = all.reduce(0) { $0 + $1.count * 4 }
            #expect(workspace.byteCount < sum)
        }
    }

    @Test func oneAfterTheOtherTakesTheRoomOfOne() {
        let planner = WorkspacePlanner()
        for _ in 0..<10 { planner.release(planner.tensor(height: 10, width: 10, channels: 16)) }
        #expect(planner.finish().byteCount < 2 * 6400)
    }
}
