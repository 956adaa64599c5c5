package import Imaging
internal import Kernels
package import Machine

/// Pictures that lie over a ground, each by a mask, and where each of them is seen.
// Sendable: one stage at a time; workers of a team write disjoint blocks.
package final class Overlay: @unchecked Sendable {
    private let width: Int
    private let height: Int
    private let ground: Marks
    /// By block, from the lowest picture to the highest.
    private let pictures: [Marks]

    /// - Parameters:
    ///   - width, height: of all pictures, in pixels.
    ///   - count: how many lie over the ground at most.
    package init(width: Int, height: Int, count: Int) {
        func marks() -> Marks {
            Marks(
                rows: (height + Coverage.block - 1) / Coverage.block,
                columns: (width + Coverage.block - 1) / Coverage.block)
        }
        (self.width, self.height) = (width, height)
        ground = marks()
        pictures = (0..<count).map { _ in marks() }
    }

    /// How many pictures it has room for.
    package var count: Int { pictures.count }

    /// Bytes of one.
    package static func bytes(width: Int, height: Int, count: Int) -> Int {
        (count + 1) * (width + Coverage.block - 1) * (height + Coverage.block - 1) / (Coverage.block * Coverage.block)
    }

    /// Finds where each picture is seen: where its mask covers anything, and none above it covers all.
    /// - Parameters:
    ///   - used: how many pictures there are.
    ///   - mask: of each, from the lowest to the highest.
    package func look(_ used: Int, team: ThreadTeam, at mask: (Int) -> Mask) {
        precondition(used <= count, "\(used) pictures where there is room for \(count)")
        ground.fill(false)
        for marks in pictures { marks.fill(false) }
        let room = (width + 1) / 2
        team.run(ground.rows, scratch: room) { item, worker in
            team.scratch(worker, room).withMemoryRebound(to: UInt16.self, capacity: width) { hidden in
                for y in Coverage.block * item..<min(Coverage.block * (item + 1), height) {
                    hidden.update(repeating: 0, count: width)
                    for n in (0..<used).reversed() {
                        let mask = mask(n)
                        precondition(mask.width == width && mask.height == height, "a mask of another size")
                        Coverage.look(at: mask.row(y), count: width, hidden: hidden, marking: pictures[n].row(item))
                    }
                    Coverage.lookThrough(hidden, count: width, marking: ground.row(item))
                }
            }
        }
    }

    /// Where the ground is seen, in pixels.
    package var groundRegions: Regions { ground.regions(side: Coverage.block, height: height, width: width) }

    /// Where a picture is.
    package func regions(of picture: Int) -> Regions {
        pictures[picture].regions(side: Coverage.block, height: height, width: width)
    }

    /// Lays a picture over another by its mask, where `look` has found it: other + mask (picture - other), rounded once
    /// to a component. Nothing else of the picture is read.
    package func lay(_ number: Int, _ picture: Frame, by mask: Mask, over other: Frame, team: ThreadTeam) {
        precondition(picture.isLike(other) && other.width == width && other.height == height)
        let marks = pictures[number]
        picture.withSamples { from in
            other.withMutableSamples { to in
                team.run(marks.rows) { item, _ in
                    let marked = marks.row(item)
                    for y in Coverage.block * item..<min(Coverage.block * (item + 1), height) {
                        for block in 0..<marks.columns where marked[block] {
                            Coverage.lay(
                                from + y * picture.rowStride, by: mask.row(y),
                                columns: Coverage.block * block..<min(Coverage.block * (block + 1), width),
                                over: to + y * other.rowStride)
                        }
                    }
                }
            }
        }
    }
}
