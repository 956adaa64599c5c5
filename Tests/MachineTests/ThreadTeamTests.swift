import Foundation
import Machine
import Synchronization
import TestSupport
import Testing

@Suite struct ThreadTeamTests {
    @Test(arguments: [1, 2, 3, 5, 16]) func doesEveryItemOnce(threads: Int) {
        let team = ThreadTeam(threads: threads)
        for items in [0, 1, 2, threads, 1000] {
            let counts = Mutex([Int](repeating: 0, count: items))
            let workers = Mutex(Set<Int>())
            team.run(items) { item, worker in
                counts.withLock { $0[item] += 1 }
                workers.withLock { _ = $0.insert(worker) }
            }
            #expect(counts.withLock { $0.allSatisfy { $0 == 1 } })
            #expect(workers.withLock { $0.allSatisfy { (0..<threads).contains($0) } })
        }
    }

    @Test func hasNoMoreThreadsThanTheMost() {
        #expect(ThreadTeam(threads: ThreadTeam.most + 1).count == ThreadTeam.most)
    }

    /// Each item waits until all have begun, which takes a thread for each.
    @Test func everyWorkerWorks() {
        let threads = 4
        let team = ThreadTeam(threads: threads)
        let begun = Atomic(0)
        let workers = Mutex(Set<Int>())
        team.run(threads) { _, worker in
            workers.withLock { _ = $0.insert(worker) }
            begun.add(1, ordering: .sequentiallyConsistent)
            for _ in 0..<20_000 where begun.load(ordering: .sequentiallyConsistent) < threads { usleep(500) }
        }
        #expect(workers.withLock { $0 } == Set(0..<threads))
    }

    /// Its threads end with it: a program that paints a hundred pictures has no more of them than for one.
    @Test func itsThreadsGoWithIt() {
        weak var team: ThreadTeam?
        do {
            let made = ThreadTeam(threads: 5)
            made.run(10) { _, _ in }
            team = made
        }
        #expect(team == nil)
    }

    @Test func callsFromSeveralThreadsTakeTurns() {
        let team = ThreadTeam(threads: 3)
        let owner = Atomic(-1)
        let mixed = Atomic(0)
        let total = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { caller in
            for _ in 0..<50 {
                let left = Atomic(7)
                team.run(7) { _, _ in
                    // The first item of a call finds nobody's mark, the others their own caller's.
                    let seen = owner.exchange(caller, ordering: .sequentiallyConsistent)
                    if seen != -1 && seen != caller { mixed.add(1, ordering: .relaxed) }
                    total.add(1, ordering: .relaxed)
                    usleep(20)
                    if left.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 {
                        owner.store(-1, ordering: .sequentiallyConsistent)
                    }
                }
            }
        }
        #expect(mixed.load(ordering: .relaxed) == 0)
        #expect(total.load(ordering: .relaxed) == 8 * 50 * 7)
    }

    @Test func scratchBelongsToItsWorkerAndGrows() {
        let team = ThreadTeam(threads: 4)
        let small = Mutex([Int: UInt]())
        for count in [10, 10, 1000, 10, 1000] {
            team.run(64) { item, worker in
                let scratch = team.scratch(worker, count)
                #expect(UInt(bitPattern: scratch) % 64 == 0)
                for i in 0..<count { scratch[i] = Float(item) }
                #expect((0..<count).allSatisfy { scratch[$0] == Float(item) })
                if count == 10 { small.withLock { $0[worker] = UInt(bitPattern: scratch) } }
            }
        }
        let addresses = small.withLock { $0.values }
        #expect(Set(addresses).count == addresses.count)
    }

    @Test func teamsComeAndGo() {
        for _ in 0..<100 {
            let team = ThreadTeam(threads: 3)
            let sum = Atomic(0)
            team.run(10) { item, _ in sum.add(item, ordering: .relaxed) }
            #expect(sum.load(ordering: .relaxed) == 45)
        }
    }
}
