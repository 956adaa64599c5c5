import Imaging
import Testing

struct FramePoolTests {
    @Test func aFrameIsNotLeasedTwiceAtOnce() {
        let pool = FramePool(width: 6, height: 4)
        let (first, second) = (pool.lease(), pool.lease())
        #expect(first.frame !== second.frame)
        #expect(first.frame.width == 6 && first.frame.height == 4)
        #expect(pool.made == 2)
    }

    @Test func aFrameGoesHomeWithItsLastReader() {
        let pool = FramePool(width: 6, height: 4)
        var holders: [Lease] = [pool.lease()]
        let identity = ObjectIdentifier(holders[0].frame)
        holders.append(holders[0])
        holders.removeFirst()
        // One reader is left: the frame stays out.
        #expect(ObjectIdentifier(pool.lease().frame) != identity)
        holders = []
        let again = [pool.lease(), pool.lease()]
        #expect(again.contains { ObjectIdentifier($0.frame) == identity })
        #expect(pool.made == 2)
    }

    /// Two readers on threads of their own hold each frame for different times; what they read is what was written.
    @Test func readersOnOtherThreadsSeeTheirOwnFrame() async {
        let pool = FramePool(width: 16, height: 16)
        let wrong = await withTaskGroup(of: Int.self) { group in
            for round in 0..<2000 {
                let lease = pool.lease()
                lease.frame.withMutableBytes { bytes in
                    for index in bytes.indices { bytes[index] = UInt8(round % 251) }
                }
                for _ in 0..<2 {
                    group.addTask {
                        lease.frame.withBytes { $0.count { $0 != UInt8(round % 251) } }
                    }
                }
                if round % 8 == 7 { await Task.yield() }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
        #expect(pool.made > 1)
    }

    @Test func aPlaceMovesAsOne() {
        let (from, to) = (Frame(width: 2, height: 2), Frame(width: 3, height: 1))
        from.place = Place(
            number: 7, presentationTime: Timestamp(14, timeBase: Rational(1, 50)),
            duration: Timestamp(2, timeBase: Rational(1, 50)))
        to.place = from.place
        #expect(to.number == 7 && to.presentationTime.seconds == 0.28 && to.duration?.value == 2)
    }
}
